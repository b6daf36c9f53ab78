"""How the OpenAPI document describes a field that holds a schema."""

from typing import Any

Json = dict[str, Any]  # Any: JSON Schema

_DESCRIPTION = (
    "A JSON Schema (2020-12 or draft-07) whose root is an object, kept exactly as written; or the short form, "
    'which names the fields only: `{"category": {"type": "string"}, "confidence": {"type": "number"}}` means an '
    "object with these fields, all required and no others."
)
_TYPES = ["string", "number", "integer", "boolean", "null", "object", "array"]
_TEXT: Json = {"type": "string", "pattern": "^[^\\u0000]*$"}
_ANNOTATIONS: Json = {"title": _TEXT, "description": _TEXT}
_NAMES: Json = {"type": "object", "propertyNames": _TEXT}
_FIELD: Json = {
    **_NAMES,
    "title": "Schema of a field",
    "properties": {"type": {"enum": _TYPES}, "enum": {"type": "array", "minItems": 1}, **_ANNOTATIONS},
}
_KINDS: list[Json] = [
    {
        **_NAMES,
        "title": "JSON Schema",
        "properties": {
            "type": {"const": "object"},
            "properties": {**_NAMES, "additionalProperties": _FIELD},
            "required": {"type": "array", "items": _TEXT, "uniqueItems": True},
            "additionalProperties": {"type": "boolean"},
            **_ANNOTATIONS,
        },
        "required": ["type"],
    },
    {
        **_NAMES,
        "title": "Short form",
        "additionalProperties": {**_FIELD, "required": ["type"]},
        "minProperties": 1,
    },
]

SCHEMA: Json = {"description": _DESCRIPTION, "anyOf": _KINDS}
OPTIONAL_SCHEMA: Json = {
    "description": "What the input looks like, written in the same way. Null: the input is plain text.",
    "anyOf": [*_KINDS, {"type": "null"}],
}
