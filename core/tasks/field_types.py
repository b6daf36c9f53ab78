"""The types a form offers for a field, and how they stand in a JSON Schema."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from core.tasks.json_values import JsonObject

Number: TypeAlias = int | float


class FieldType(StrEnum):
    """What a form offers for a field; `OTHER` is everything it can only keep."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    EMAIL = "email"
    URL = "url"
    CHOICE = "choice"
    ARRAY = "array"
    OBJECT = "object"
    OTHER = "other"


FORMATS: Final = {FieldType.DATE: "date", FieldType.EMAIL: "email", FieldType.URL: "uri"}
NUMERIC: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER})

# Keywords that come and go with a type.
OWNED: Final[Mapping[FieldType, tuple[str, ...]]] = {
    FieldType.STRING: (),
    FieldType.INTEGER: ("minimum", "maximum"),
    FieldType.NUMBER: ("minimum", "maximum"),
    FieldType.BOOLEAN: (),
    FieldType.DATE: ("format",),
    FieldType.EMAIL: ("format",),
    FieldType.URL: ("format",),
    FieldType.CHOICE: ("enum",),
    FieldType.ARRAY: ("items",),
    FieldType.OBJECT: ("properties", "required", "additionalProperties"),
    FieldType.OTHER: (
        *("$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "const", "enum"),
        *("format", "items", "properties", "required"),
    ),
}
_NO_TYPE: Final = object()
_TYPE_OF_FORMAT = {name: field_type for field_type, name in FORMATS.items()}
_BY_NAME = {
    field_type.value: field_type
    for field_type in (FieldType.STRING, *NUMERIC, FieldType.BOOLEAN, FieldType.ARRAY, FieldType.OBJECT)
}


def type_of(words: JsonObject) -> FieldType:
    """Return what the form shows a schema as."""
    if choices_of(words) is not None:
        return FieldType.CHOICE
    named = type_name(words)
    if named is _NO_TYPE:
        is_plain = not any(key in words for key in ("$ref", "$dynamicRef", "const", "enum"))
        return FieldType.OBJECT if is_plain and isinstance(words.get("properties"), dict) else FieldType.OTHER
    found = _BY_NAME.get(named, FieldType.OTHER) if isinstance(named, str) else FieldType.OTHER
    if found is FieldType.STRING and isinstance(words.get("format"), str):
        return _TYPE_OF_FORMAT.get(words["format"], found)
    holder = {FieldType.ARRAY: "items", FieldType.OBJECT: "properties"}.get(found)
    return FieldType.OTHER if holder in words and not isinstance(words[holder], dict) else found


def json_type(field_type: FieldType) -> str:
    """Return what stands at `type` for a type of the form."""
    return "string" if field_type is FieldType.CHOICE or field_type in FORMATS else field_type.value


def type_name(words: JsonObject) -> object:
    """Return the one type beside null; None when there is no single one, a marker when `type` is absent."""
    named = words.get("type", _NO_TYPE)
    if isinstance(named, list):
        rest = [name for name in named if name != "null"]
        return rest[0] if len(rest) == 1 and len(named) <= 2 and isinstance(rest[0], str) else None
    return named


def choices_of(words: JsonObject) -> tuple[str, ...] | None:
    """Return the values of an enum of texts (null beside them is allowed), or None when it is not one."""
    entries = words.get("enum")
    if not isinstance(entries, list) or type_name(words) not in (_NO_TYPE, "string"):
        return None
    values = [entry for entry in entries if entry is not None]
    return tuple(values) if all(isinstance(entry, str) for entry in values) and entries.count(None) <= 1 else None


def allows_null(words: JsonObject) -> bool:
    """Say whether null is allowed by `type`, and by the enum where there is one."""
    named = words.get("type")
    by_type = isinstance(named, list) and "null" in named
    if type_of(words) is FieldType.CHOICE:
        return None in words["enum"] and (by_type or named is None)
    return by_type


def number_at(words: JsonObject, key: str) -> Number | None:
    """Return the number at a keyword, None when there is none."""
    value = words.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
