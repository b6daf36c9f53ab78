"""Schemas made to read, call, hang or fill memory, and values made to do so with a schema that looks harmless."""

from typing import Any

from tests.unit.test_schema_rules import make_bomb, make_chain, make_ladder, make_nested, make_patterns

Json = Any  # Any: whatever somebody may send


def make_unevaluated(levels: int) -> Json:
    schema: Json = {"properties": {"a": {}}}
    for _ in range(levels):
        schema = {"allOf": [schema], "unevaluatedProperties": False}
    return schema


def make_dynamic(count: int) -> Json:
    """Every one of the references may lead to every one of the anchors."""
    anchors = {f"a{n}": {"$id": f"https://example.com/{n}", "$dynamicAnchor": "x"} for n in range(count)}
    users = {f"p{n}": {"$dynamicRef": "#x"} for n in range(count)}
    return {"$dynamicAnchor": "x", "$defs": anchors, "properties": users}


def make_refused_schemas(*, file: str, port: int) -> dict[str, Json]:
    """Return what the gate has to refuse, by what it is. `file` and `port` are there to be caught at."""
    server = f"http://127.0.0.1:{port}/schema"
    return {
        "a file": {"$ref": f"file://{file}"},
        "a file by its path": {"items": {"$ref": file}},
        "a server": {"properties": {"a": {"$ref": server}}},
        "a server, dynamically": {"$dynamicRef": f"{server}#x"},
        "a server by the base": {"$id": server, "$ref": "other"},
        "a server as the draft": {"$schema": server},
        "a server in an unused definition": {"$defs": {"a": {"not": {"$ref": server}}}},
        "a bomb of references": make_bomb(60, 8),
        "a small bomb": make_bomb(5, 6),
        "a doubled ladder of anyOf": make_ladder(28),
        "a doubled ladder of oneOf": make_ladder(28, "oneOf"),
        "a doubled ladder of allOf": make_ladder(28, "allOf"),
        "65 levels": make_nested(65),
        "50,000 levels": make_nested(50_000),
        "5,001 parts": {"properties": {f"f{n}": {} for n in range(5_001)}},
        "a million parts": {"properties": {f"f{n}": {} for n in range(1_000_000)}},
        "257 KB": {"description": "x" * 257 * 1024},
        "50 MB": {"description": "x" * 50_000_000},
        "a closed chain": make_chain(2_000, closed=True),
        "itself": {"allOf": [{"$ref": "#"}]},
        "a pattern that looks ahead": {"pattern": "^(?=(a+)+$)"},
        "a pattern that refers back": {"pattern": r"^(a+)\1+$"},
        "a pattern that grows": {"pattern": "((a{100}){100}){100}"},
        "patterns as long as may be": make_patterns(),
        "nested unevaluatedProperties": make_unevaluated(40),
        "dynamic references to everything": make_dynamic(900),
        "a text that is no text": {"const": "\ud800"},
        "a number without end": {"const": 10**50_000},
    }


_LETTERS = "ab" * 500_000
_SELF: Json = {"$ref": "#"}
# By what they are: a schema that may be saved, and a value that must not hold up or fill the process.
HOSTILE_VALUES: dict[str, tuple[Json, Json]] = {
    "constants against texts": (
        {"items": {"anyOf": [{"const": f"c{n}"} for n in range(900)]}},
        [f"x{n}" for n in range(90_000)],
    ),
    "objects against objects": (
        {"items": {"enum": [{"a": n, "b": [1] * 5} for n in range(200)]}},
        [{"a": 199, "b": [1] * 5} for _ in range(12_000)],
    ),
    "names against objects": (
        {"items": {"dependentRequired": {f"p{n}": ["q"] for n in range(10_000)}}},
        [{} for _ in range(90_000)],
    ),
    "fractions of long numbers": ({"items": {"multipleOf": 0.0001}}, [10**4_000 + n for n in range(20_000)]),
    "a wide pattern against a long text": ({"pattern": "[a-z]{0,3000}x"}, _LETTERS),
    "a nested repeat against a long text": ({"pattern": "^(a+)+$"}, "a" * 100_000 + "!"),
    "lists without end": ({"items": _SELF}, [[] for _ in range(200_000)]),
    "texts without end": ({}, ["x" * 1_000_000] * 20),
    "alternatives in alternatives": (
        {
            "$ref": "#/$defs/t",
            "$defs": {"t": {"anyOf": [{"anyOf": [{"items": {"$ref": "#/$defs/t"}, "maxItems": 1}]}]}},
        },
        [[[1, 2]]],
    ),
}


def nest(value: Json, *, levels: int) -> Json:
    """Return the value inside so many lists."""
    for _ in range(levels):
        value = [value]
    return value


HOSTILE_VALUES["a deep list"] = ({"items": _SELF}, nest(1, levels=50_000))
HOSTILE_VALUES["deep alternatives"] = (HOSTILE_VALUES["alternatives in alternatives"][0], nest([1, 2], levels=120))
