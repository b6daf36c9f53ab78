"""A short text that a regular expression matches, for examples. Unusual patterns may be missed: see `text_for`."""

import re
from typing import Final

from core.errors import InvalidSchemaError
from core.tasks.schemas.validators import compile_validator

_COUNT: Final = re.compile(r"\{([0-9]{1,3})(?:,[0-9]{0,9})?\}")
_CLASS: Final = re.compile(r"\[(\^?)(\]?(?:\\.|\[:[a-z]+:\]|[^\]\\])*)\]", re.DOTALL)
_PART_OF_CLASS: Final = re.compile(r"(\\.|[^\\])(?:-(\\.|[^\\\]]))?", re.DOTALL)
_GROUP_START: Final = re.compile(r"\((?:\?:|\?P?<[A-Za-z_]\w*>)?")
_KINDS: Final = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "t": "\t", "r": "\r"}
# What a negated class most likely allows.
_TRIED: Final = "a1A -_.,:/@x0Z"
_WIDTHLESS: Final = frozenset("bBAzZ")
_LONGEST = 1_000
_MAX_NESTING = 50


class _Unreadable(Exception):
    """The pattern has something that is not read here."""


def text_for(pattern: str, *, shortest: int = 0) -> str | None:
    """Return a text of at least `shortest` characters that the pattern matches, None when none was found."""
    for extra in (0, 1, shortest):
        try:
            text, end = _alternatives(pattern, 0, extra=extra, depth=0)
        except (_Unreadable, IndexError):
            return None
        if end == len(pattern) and shortest <= len(text) and _fits(pattern, text):
            return text
    return None


def _fits(pattern: str, text: str) -> bool:
    try:
        return bool(compile_validator({"pattern": pattern}).is_valid(text))
    except InvalidSchemaError:
        return False


def _alternatives(pattern: str, place: int, *, extra: int, depth: int) -> tuple[str, int]:
    """Read to the end of a group, and return the text of its first alternative with the place behind it."""
    if depth > _MAX_NESTING:
        raise _Unreadable
    first: str | None = None
    while True:
        text, place = _sequence(pattern, place, extra=extra, depth=depth)
        first = text if first is None else first
        if place >= len(pattern) or pattern[place] != "|":
            return first, place
        place += 1


def _sequence(pattern: str, place: int, *, extra: int, depth: int) -> tuple[str, int]:
    made: list[str] = []
    while place < len(pattern) and pattern[place] not in "|)":
        piece, place = _piece(pattern, place, extra=extra, depth=depth)
        times, place = _times(pattern, place, extra=extra)
        made.append(piece * times)
        if sum(map(len, made)) > _LONGEST:
            raise _Unreadable
    return "".join(made), place


def _piece(pattern: str, place: int, *, extra: int, depth: int) -> tuple[str, int]:
    character = pattern[place]
    if character in "^$":
        return "", place + 1
    if character == ".":
        return "a", place + 1
    if character == "(":
        start = _GROUP_START.match(pattern, place)
        if start is None or pattern[start.end()] == "?":
            raise _Unreadable
        text, end = _alternatives(pattern, start.end(), extra=extra, depth=depth + 1)
        if end >= len(pattern):
            raise _Unreadable
        return text, end + 1
    if character == "[":
        found = _CLASS.match(pattern, place)
        if found is None:
            raise _Unreadable
        return _of_class(found), found.end()
    if character == "\\":
        return _of_escape(pattern[place + 1]), place + 2
    return character, place + 1


def _of_class(found: re.Match[str]) -> str:
    if found[1]:
        return next((character for character in _TRIED if _fits(f"^{found[0]}$", character)), "a")
    part = _PART_OF_CLASS.match(found[2])
    if part is None:
        raise _Unreadable
    return _of_escape(part[1][1]) if part[1].startswith("\\") else part[1]


def _of_escape(letter: str) -> str:
    if letter in _WIDTHLESS:
        return ""
    if letter.isalnum() and letter not in _KINDS:
        raise _Unreadable
    return _KINDS.get(letter, letter)


def _times(pattern: str, place: int, *, extra: int) -> tuple[int, int]:
    """Return how often a piece is repeated, as seldom as may be, and the place behind the quantifier."""
    if place >= len(pattern):
        return 1, place
    least = {"*": 0, "+": 1, "?": 0}.get(pattern[place])
    end = place + 1
    if least is None:
        counted = _COUNT.match(pattern, place)
        if counted is None:
            return 1, place
        least, end = int(counted[1]), counted.end()
        extra = 0 if "," not in counted[0] else extra
    elif pattern[place] == "?":
        extra = min(extra, 1)
    end += end < len(pattern) and pattern[end] in "?+"
    return least + extra, end
