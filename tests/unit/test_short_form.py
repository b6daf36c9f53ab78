"""The short form of a response schema is told from a JSON Schema."""

import json
from typing import Any

import pytest

from core.errors import InvalidSchemaError
from core.tasks.builder import expand_short_form

Json = Any  # Any: tests handle arbitrary JSON


def text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


SHORT = {"category": {"type": "string"}, "confidence": {"type": "number"}}


@pytest.mark.parametrize(
    ("value", "is_short"),
    [
        (SHORT, True),
        ({"type": {"type": "string"}}, True),
        ({"type": {"enum": ["a"]}, "title": {"type": "string"}}, True),
        ({"properties": {"type": "object"}}, True),
        ({"items": {"type": "array"}, "total": {"type": "number"}}, True),
        ({"description": {"type": "string"}, "default": {"type": "string"}}, True),
        ({"ref": {"$ref": "#/x"}, "any": {"anyOf": []}}, True),
        ({"a": {"properties": {}}}, True),
        ({}, False),
        ({"type": "object"}, False),
        ({"type": "object", "extra": {"type": "string"}}, False),
        ({"properties": {"a": {"type": "strin"}}}, False),
        ({"items": {"type": "string"}}, False),
        ({"not": {"type": "string"}}, False),
        ({"$defs": {"a": {}}, "a": {"type": "string"}}, False),
        ({"category": "string"}, False),
        ({"category": {"kind": "string"}}, False),
        ({"category": {"type": "string"}, "other": 3}, False),
        ({"category": {}}, False),
    ],
)
def test_the_short_form_is_told_from_a_schema(value: Json, is_short: bool) -> None:
    expanded = expand_short_form(value)

    if is_short:
        wanted = {"type": "object", "properties": value, "required": list(value), "additionalProperties": False}
        assert text(expanded) == text(wanted)
    else:
        assert text(expanded) == text(value)
        assert expanded is not value


@pytest.mark.parametrize("value", [True, None, [], "x"])
def test_a_short_form_that_is_no_object_is_refused(value: Json) -> None:
    with pytest.raises(InvalidSchemaError, match="JSON object"):
        expand_short_form(value)
