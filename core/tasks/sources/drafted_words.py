"""How a model words a field: its type, its name and its choices, as written and as they are meant."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from core.tasks.drafts.field_types import FieldType

MAX_NAME: Final = 40
MAX_DESCRIPTION: Final = 300
MAX_CHOICES: Final = 40
MAX_CHOICE: Final = 100

_WORDS: Final = {
    FieldType.STRING: "string text str varchar char phrase sentence paragraph word name",
    FieldType.INTEGER: "integer int whole_number count long bigint",
    FieldType.NUMBER: "number float double decimal amount money currency price percent percentage real numeric",
    FieldType.BOOLEAN: "boolean bool yes/no yes_no yes_or_no true/false flag checkbox",
    FieldType.DATE: "date day",
    FieldType.DATE_TIME: "date_time datetime timestamp",
    FieldType.TIME: "time",
    FieldType.EMAIL: "email e_mail email_address",
    FieldType.URL: "url uri link website web_address",
    FieldType.UUID: "uuid guid",
    FieldType.CHOICE: "choice enum category select selection option one_of literal label",
    FieldType.OBJECT: "object dict dictionary record group map struct json",
    FieldType.ARRAY: "list array set collection",
}
_BY_WORD: Final = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_BY_LAST_WORD: Final = {
    "email": FieldType.EMAIL,
    "url": FieldType.URL,
    "website": FieldType.URL,
    "uuid": FieldType.UUID,
    "date": FieldType.DATE,
}
_LIST: Final = re.compile(r"(?:list|array|set|collection)\s*(?:of|\[|<)\s*(.+?)[\]>]?$")
_LIST_BEHIND: Final = re.compile(r"(.+?)\s*(?:\[\]|list|array)$")
_LEADING: Final = re.compile(r"^(?:the|an?)_+(?=.)", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"\s*[,;|/\n]\s*")
_FILLERS: Final = frozenset({"...", "…", "etc", "etc."})


class Kind(NamedTuple):
    """The type of a field, and what a list holds."""

    type: FieldType
    item: FieldType | None = None


def read_kind(said: object, item: object = None) -> Kind:
    """Return the type that a model meant; a text where nothing is known. `item` is what it says a list holds."""
    words = " ".join(str(said).casefold().split()) if isinstance(said, str) else ""
    found = _LIST.fullmatch(words) or _LIST_BEHIND.fullmatch(words)
    if found is not None:
        return Kind(FieldType.ARRAY, _item(found[1]))
    kind = _BY_WORD.get(_slug(words), FieldType.STRING)
    return Kind(kind, _item(item)) if kind is FieldType.ARRAY else Kind(kind)


def _item(said: object) -> FieldType:
    word = _slug(said.casefold()) if isinstance(said, str) else ""
    singular = {"entries": "string", "categories": "choice", "dictionaries": "object"}.get(word, word.removesuffix("s"))
    found = _BY_WORD.get(word) or _BY_WORD.get(singular) or FieldType.STRING
    return FieldType.STRING if found is FieldType.ARRAY else found


def _slug(word: str) -> str:
    return re.sub(r"[\s\-_]+", "_", word.strip(" .'\"`"))


def sharpen(kind: Kind, name: str) -> Kind:
    """Return the format that a text's name calls for: an `email` is an email address."""
    wanted = _BY_LAST_WORD.get(name.casefold().rsplit("_", 1)[-1])
    return Kind(wanted) if kind.type is FieldType.STRING and wanted is not None else kind


def tidy_name(said: object) -> str:
    """Return a name that is an identifier, as close to what was said as can be; blank when nothing is left.

    `dueDate` stays; “Due date” becomes due_date, “2nd line” field_2nd_line.
    """
    if not isinstance(said, str):
        return ""
    text = unicodedata.normalize("NFKC", said).strip()
    is_phrase = any(character.isspace() for character in text)
    text = re.sub(r"\W+", "_", text).strip("_")
    text = _LEADING.sub("", text.lower() if is_phrase else text)[:MAX_NAME].rstrip("_")
    return f"field_{text}"[:MAX_NAME] if text and not text.isidentifier() else text


def tidy_text(said: object, *, limit: int = MAX_DESCRIPTION) -> str:
    """Return a text on one line, without what cannot be stored; blank for anything that is no text."""
    if not isinstance(said, str):
        return ""
    flat = " ".join("".join(one for one in said if one.isprintable() or one.isspace()).split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def tidy_choices(said: object) -> tuple[str, ...]:
    """Return the choices, each once whatever its case, without blanks and “etc.”; a lone list in a text is split."""
    entries = list(said) if isinstance(said, list) else [said]
    texts = [tidy_text(_as_text(entry), limit=MAX_CHOICE) for entry in entries]
    texts = [text for text in texts if text and text.casefold() not in _FILLERS]
    if len(texts) == 1:
        texts = [part for part in _SEPARATORS.split(texts[0]) if part]
    return tuple(_each_once(texts))[:MAX_CHOICES]


def _as_text(entry: object) -> object:
    if isinstance(entry, dict):
        return next((entry[key] for key in ("value", "name", "label") if isinstance(entry.get(key), str)), None)
    is_number = isinstance(entry, int | float) and not isinstance(entry, bool)
    return str(entry) if is_number else entry


def _each_once(texts: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for text in texts:
        seen.setdefault(text.casefold(), text)
    return list(seen.values())


def as_integers(choices: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the choices as whole numbers, None when one is none."""
    if all(re.fullmatch(r"-?\d{1,9}", choice, re.ASCII) for choice in choices):
        return tuple(dict.fromkeys(int(choice) for choice in choices))
    return None
