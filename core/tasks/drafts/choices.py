"""The values of a choice with a note each, as they stand in a schema.

Without notes they are an `enum`. With notes they are `anyOf` of constants, each with its description: the form in
which pydantic and pydantic-ai themselves tell a model what an enum's members mean. It is standard JSON Schema, so
validators and grammar engines enforce it; adapters for vendors that know no `const` fold it back into an enum; a
vendor that refuses unknown keywords meets none. `oneOf` of constants and the editors' `enumDescriptions` beside an
enum are read as well, and edited where they stand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.tasks.schemas.json_equality import json_mark, type_word
from core.tasks.schemas.json_values import JsonObject, copy_json

# Lists beside an enum with one entry for each of its values; the first kind holds notes.
_NOTE_LISTS: Final = ("enumDescriptions", "x-enumDescriptions", "x-enum-descriptions", "markdownEnumDescriptions")
_OTHER_LISTS: Final = ("enumNames", "x-enumNames", "x-enum-varnames")
_PLAIN_ENTRY: Final = frozenset({"const", "type", "description"})


@dataclass(frozen=True, slots=True)
class Choices:
    """The values beside null, a note for each (blank for none), and the keyword that lists the values."""

    values: tuple[Any, ...]  # Any: JSON the user wrote
    notes: tuple[str, ...]
    place: str
    has_null: bool

    def edited(self, words: JsonObject) -> set[str]:
        """Return the keywords of the schema that hold the values and notes."""
        lists = [key for key in _NOTE_LISTS if self.place == "enum" and _is_parallel(words, key)]
        return {self.place, *lists[:1]}

    def kept(self, words: JsonObject) -> JsonObject:
        """Return what else is said at single values, by `anyOf/0/…`."""
        entries = words[self.place] if self.place != "enum" else []
        return {
            f"{self.place}/{index}/{key}": copy_json(value)
            for index, entry in enumerate(entries)
            for key, value in entry.items()
            if not _is_null(entry) and key not in ("const", "type", _note_key(entry))
        }


def read_choices(words: JsonObject) -> Choices | None:
    """Return the choices of a schema, or None when it is not a choice."""
    entries = words.get("enum")
    if isinstance(entries, list):
        if sum(entry is None for entry in entries) > 1:
            return None
        noted = _notes_beside(words, entries)
        pairs = [(entry, noted[index]) for index, entry in enumerate(entries) if entry is not None]
        return _choices(pairs, place="enum", has_null=len(pairs) < len(entries))
    places = [key for key in ("anyOf", "oneOf") if key in words]
    if len(places) != 1 or not words.keys().isdisjoint(("enum", "const", "$ref", "$dynamicRef")):
        return None
    return _read_constants(words[places[0]], place=places[0])


def _read_constants(entries: object, *, place: str) -> Choices | None:
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        return None
    rest = [entry for entry in entries if not _is_null(entry)]
    is_lone_constant = len(rest) == 1 and not _note_of(rest[0])
    if not rest or is_lone_constant or len(entries) - len(rest) > 1 or not all("const" in entry for entry in rest):
        return None
    return _choices(
        [(entry["const"], _note_of(entry)) for entry in rest], place=place, has_null=len(rest) < len(entries)
    )


def write_choices(words: JsonObject, values: tuple[Any, ...], notes: tuple[str, ...]) -> JsonObject:
    """Return the schema of a choice with these values and notes; what else stands at a value stays with it."""
    old = read_choices(words)
    if old is None:
        raise ValueError("not a choice")
    if old.place == "enum":
        has_list = any(_is_parallel(words, key) for key in _NOTE_LISTS)
        if has_list or not any(notes):
            return _write_enum(words, values, notes)
        return _to_constants(words, values, notes, old=old)
    written = _write_constants(words, values, notes, old=old)
    is_plain = all(entry.keys() <= _PLAIN_ENTRY for entry in written[old.place])
    needs_no_notes = not any(notes) and (any(old.notes) or len(values) < 2)
    return _to_enum(written, old=old) if needs_no_notes and is_plain else written


def allow_null(words: JsonObject, *, is_allowed: bool) -> JsonObject:
    """Return the schema of a choice with null among its values, or without; `type` is left to the caller."""
    old = read_choices(words)
    if old is None or old.has_null == is_allowed:
        return words
    if old.place == "enum":
        kept = [index for index, entry in enumerate(words["enum"]) if entry is not None]
        return _rebuilt_lists(words, kept, added=[None] if is_allowed else [])
    entries = [entry for entry in words[old.place] if not _is_null(entry)]
    return {**words, old.place: [*entries, {"type": "null"}] if is_allowed else entries}


def _choices(pairs: list[tuple[Any, str]], *, place: str, has_null: bool) -> Choices:  # Any: JSON the user wrote
    return Choices(tuple(value for value, _ in pairs), tuple(note for _, note in pairs), place, has_null)


def _is_null(entry: JsonObject) -> bool:
    return entry.get("type") == "null" or ("const" in entry and entry["const"] is None)


def _note_key(entry: JsonObject) -> str:
    return "title" if "description" not in entry and "title" in entry else "description"


def _note_of(entry: JsonObject) -> str:
    text = entry.get(_note_key(entry))
    return text if isinstance(text, str) else ""


def _is_parallel(words: JsonObject, key: str) -> bool:
    texts = words.get(key)
    if not isinstance(texts, list) or len(texts) != len(words["enum"]):
        return False
    return all(isinstance(text, str) for text in texts)


def _notes_beside(words: JsonObject, entries: list[Any]) -> list[str]:  # Any: JSON the user wrote
    key = next((key for key in _NOTE_LISTS if _is_parallel(words, key)), None)
    return [""] * len(entries) if key is None else words[key]


def _write_enum(words: JsonObject, values: tuple[Any, ...], notes: tuple[str, ...]) -> JsonObject:
    """Rewrite the enum and the lists beside it, whose entries follow their values."""
    entries: list[Any] = words["enum"]  # Any: JSON the user wrote
    old = {json_mark(entry): index for index, entry in reversed(list(enumerate(entries)))}
    null = [None] if None in entries else []
    wanted = [*null, *values] if entries[:1] == [None] else [*values, *null]
    sources = [old.get(json_mark(value)) for value in wanted]
    written = _rebuilt_lists(words, sources, added=[])
    key = next((key for key in _NOTE_LISTS if _is_parallel(words, key)), None)
    if key is not None:
        noted = iter(notes)
        written[key] = [
            text if value is None else next(noted) for value, text in zip(wanted, written[key], strict=True)
        ]
    return _with_fitting_type({**written, "enum": wanted})


def _rebuilt_lists(words: JsonObject, sources: list[Any], *, added: list[Any]) -> JsonObject:  # Any: an index or None
    """Take the entries at these indexes, None for a blank one, in the enum and in every list beside it."""
    written = dict(words)
    for key in (*_NOTE_LISTS, *_OTHER_LISTS):
        if _is_parallel(words, key):
            written[key] = ["" if index is None else words[key][index] for index in sources] + [""] * len(added)
    entries = words["enum"]
    return {**written, "enum": [None if index is None else entries[index] for index in sources] + added}


def _write_constants(words: JsonObject, values: tuple[Any, ...], notes: tuple[str, ...], *, old: Choices) -> JsonObject:
    entries = words[old.place]
    by_mark = {json_mark(entry["const"]): entry for entry in reversed(entries) if not _is_null(entry)}
    written = []
    for value, note in zip(values, notes, strict=True):
        entry = by_mark.get(json_mark(value))
        entry = {"const": copy_json(value), "type": type_word(value)} if entry is None else entry
        written.append(_with_note(entry, note))
    null = [entry for entry in entries if _is_null(entry)]
    return _with_fitting_type(
        {**words, old.place: [*null, *written] if entries and _is_null(entries[0]) else [*written, *null]}
    )


def _with_note(entry: JsonObject, note: str) -> JsonObject:
    if note == _note_of(entry):
        return entry
    key = _note_key(entry)
    if note:
        return {**entry, key: note}
    return {name: value for name, value in entry.items() if name != key}


def _to_constants(words: JsonObject, values: tuple[Any, ...], notes: tuple[str, ...], *, old: Choices) -> JsonObject:
    entries: list[JsonObject] = []
    for value, note in zip(values, notes, strict=True):
        said = {"description": note} if note else {}
        entries.append({"const": copy_json(value), **said, "type": type_word(value)})
    null = [{"type": "null"}] if old.has_null else []
    is_first = words["enum"][:1] == [None]
    union = [*null, *entries] if is_first else [*entries, *null]
    written = {"anyOf" if key == "enum" else key: value for key, value in words.items() if key != "type"}
    return {**written, "anyOf": union}


def _to_enum(words: JsonObject, *, old: Choices) -> JsonObject:
    entries = words[old.place]
    values = [None if _is_null(entry) else entry["const"] for entry in entries]
    names = list(dict.fromkeys(type_word(value) for value in values))
    written: JsonObject = {}
    for key, value in words.items():
        if key == old.place:
            typed = {} if "type" in words or not names else {"type": names[0] if len(names) == 1 else names}
            written |= {**typed, "enum": values}
        else:
            written[key] = value
    return written


def _with_fitting_type(words: JsonObject) -> JsonObject:
    """Widen or change `type` where a value would not pass it; what passes already stays as written."""
    found = read_choices(words)
    named = words.get("type")
    names = [named] if isinstance(named, str) else named
    if found is None or not found.values or not isinstance(names, list):
        return words
    if all(_passes(value, names) for value in found.values):
        return words
    fresh = list(dict.fromkeys(type_word(value) for value in found.values))
    fresh += ["null"] if "null" in names else []
    return {**words, "type": fresh[0] if len(fresh) == 1 else fresh}


def _passes(value: object, names: list[Any]) -> bool:  # Any: JSON the user wrote
    word = type_word(value)
    tests: dict[str, Callable[[], bool]] = {
        "integer": lambda: isinstance(value, float) and value.is_integer(),
        "number": lambda: word == "integer",
    }
    return word in names or any(name in tests and tests[name]() for name in names if isinstance(name, str))
