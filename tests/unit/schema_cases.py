"""What a case of the corpus is, and the shapes most of them share."""

from typing import Any, NamedTuple

Json = Any  # Any: arbitrary JSON


class Case(NamedTuple):
    """A schema, and values on both sides of it; `unchecked` are keywords that Python code cannot enforce."""

    name: str
    schema: Json
    valid: list[Json]
    invalid: list[Json]
    unchecked: frozenset[str] = frozenset()


def object_of(required: str = "", /, more: object = None, **properties: Json) -> Json:
    """Return the schema of an object; `required` lists names, `more` is what additionalProperties says."""
    schema: Json = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required.split()
    if more is not None:
        schema["additionalProperties"] = more
    return schema


TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NUMBER = {"type": "number"}
YES_NO = {"type": "boolean"}
PERSON = object_of("name", False, name=TEXT, age=WHOLE)
CIRCLE = object_of("kind r", False, kind={"const": "circle"}, r={"type": "number", "exclusiveMinimum": 0})
BOX = object_of("kind w", False, kind={"const": "box"}, w=NUMBER)
TREE = {
    "$defs": {
        "node": object_of("name", False, name=TEXT, children={"type": "array", "items": {"$ref": "#/$defs/node"}})
    },
    "$ref": "#/$defs/node",
}
ANY_JSON = {
    "type": "object",
    "properties": {"value": {"$ref": "#/$defs/json"}},
    "required": ["value"],
    "$defs": {
        "json": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"$ref": "#/$defs/json"}},
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/json"}},
            ]
        }
    },
}
DRAFT_07 = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"who": {"$ref": "#/definitions/person", "description": "Ignored beside a reference."}},
    "definitions": {"person": PERSON},
    "required": ["who"],
}


def in_field(name: str, inner: Json, valid: list[Json], invalid: list[Json], unchecked: str = "") -> Case:
    """Return a case of an object whose one required field `x` has this schema."""
    schema = object_of("x", False, x=inner)
    wrong: list[Json] = [{}, {"x": valid[0], "y": 1}, None, [], "x"]
    return Case(
        name, schema, [{"x": v} for v in valid], [*({"x": v} for v in invalid), *wrong], frozenset(unchecked.split())
    )
