"""Makes up JSON Schemas from a seeded `Random`: proper ones of every type, with keywords out of place mixed in."""

from collections.abc import Callable
from random import Random
from typing import Any

Json = Any  # Any: tests handle arbitrary JSON
MOST_LEVELS = 3

NAMES = [
    *("a", "b", "c", "", " ", "a/b~c", "ünï", "[]", "$defs", "$ref", "type", "default", "properties", "items", "enum"),
    *("0", "anyOf", "const"),
]
SCALARS = [
    *(None, True, False, -3, 0, 1, 2**70, 0.0, -0.0, 1.0, 1.5, 1e300),
    *("", "a", "in progress, on hold", "#/$defs/a", "ünï", "string", "date"),
]
REFERENCES = [
    *("#", "#/$defs/a", "#/$defs/b", "#/definitions/a", "#/$defs/a/properties/b", "#/properties/a"),
    *("#/$defs/a~1b~0c", "#/$defs/%C3%BCn%C3%AF", "#anchor", "other.json"),
]
TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"]
FORMATS = ["date", "date-time", "time", "email", "uri", "uuid", "hostname", "x-own"]
NUMBERS = [-3, 0, 2, 0.5, 1.0, 2**70, "3", True]
COUNTS = [0, 1, 4, 2.0, -1]
DETAILS: dict[str, list[Json]] = {
    "title": ["", "T", 3],
    "description": ["", "what it is"],
    "default": SCALARS,
    "examples": [[], ["a"], [1, None], "a"],
    "x-own": SCALARS,
    "deprecated": [True],
    "$comment": ["c"],
}
LIMITS: dict[str, dict[str, list[Json]]] = {
    "string": {"minLength": COUNTS, "maxLength": COUNTS, "pattern": ["^a", ""], "format": FORMATS},
    "integer": {"minimum": NUMBERS, "exclusiveMaximum": NUMBERS, "multipleOf": [2, 0.5, 0]},
    "number": {"maximum": NUMBERS, "minimum": NUMBERS, "exclusiveMinimum": NUMBERS, "multipleOf": [0.01]},
    "array": {"minItems": COUNTS, "maxItems": COUNTS, "uniqueItems": [True, False], "contains": [{}]},
    "object": {"minProperties": COUNTS, "maxProperties": COUNTS, "additionalProperties": [True, False, {}]},
}
ODD_KEYS = [
    *("type", "properties", "required", "items", "enum", "const", "anyOf", "oneOf", "allOf", "not", "$ref", "format"),
    *("$defs", "definitions", "additionalProperties", "minimum", "exclusiveMinimum", "minLength", "uniqueItems"),
    *("title", "description", "default", "examples", "x-own", "$comment", "enumDescriptions", "$schema", "$id"),
]


def make_value(rng: Random) -> Json:
    """Return a small JSON value."""
    kind = rng.randrange(8)
    if kind < 6:
        return rng.choice(SCALARS)
    values = [rng.choice(SCALARS) for _ in range(rng.randrange(3))]
    return values if kind == 6 else {rng.choice(NAMES): value for value in values}


def make_schema(rng: Random, depth: int = MOST_LEVELS) -> Json:
    """Return a schema, now and then a boolean, nested at most this deep."""
    if rng.random() < 0.06:
        return rng.random() < 0.5
    makers = FLAT if depth == 0 or rng.random() < 0.35 else NESTED
    schema = rng.choice(makers)(rng, depth)
    pool = DETAILS | LIMITS.get(str(schema.get("type")), {})
    for key in rng.sample(sorted(pool), rng.randrange(4)):
        schema[key] = rng.choice(pool[key])
    if rng.random() < 0.15:
        schema[rng.choice(ODD_KEYS)] = make_value(rng)
    if depth == MOST_LEVELS and rng.random() < 0.5:
        schema[rng.choice(["$defs", "definitions"])] = make_named(rng, 2)
    keys = rng.sample(list(schema), len(schema))
    return {key: schema[key] for key in keys}


def make_named(rng: Random, depth: int) -> Json:
    """Return schemas by name."""
    return {name: make_schema(rng, depth - 1) for name in rng.sample(NAMES, rng.randrange(4))}


def _typed(rng: Random, depth: int) -> Json:
    name = rng.choice(TYPES)
    return {"type": rng.choice([name, name, name, [name, "null"], ["null", name], [name, "string"], []])}


def _choices(rng: Random, depth: int) -> Json:
    values = [make_value(rng) for _ in range(rng.randrange(4))]
    typed = {"type": rng.choice([rng.choice(TYPES), ["string", "null"]])} if rng.random() < 0.5 else {}
    noted = {"enumDescriptions": ["n"] * len(values)} if rng.random() < 0.3 else {}
    return {**typed, "enum": values, **noted}


def _noted(rng: Random, depth: int) -> Json:
    entries: list[Json] = []
    for _ in range(rng.randrange(1, 4)):
        keys = rng.sample(["title", "description", "type", "x-own"], rng.randrange(3))
        entries.append({"const": make_value(rng), **{key: rng.choice(SCALARS[-7:]) for key in keys}})
    nulls: list[Json] = [[], [], [{"type": "null"}], [{"const": None}]]
    null = rng.choice(nulls)
    return {rng.choice(["anyOf", "oneOf"]): [*entries, *null] if rng.random() < 0.5 else [*null, *entries]}


def _constant(rng: Random, depth: int) -> Json:
    return {"const": make_value(rng)} | ({"type": "string"} if rng.random() < 0.5 else {})


def _reference(rng: Random, depth: int) -> Json:
    return {"$ref": rng.choice(REFERENCES)}


def _object(rng: Random, depth: int) -> Json:
    kinds: list[Json] = [{"type": "object"}, {"type": ["object", "null"]}, {}]
    typed = rng.choice(kinds)
    listed = {"required": rng.sample([*NAMES, None], rng.randrange(4))} if rng.random() < 0.6 else {}
    return {**typed, "properties": make_named(rng, depth), **listed}


def _list(rng: Random, depth: int) -> Json:
    return {"type": rng.choice(["array", ["null", "array"]]), "items": make_schema(rng, depth - 1)}


def _union(rng: Random, depth: int) -> Json:
    branches = [make_schema(rng, depth - 1) for _ in range(rng.randrange(1, 4))]
    nulls: list[Json] = [[], [{"type": "null"}], [{"type": "null", "title": "none"}], [{"const": None}]]
    null = rng.choice(nulls)
    return {rng.choice(["anyOf", "oneOf"]): [*null, *branches] if rng.random() < 0.3 else [*branches, *null]}


def _odd(rng: Random, depth: int) -> Json:
    key = rng.choice(["allOf", "prefixItems", "items", "not", "if", "patternProperties", "dependentSchemas"])
    inner = make_schema(rng, depth - 1)
    if key in ("allOf", "prefixItems", "items"):
        return {key: [inner]}
    return {key: inner if key in ("not", "if") else {"^a": inner}}


FLAT: list[Callable[[Random, int], Json]] = [_typed, _typed, _choices, _noted, _constant, _reference]
NESTED: list[Callable[[Random, int], Json]] = [_object, _object, _object, _list, _list, _union, _union, _odd]
