"""Lint of what a model and a program read: descriptions, names of fields, the values of a choice."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Final

from core.tasks.linting.findings import Finding, Part, Rule, finding
from core.tasks.schemas.json_equality import json_mark
from core.tasks.schemas.json_values import JsonObject, Loc, show_value, to_pointer
from core.tasks.schemas.schema_edits import Edit, EditKind

_MAX_LISTED = 2_000
# Beside these a name may be meant by more than `properties` and `required`, so it is not renamed.
_NAME_BOUND: Final = frozenset(
    {"dependentRequired", "dependentSchemas", "dependencies", "patternProperties", "propertyNames", "default"}
    | {"examples", "const", "enum", "if", "then", "else", "allOf", "anyOf", "oneOf", "not", "$ref", "$dynamicRef"}
)
_APPLICATORS: Final = frozenset(
    {"if", "then", "else", "not", "allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies", "$defs", "definitions"}
)


def lint_words(parts: list[Part]) -> Iterator[Finding]:
    """Yield what is wrong with descriptions, names and choices."""
    described = {to_pointer(part.loc) for part in parts if _has_text(part.words)}
    combined = _combined_names(parts)
    for part in parts:
        yield from _lint_description(part, described)
        yield from _lint_names(part, combined)
        yield from _lint_choices(part)


def _lint_description(part: Part, described: set[str]) -> Iterator[Finding]:
    if part.field_name is None or _has_text(part.words):
        return
    reference = part.words.get("$ref")
    if isinstance(reference, str) and reference.removeprefix("#") in described:
        return
    message = f"{part.title} has no description: its name is all that tells a model what belongs there."
    title = part.words.get("title")
    if isinstance(title, str) and title.strip():
        edit = Edit(EditKind.SET, (*part.loc, "description"), title)
        yield finding(part.loc, Rule.NO_DESCRIPTION, message, fix="Use its title as the description.", edits=(edit,))
    else:
        yield finding(part.loc, Rule.NO_DESCRIPTION, message)


def _has_text(words: JsonObject) -> bool:
    text = words.get("description")
    return isinstance(text, str) and bool(text.strip())


def _combined_names(parts: list[Part]) -> set[str]:
    """Return the names of fields that stand in conditions, alternatives and definitions."""
    names: set[str] = set()
    for part in parts:
        if any(step in _APPLICATORS for step in part.loc):
            for key in ("properties", "required"):
                names.update(name for name in _names_at(part.words, key))
    return names


def _names_at(words: JsonObject, key: str) -> list[str]:
    held = words.get(key)
    return [name for name in held if isinstance(name, str)] if isinstance(held, dict | list) else []


def _lint_names(part: Part, combined: set[str]) -> Iterator[Finding]:
    fields = part.words.get("properties")
    if not isinstance(fields, dict):
        return
    by_look: dict[str, str] = {}
    for name in fields:
        loc = (*part.loc, "properties", name)
        look = _look(name)
        other = by_look.setdefault(look, name)
        if other != name:
            message = f"The field “{name}” differs from “{other}” only in case, spaces or signs. A model mixes them up."
            yield finding(loc, Rule.NAMES_COLLIDE, message)
        if not name.isidentifier() or keyword.iskeyword(name):
            yield _odd_name(part, loc, name, taken=fields, combined=combined)


def _odd_name(part: Part, loc: Loc, name: str, *, taken: Mapping[str, object], combined: set[str]) -> Finding:
    what = "is a word of Python's own" if keyword.iskeyword(name) else "is no identifier"
    message = f"The name {show_value(name)} {what}, so programs cannot use it as a name as it is."
    wanted = _identifier(name)
    if not wanted or wanted in taken or not _may_rename(part, name, combined):
        return finding(loc, Rule.UNUSUAL_NAME, message)
    edits = [Edit(EditKind.RENAME, loc, wanted)]
    required = part.words.get("required")
    if isinstance(required, list) and name in required:
        edits.append(Edit(EditKind.REPLACE, (*part.loc, "required"), [name, wanted]))
    return finding(loc, Rule.UNUSUAL_NAME, message, fix=f"Rename it to {wanted}.", edits=tuple(edits))


def _identifier(name: str) -> str:
    """Return the name as an identifier, empty when nothing is left of it."""
    joined = re.sub(r"\W+", "_", name).strip("_")
    if not joined:
        return ""
    wanted = f"field_{joined}" if joined[0].isdigit() else joined
    wanted = f"{wanted}_" if keyword.iskeyword(wanted) else wanted
    return wanted if wanted.isidentifier() else ""


def _may_rename(part: Part, name: str, combined: set[str]) -> bool:
    """Say whether the name is meant only here, as far as can be told without judging values."""
    is_bound = any(key in part.words for key in _NAME_BOUND) or any(step in _APPLICATORS for step in part.loc)
    return not is_bound and name not in combined


def _look(text: str) -> str:
    """Return what two names that a person takes for the same have in common."""
    return re.sub(r"[\W_]+", "", text.casefold()) or text


def _lint_choices(part: Part) -> Iterator[Finding]:
    entries = part.words.get("enum")
    if not isinstance(entries, list):
        return
    loc = (*part.loc, "enum")
    first_at: dict[tuple[str, object], int] = {}
    for index, entry in enumerate(entries[:_MAX_LISTED]):
        place = (*loc, index)
        first = first_at.setdefault(_choice_look(entry), index)
        if first != index:
            yield _duplicate(loc, place, entry, entries[first])
        elif isinstance(entry, str) and entry != entry.strip():
            yield _padded(loc, place, entry, entries)


def _duplicate(loc: Loc, place: Loc, entry: object, other: object) -> Finding:
    shown = show_value(entry)
    if json_mark(entry) == json_mark(other):
        message = f"The choice {shown} stands here more than once."
        edit = Edit(EditKind.DROP_REPEATS, loc, entry)
        return finding(place, Rule.NEAR_DUPLICATES, message, fix="Keep it once.", edits=(edit,))
    message = f"The choices {show_value(other)} and {shown} differ only in case or spaces. A model mixes them up."
    edit = Edit(EditKind.DROP, loc, entry)
    fix = f"Keep {show_value(other)} and drop {shown}."
    return finding(place, Rule.NEAR_DUPLICATES, message, fix=fix, edits=(edit,))


def _padded(loc: Loc, place: Loc, entry: str, entries: list[object]) -> Finding:
    message = f"The choice {show_value(entry)} begins or ends with a blank, which an answer has to repeat exactly."
    stripped = entry.strip()
    if not stripped or stripped in entries:
        return finding(place, Rule.NEAR_DUPLICATES, message)
    edit = Edit(EditKind.REPLACE, loc, [entry, stripped])
    return finding(place, Rule.NEAR_DUPLICATES, message, fix="Take the blanks off.", edits=(edit,))


def _choice_look(entry: object) -> tuple[str, object]:
    if isinstance(entry, str):
        return "text", " ".join(entry.casefold().split()) or entry
    if isinstance(entry, int | float) and not isinstance(entry, bool):
        return "number", entry
    return "other", show_value(entry, limit=10_000)
