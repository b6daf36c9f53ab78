"""An example value satisfies its schema for the usual keywords, is always the same, and always ends."""

import json
import time
from typing import Any

import pytest

from core.tasks.judge import check
from core.tasks.schemas.example_values import example_value

Json = Any  # Any: tests handle arbitrary JSON


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "minLength": 6}, "textte"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "email"}, "name@example.com"),
        ({"type": "integer"}, 0),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "exclusiveMinimum": 3, "maximum": 9}, 4),
        ({"type": "integer", "minimum": 3, "multipleOf": 7}, 7),
        ({"type": "number", "minimum": 0, "maximum": 1}, 0.5),
        ({"type": "number", "exclusiveMinimum": 0}, 1),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "string"]}, "text"),
        ({"enum": ["in progress, on hold", "done"]}, "in progress, on hold"),
        ({"const": {"a": 1}}, {"a": 1}),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "string", "default": None}, "text"),
        ({"type": "string", "examples": ["e"], "default": "d"}, "e"),
        ({"type": "array", "items": {"type": "integer"}}, [0]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True}, ["text", "text 2"]),
        ({"type": "array", "maxItems": 0}, []),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"const": 2}], "items": False}, ["text", 2]),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 5}]}, 5),
        ({"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "integer"}}}, {"b": "text", "a": 0}),
        ({"type": "object", "required": ["x"]}, {"x": "text"}),
        ({"$ref": "#/$defs/a%20b", "$defs": {"a b": {"enum": ["x"]}}}, "x"),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"const": 2}}}]},
            {"a": 1, "b": 2},
        ),
        (True, None),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_an_example_is_small_fixed_and_valid(schema: Json, expected: Json) -> None:
    made = example_value(schema)

    assert json.dumps(made) == json.dumps(expected)
    assert check(schema, made) == []


@pytest.mark.parametrize(
    "name", ["date", "date-time", "time", "duration", "email", "uri", "uuid", "hostname", "ipv4", "ipv6"]
)
def test_every_format_has_a_valid_example(name: str) -> None:
    schema = {"type": "string", "format": name}

    assert check(schema, example_value(schema)) == []


def test_a_recursive_schema_has_an_end() -> None:
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["name"],
    }

    assert check(tree, example_value(tree)) == []
    assert check({}, example_value({"$ref": "#"})) == []
    assert check({}, example_value({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]})) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "minimum": 10**400},
        {"type": "integer", "maximum": -1e308, "multipleOf": 0.001},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": {"a": 1}, "properties": 3, "items": "x", "required": "y"},
        {"type": "object", "properties": [], "required": [1]},
        {"anyOf": [], "allOf": [1], "oneOf": "x"},
        {"$ref": "http://x/y"},
        {"$ref": "#/a/0/b", "a": [3]},
    ],
    ids=lambda schema: json.dumps(schema)[:50],
)
def test_an_odd_schema_still_gives_some_json(schema: Json) -> None:
    assert len(json.dumps(example_value(schema))) < 10_000


def test_a_reference_bomb_ends_at_once() -> None:
    defs: Json = {"a0": {"type": "string"}}
    for level in range(40):
        defs[f"a{level + 1}"] = {"type": "object", "properties": {n: {"$ref": f"#/$defs/a{level}"} for n in "abcdefgh"}}
    started = time.process_time()

    example_value({"$ref": "#/$defs/a40", "$defs": defs})

    assert time.process_time() - started < 1
