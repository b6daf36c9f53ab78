"""The types a form offers for a field, and how they stand in a JSON Schema."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeAlias

from core.tasks.drafts.choices import read_choices
from core.tasks.schemas.json_values import JsonObject

Number: TypeAlias = int | float


class FieldType(StrEnum):
    """What a form offers for a field; `OTHER` is everything it can only keep."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATE_TIME = "date-time"
    TIME = "time"
    EMAIL = "email"
    URL = "url"
    UUID = "uuid"
    CHOICE = "choice"
    CONSTANT = "constant"
    ARRAY = "array"
    OBJECT = "object"
    ONE_OF = "one of"
    REFERENCE = "reference"
    OTHER = "other"


FORMATS: Final = {
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "date-time",
    FieldType.TIME: "time",
    FieldType.EMAIL: "email",
    FieldType.URL: "uri",
    FieldType.UUID: "uuid",
}
NUMERIC: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER})
TEXTUAL: Final = frozenset({FieldType.STRING, *FORMATS})

# Keywords that make a schema the type it is, beside `type`; they come and go with it.
DEFINING: Final[Mapping[FieldType, tuple[str, ...]]] = {
    **dict.fromkeys((FieldType.STRING, *NUMERIC, FieldType.BOOLEAN), ()),
    **dict.fromkeys(FORMATS, ("format",)),
    FieldType.CHOICE: ("enum", "anyOf", "oneOf"),
    FieldType.CONSTANT: ("const",),
    FieldType.ARRAY: ("items",),
    FieldType.OBJECT: ("properties", "required", "additionalProperties"),
    FieldType.ONE_OF: ("anyOf", "oneOf"),
    FieldType.REFERENCE: ("$ref",),
    FieldType.OTHER: (
        *("$ref", "$dynamicRef", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "const", "enum"),
        *("format", "items", "properties", "required"),
    ),
}
UNIONS: Final = ("anyOf", "oneOf")
_NO_TYPE: Final = object()
_TYPE_OF_FORMAT = {name: field_type for field_type, name in FORMATS.items()}
_BY_NAME = {
    field_type.value: field_type
    for field_type in (FieldType.STRING, *NUMERIC, FieldType.BOOLEAN, FieldType.ARRAY, FieldType.OBJECT)
}


def type_of(words: JsonObject) -> FieldType:
    """Return what the form shows a schema as, looking at nothing inside it."""
    is_structured = isinstance(words.get("properties"), dict) or isinstance(words.get("items"), dict | list)
    if not is_structured and read_choices(words) is not None:
        return FieldType.CHOICE
    if not is_structured and "const" in words and "enum" not in words:
        return FieldType.CONSTANT
    named = type_name(words)
    if named is _NO_TYPE:
        return _type_without_name(words)
    found = _BY_NAME.get(named, FieldType.OTHER) if isinstance(named, str) else FieldType.OTHER
    if found is FieldType.STRING and isinstance(words.get("format"), str):
        return _TYPE_OF_FORMAT.get(words["format"], found)
    holder = {FieldType.ARRAY: "items", FieldType.OBJECT: "properties"}.get(found)
    return FieldType.OTHER if holder in words and not isinstance(words[holder], dict) else found


def _type_without_name(words: JsonObject) -> FieldType:
    if any(key in words for key in ("$dynamicRef", "const", "enum")):
        return FieldType.OTHER
    if "$ref" in words:
        return FieldType.REFERENCE if isinstance(words["$ref"], str) else FieldType.OTHER
    if isinstance(words.get("properties"), dict):
        return FieldType.OBJECT
    return FieldType.OTHER if union_key(words) is None else FieldType.ONE_OF


def union_key(words: JsonObject) -> str | None:
    """Return the keyword that lists the shapes of a “one of”; None when there is none, or both are there."""
    keys = [key for key in UNIONS if key in words]
    shapes = words[keys[0]] if len(keys) == 1 else None
    is_union = isinstance(shapes, list) and bool(shapes) and all(isinstance(shape, dict | bool) for shape in shapes)
    return keys[0] if is_union else None


def json_type(field_type: FieldType) -> str:
    """Return what stands at `type` for a type of the form that has one."""
    is_text = field_type in FORMATS or field_type in (FieldType.CHOICE, FieldType.CONSTANT)
    return "string" if is_text else field_type.value


def type_name(words: JsonObject) -> object:
    """Return the one type beside null; None when there is no single one, a marker when `type` is absent."""
    named = words.get("type", _NO_TYPE)
    if isinstance(named, list):
        rest = [name for name in named if name != "null"]
        return rest[0] if len(rest) == 1 and len(named) <= 2 and isinstance(rest[0], str) else None
    return named


def allows_null(words: JsonObject) -> bool:
    """Say whether null is allowed by `type`, and by the choices where there are some."""
    named = words.get("type")
    by_type = isinstance(named, list) and "null" in named
    found = type_of(words)
    if found is FieldType.CHOICE:
        choices = read_choices(words)
        return choices is not None and choices.has_null and (by_type or named is None)
    return by_type and found is not FieldType.CONSTANT


def is_null_schema(schema: object) -> bool:
    """Say whether a schema is the usual one for null. Others, such as a constant, stay shapes of their own."""
    return isinstance(schema, dict) and schema.get("type") == "null"
