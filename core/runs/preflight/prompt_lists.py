"""The words a prompt lists or quotes as labels, found by how people write them. Reads 50,000 characters at most."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

MAX_READ: Final = 50_000
_MAX_HITS: Final = 200
_MAX_LISTS: Final = 100
_WINDOW: Final = 320
_MAX_ITEMS: Final = 60
_MAX_ITEM: Final = 60
_BEFORE: Final = 60
_WORD: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(
    r"\"([^\"\n]{1,60})\"|“([^”\n]{1,60})”|„([^“”\n]{1,60})[“”]|«([^»\n]{1,60})»|`([^`\n]{1,60})`"
    r"|(?<!\w)'([^'\n]{1,60})'(?!\w)"
)
_BETWEEN: Final = re.compile(r"\s{0,3}(?:[,;|/]\s{0,3}(?:or\s|and\s|oder\s|und\s)?|(?:or|and|oder|und|ou|et)\s)\s{0,3}")
_PIPED: Final = re.compile(
    r"(?<![\w-])\w[\w-]{0,39}(?: [\w-]{1,30}){0,2}(?:\s?\|\s?\w[\w-]{0,39}(?: [\w-]{1,30}){0,2}){1,30}"
)
_ONE_OF: Final = re.compile(r"\b(?:one of|either|exactly one of|any of|choose from|chosen from|pick from)\b", re.I)
# What may stand between the name of a field and its labels.
_SAYS_LIST: Final = re.compile(
    r"[\"”“'`*_]{0,3}\s{0,3}(?:\([^()\n]{0,40}\)\s{0,3})?"
    r"(?P<verb>(?:(?:must|can|may|should|shall|has to)\s{1,3}(?:only\s{1,3})?be|is|are|ist|sind|=|:|->|→|as|to)"
    r"\s{1,3})?"
    r"(?P<strong>(?:exactly\s{1,3})?(?:one of|either|any of)\s{0,3}(?:the following|these)?\s{0,3}:?\s{0,3})?",
    re.I,
)
_END: Final = re.compile(r"[.!?](?=\s|$)|\n|[()\[\]{}]")
_SEPARATOR: Final = re.compile(r"\s*(?:[,;|/]|\bor\b|\band\b|\boder\b|\bund\b)\s*", re.I)
_AROUND: Final = re.compile(r"^(?:either|or|and|the|an?)\s+|^[\s\"“”„«»'`*_:<\-–—]+|[\s\"“”„«»'`*_:>\-–—]+$", re.I)
_BULLET: Final = re.compile(r"^[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])[ \t]{1,4}([^\n]{1,200})$", re.M)
_BULLET_HEAD: Final = re.compile(r"^[*_\"“'`]{0,3}([^:\n–—=(]{1,60}?)[*_\"”'`]{0,3}\s*(?::|–|—|=|\s-\s|\(|$)")
_NEGATION: Final = re.compile(r"\b(?:not|never|no|don't|don’t|avoid|instead of|rather than|without|unlike)\b", re.I)


class ListStyle(StrEnum):
    """How surely the words are labels."""

    STRONG = "strong"
    """After “one of” and the like, or in quotes one after the other."""
    PLAIN = "plain"
    """After “is” or a colon, or as bullets."""
    LONE = "lone"
    """One quoted word by itself."""


@dataclass(frozen=True, slots=True)
class Item:
    """A word of a list and where it stands."""

    text: str
    start: int
    end: int
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class LabelList:
    """Words that stand together, and the word before them that may be a field's name; blank: none."""

    field_word: str
    style: ListStyle
    items: tuple[Item, ...]


def find_lists(text: str, *, field_looks: set[str]) -> Iterator[LabelList]:
    """Yield what looks like lists of labels. `field_looks` are the names of fields, in small letters without signs."""
    text = text[:MAX_READ]
    for finder in (_after_one_of, _quoted_runs, _piped, _bullets):
        yield from islice(finder(text), _MAX_LISTS)
    yield from islice(_after_names(text, field_looks), _MAX_LISTS)


def _after_names(text: str, field_looks: set[str]) -> Iterator[LabelList]:
    hits = 0
    for word in _WORD.finditer(text):
        if word[0].casefold().replace("_", "") not in field_looks:
            continue
        hits += 1
        if hits > _MAX_HITS:
            return
        says = _SAYS_LIST.match(text, word.end(), word.end() + _WINDOW)
        if says is None or _is_negated(text, word.start()):
            continue
        if says["verb"] is None and says["strong"] is None:
            items = _quoted_at(text, says.end())
        else:
            items = _split(text, says.end())
        if items:
            yield LabelList(word[0], ListStyle.STRONG if says["strong"] else ListStyle.PLAIN, items)


def _quoted_at(text: str, start: int) -> tuple[Item, ...]:
    """Return the quoted word that stands right here, if one does."""
    for at in (start, start - 1):
        found = _QUOTED.match(text, at)
        if found is not None and text[start - 1 : start].isspace():
            return (Item(_inner(found), *found.span(), is_quoted=True),)
    return ()


def _inner(found: re.Match[str]) -> str:
    return next(one for one in found.groups() if one is not None).strip()


def _piped(text: str) -> Iterator[LabelList]:
    for found in islice(_PIPED.finditer(text), _MAX_HITS):
        items, position = [], found.start()
        for piece in found[0].split("|"):
            start = position + len(piece) - len(piece.lstrip())
            items.append(Item(piece.strip(), start, start + len(piece.strip()), is_quoted=False))
            position += len(piece) + 1
        if not _is_negated(text, found.start()):
            yield LabelList("", ListStyle.STRONG, tuple(items))


def _after_one_of(text: str) -> Iterator[LabelList]:
    for found in islice(_ONE_OF.finditer(text), _MAX_HITS):
        if not _is_negated(text, found.start()):
            items = _split(text, found.end())
            if len(items) > 1:
                yield LabelList("", ListStyle.STRONG, items)


def _quoted_runs(text: str) -> Iterator[LabelList]:
    run: list[Item] = []
    for found in islice(_QUOTED.finditer(text), _MAX_HITS * 3):
        item = Item(_inner(found), *found.span(), is_quoted=True)
        if run and not _BETWEEN.fullmatch(text, run[-1].end, item.start):
            yield from _close_run(text, run)
            run = []
        run.append(item)
    yield from _close_run(text, run)


def _close_run(text: str, run: list[Item]) -> Iterator[LabelList]:
    if run and not _is_negated(text, run[0].start):
        yield LabelList("", ListStyle.STRONG if len(run) > 1 else ListStyle.LONE, tuple(run))


def _bullets(text: str) -> Iterator[LabelList]:
    run: list[Item] = []
    end = -1
    for found in islice(_BULLET.finditer(text), _MAX_HITS * 3):
        head = _BULLET_HEAD.match(found[1])
        if run and found.start() > end + 1:
            yield LabelList("", ListStyle.PLAIN, tuple(run))
            run = []
        if head is not None:
            start = found.start(1)
            run.append(Item(head[1].strip(), start + head.start(1), start + head.end(1), is_quoted=False))
        end = found.end()
    if len(run) > 1:
        yield LabelList("", ListStyle.PLAIN, tuple(run))


def _split(text: str, start: int) -> tuple[Item, ...]:
    """Return the items of a list that begins here, up to the end of its sentence or line."""
    stop = min(len(text), start + _WINDOW)
    window = _blank_asides(text[start:stop])
    end = _END.search(window)
    if end is not None:
        window = window[: end.start()]
    items: list[Item] = []
    position = 0
    for piece in _SEPARATOR.split(window)[:_MAX_ITEMS]:
        at = window.find(piece, position)
        position = at + len(piece)
        item = _trim(piece, start + at)
        if item is not None:
            items.append(item)
    return tuple(items)


def _blank_asides(window: str) -> str:
    """Take out what stands in brackets, keeping the places of the rest."""
    return re.sub(r"\([^()\n]{0,120}\)", lambda found: " " * len(found[0]), window)


def _trim(piece: str, start: int) -> Item | None:
    colon = piece.rfind(": ")
    if colon >= 0:
        start, piece = start + colon + 2, piece[colon + 2 :]
    quoted = _QUOTED.match(piece.lstrip())
    if quoted is not None:
        start += len(piece) - len(piece.lstrip())
        return Item(_inner(quoted), start, start + quoted.end(), is_quoted=True)
    text = piece
    while (shorter := _AROUND.sub("", text, count=1)) != text:
        text = shorter
    if not text or len(text) > _MAX_ITEM:
        return None
    at = start + piece.find(text)
    return Item(text, at, at + len(text), is_quoted=False)


def _is_negated(text: str, start: int) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    sentence = re.split(r"[.!?:;\n]", before)[-1]
    return _NEGATION.search(sentence) is not None
