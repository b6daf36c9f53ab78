"""The schema builder keeps every schema whole, whatever is in it."""

import json
import random
from typing import Any

import pytest

from core.tasks.builder import from_json_schema
from tests.unit.test_builder import update

Json = Any  # Any: tests handle arbitrary JSON


def make_nested(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


CORPUS: list[Json] = [
    True,
    False,
    {},
    {"type": "object"},
    {"type": "object", "properties": {}},
    {"type": "object", "properties": {}, "required": []},
    {"required": [], "properties": {}, "type": "object"},
    {"type": "object", "required": ["b", "a"], "properties": {"a": {}, "b": {}}},
    {"type": "object", "required": ["ghost", "a", "ghost"], "properties": {"a": {}}},
    {"type": "object", "required": "a", "properties": {"a": {}}},
    {"type": "object", "required": None, "properties": {"a": {}}},
    {"type": "object", "required": [1, None, "a", {"x": 1}], "properties": {"a": {}}},
    {"type": "object", "required": ["a"]},
    {"type": "object", "properties": []},
    {"type": "object", "properties": None, "required": ["a"]},
    {"type": "object", "properties": {"a": True, "b": False, "c": None, "d": 3, "e": "x", "f": []}},
    {"type": "object", "properties": {"": {"type": "string"}, " ": {}, "a/b~c": {}}},
    {"type": "object", "properties": {"model_config": {}, "a b": {}, "ünï": {}, "[]": {}, "type": {}, "$ref": {}}},
    {"properties": {"a": {"type": "string"}}},
    {"properties": {"a": {"type": "string"}}, "allOf": [{"required": ["a"]}]},
    {"properties": {"a": {}}, "$ref": "#/$defs/x", "$defs": {"x": {}}},
    {"type": ["object", "null"], "properties": {"a": {}}, "required": ["a"]},
    {"type": ["object", "string"], "properties": {"a": {}}, "required": ["a"]},
    {"type": "string", "properties": {"a": {}}, "required": ["a"]},
    {"type": []},
    {"type": ["null"]},
    {"type": ["string", "string"]},
    {"type": [["string"], "null"]},
    {"type": {"type": "string"}},
    {"type": 3},
    {"type": "null"},
    {"type": "strnig"},
    {"description": 3, "type": "string"},
    {"type": "string", "description": ""},
    {"description": "d", "type": "string", "title": "T", "x-extra": {"deep": [1, {"a": None}]}},
    {"type": "string", "format": "date"},
    {"format": "email", "type": "string", "pattern": "^.+@"},
    {"type": "string", "format": "uri"},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": 3},
    {"type": "integer", "format": "date"},
    {"enum": ["in progress, on hold", "done"]},
    {"type": "string", "enum": ["a", "a", ""]},
    {"type": "string", "enum": []},
    {"type": ["string", "null"], "enum": [None, "a"]},
    {"type": "string", "enum": ["a", None]},
    {"enum": [None, None, "a"]},
    {"enum": [1, 2.5, True, None, {"a": 1}, ["x"]]},
    {"type": "integer", "enum": [1, 2]},
    {"enum": "a"},
    {"const": {"a": [1]}},
    {"type": "number", "minimum": 0, "maximum": 1.0, "exclusiveMinimum": True},
    {"type": "integer", "minimum": "0", "maximum": None},
    {"type": "integer", "minimum": 12345678901234567890123456789},
    {"type": "number", "minimum": 1e-300},
    {"type": "array"},
    {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    {"items": {"type": "string"}, "type": "array", "minItems": 1},
    {"type": "array", "items": True},
    {"type": "array", "items": []},
    {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
    {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
    {"type": "array", "items": {"type": "array", "items": {"type": "object", "properties": {"x": {}}}}},
    {"items": {"type": "string"}},
    {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    {"oneOf": [{"type": "object", "properties": {"a": {}}}]},
    {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}}},
    {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"type": "object"}}, "type": "object"},
    {"$id": "https://example.com/x", "$comment": "c", "$vocabulary": {"u": True}, "type": "object"},
    {"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": False, "type": "object"},
    {"patternProperties": {"^x": {"type": "string"}}, "type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "object", "properties": {"a": {"type": "object", "$ref": "#/x", "properties": {"b": {"not": {}}}}}},
    {"dependentRequired": {"a": ["b"]}, "unevaluatedProperties": False, "type": "object", "properties": {"a": {}}},
    make_nested(20),
    make_nested(63),
    make_nested(64),
    make_nested(120),
]

KEYWORDS = [
    *("type", "properties", "required", "items", "enum", "description", "minimum", "maximum", "format", "anyOf"),
    *("$ref", "const", "additionalProperties", "x-extra", "title", "default", "pattern", "not"),
]
WORDS = ["object", "array", "string", "integer", "number", "boolean", "null", "date", "a b, c", "", "ünï", "a"]


def make_random_value(rng: random.Random, depth: int) -> Json:
    kind = rng.randrange(8) if depth else rng.randrange(5)
    if kind < 5:
        return rng.choice([None, True, rng.randrange(-5, 5), rng.random(), rng.choice(WORDS)])
    if kind < 6:
        return [make_random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return make_random_schema(rng, depth - 1)


def make_random_schema(rng: random.Random, depth: int) -> Json:
    keys = rng.sample(KEYWORDS, rng.randrange(1, 8))
    schema: Json = {}
    for key in keys:
        proper = rng.random() < 0.8
        if key == "type" and proper:
            name = rng.choice(WORDS[:7])
            schema[key] = rng.choice([name, [name, "null"], ["null", name]])
        elif key == "properties" and proper and depth:
            names = rng.sample([*WORDS, "b", "c"], rng.randrange(5))
            schema[key] = {name: make_random_schema(rng, depth - 1) for name in names}
        elif key == "items" and proper and depth:
            schema[key] = make_random_schema(rng, depth - 1)
        elif key in ("required", "enum") and proper:
            schema[key] = [rng.choice([*WORDS, "b", None]) for _ in range(rng.randrange(4))]
        else:
            schema[key] = make_random_value(rng, depth)
    return schema


def text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("schema", CORPUS, ids=lambda schema: text(schema)[:60])
def test_a_schema_comes_back_identical_with_its_key_order(schema: Json) -> None:
    before = text(schema)

    rendered = from_json_schema(schema).to_json_schema()

    assert text(rendered) == before
    assert text(schema) == before


def test_random_schemas_come_back_identical_and_survive_edits_elsewhere() -> None:
    rng = random.Random(20260331)
    for _ in range(300):
        schema = make_random_schema(rng, 4)
        assert text(from_json_schema(schema).to_json_schema()) == text(schema)

        holder = {"type": "object", "properties": {"a": {"type": "string"}, "odd": schema}, "required": ["odd"]}
        edited = update(from_json_schema(holder), ("a",), description="new").to_json_schema()

        assert text(edited["properties"]["odd"]) == text(schema)
        assert text(edited["required"]) == '["odd"]'


def test_a_schema_nested_thousands_deep_comes_back_without_recursion() -> None:
    rendered = from_json_schema(make_nested(5_000)).to_json_schema()

    levels = 0
    while "properties" in rendered:
        rendered, levels = rendered["properties"]["a"], levels + 1
    assert levels == 5_000


def test_saying_what_is_already_so_changes_nothing() -> None:
    rng = random.Random(7)
    for schema in [*CORPUS, *(make_random_schema(rng, 3) for _ in range(100))]:
        draft = from_json_schema(schema)
        for path, field in draft.walk():
            draft = update(
                draft,
                path,
                name=field.name,
                type=field.type,
                description=field.description,
                required=field.required,
                nullable=field.nullable,
                choices=field.choices,
                minimum=field.minimum,
                maximum=field.maximum,
            )
        assert text(draft.to_json_schema()) == text(schema)
