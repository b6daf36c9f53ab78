"""The short way to write a response schema: field names to schemas, without the object around them.

`{"category": {"type": "string"}, "confidence": {"type": "number"}}` means an object with these two fields, both
required and no others. The rule that tells it from a JSON Schema, also for fields named like keywords:

1. A key is *used as a keyword* when it is one and its value has the shape that keyword takes: `"type": "object"`
   is, `"type": {"type": "string"}` is not.
2. The document is a JSON Schema when it is empty, or some key is used as a keyword that never takes a lone schema
   (`type`, `properties`, `required`, `$ref`, `anyOf`, …), or every key is used as a keyword (`items`, `not`,
   `default` and others do take a lone schema, so `{"items": {"type": "string"}}` is a JSON Schema).
3. Otherwise it is the short form when every value looks like a schema: an object that uses a keyword. A field
   named `items` is therefore fine beside any field that is not named like a keyword.
4. What is neither is left as it is, for the gate to judge.
"""

from collections.abc import Callable, Mapping

from core.errors import InvalidSchemaError
from core.tasks.schemas.json_values import JsonObject, copy_json


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_type(value: object) -> bool:
    return isinstance(value, str | list)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_schema(value: object) -> bool:
    return isinstance(value, dict | bool)


def _is_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(inner, dict | bool | list) for inner in value.values())


def _is_anything(value: object) -> bool:
    return True


_SHAPES: Mapping[str, Callable[[object], bool]] = {
    "type": _is_type,
    **dict.fromkeys(("$ref", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$comment"), _is_text),
    **dict.fromkeys(("title", "description", "format", "pattern", "contentMediaType", "contentEncoding"), _is_text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"), _is_number),
    **dict.fromkeys(("minProperties", "maxProperties"), _is_number),
    **dict.fromkeys(("required", "enum", "examples", "anyOf", "oneOf", "allOf", "prefixItems"), _is_list),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _is_flag),
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions"), _is_map),
    **dict.fromkeys(("dependentSchemas", "dependentRequired", "dependencies", "$vocabulary"), _is_map),
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames", "additionalItems"), _is_schema),
    **dict.fromkeys(("additionalProperties", "unevaluatedItems", "unevaluatedProperties", "contentSchema"), _is_schema),
    "items": lambda value: isinstance(value, dict | bool | list),
    **dict.fromkeys(("default", "const"), _is_anything),
}
_MAPS = frozenset(key for key, shape in _SHAPES.items() if shape is _is_map)


def expand_short_form(value: object) -> JsonObject:
    """Return the JSON Schema meant by the value: itself (a copy), or the object schema its short form stands for.

    Raises: InvalidSchemaError: it is not a JSON object.
    """
    if not isinstance(value, dict):
        raise InvalidSchemaError("A schema is written as a JSON object, in curly brackets.")
    written: JsonObject = copy_json(value)
    if not _is_short_form(written):
        return written
    return {
        "type": "object",
        "properties": written,
        "required": list(written),
        "additionalProperties": False,
    }


def _is_short_form(value: JsonObject) -> bool:
    if not value or any(_is_decisive(key, inner) for key, inner in value.items()):
        return False
    if all(_is_keyword_use(key, inner) for key, inner in value.items()):
        return False
    return all(_looks_like_schema(inner) for inner in value.values())


def _is_keyword_use(key: str, value: object) -> bool:
    return key in _SHAPES and _SHAPES[key](value)


def _is_decisive(key: str, value: object) -> bool:
    return _is_keyword_use(key, value) and (key in _MAPS or not isinstance(value, dict))


def _looks_like_schema(value: object) -> bool:
    return isinstance(value, dict) and any(_is_keyword_use(key, inner) for key, inner in value.items())
