"""A wrong value is judged in bounded time and memory, however many alternatives and parts come together."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.tasks.judge import check
from core.tasks.judging.workload import Extent, Workload
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.schema_graph import SchemaGraph

Json = Any  # Any: tests handle arbitrary JSON

REPOSITORY_ROOT = Path(__file__).parents[2]
CONSTANTS: list[Json] = [{"const": f"c{number}"} for number in range(300)]
TEXTS = [f"x{number}" for number in range(1_000)]
BIG_OBJECT = {f"q{number}": [number] * 3 for number in range(1_000)}
DEEP_LIST = "[" * 30 + "]" * 30
NESTED: Json = {"items": {"$ref": "#/$defs/t"}}

# The schemas pass the gate, the values the judge's limits; together each takes seconds and gigabytes to explain.
LADDERS: dict[str, tuple[Json, Json]] = {
    "anyOf": ({"items": {"anyOf": CONSTANTS}}, TEXTS),
    "oneOf": ({"items": {"oneOf": CONSTANTS}}, TEXTS),
    "allOf": ({"items": {"allOf": CONSTANTS}}, TEXTS),
    "anyOf over a list": ({"anyOf": [{"items": one} for one in CONSTANTS]}, TEXTS),
    "anyOf over an object": ({"anyOf": [{"type": "string"}] * 300}, BIG_OBJECT),
    "anyOf over a long text": ({"anyOf": CONSTANTS}, "x" * 1_000_000),
    "if": ({"items": {"allOf": [{"if": one, "else": one} for one in CONSTANTS]}}, TEXTS),
    "dependentSchemas": (
        {"items": {"dependentSchemas": {f"q{number}": {"required": ["z"]} for number in range(300)}}},
        [dict.fromkeys(BIG_OBJECT, 1)] * 50,
    ),
    "patternProperties": (
        {"patternProperties": {"^q" + ".?" * number: {"type": "integer"} for number in range(50)}},
        BIG_OBJECT,
    ),
    "propertyNames": ({"propertyNames": {"anyOf": CONSTANTS}}, BIG_OBJECT),
    "required": ({"required": [f"z{number}" for number in range(300)]}, BIG_OBJECT),
    "dependentRequired": ({"dependentRequired": {name: ["z"] for name in BIG_OBJECT}}, BIG_OBJECT),
    "enum": ({"items": {"enum": [f"c{number}" for number in range(2_000)]}}, TEXTS),
    "contains": ({"contains": {"anyOf": CONSTANTS}}, TEXTS),
    "uniqueItems": ({"uniqueItems": True}, [[[number]] for number in range(10_000)] + [[[1]]]),
    "recursion": (
        {"$defs": {"t": {"anyOf": [NESTED, NESTED], "maxItems": 0}}, "$ref": "#/$defs/t"},
        json.loads(DEEP_LIST),
    ),
}
MEASURE_PEAK = """
import resource, sys
from core.tasks.judge import check
from tests.unit.test_judge_bounds import LADDERS
unit = 1 if sys.platform == "darwin" else 1024
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
before = peak()
for schema, value in LADDERS.values():
    assert check(schema, value)
print((peak() - before) // 2**20)
"""


@pytest.mark.parametrize(("schema", "value"), LADDERS.values(), ids=LADDERS)
def test_what_would_take_too_long_to_say_is_one_finding(schema: Json, value: Json) -> None:
    check_schema(schema)

    found = check(schema, value)

    assert len(found) == 1
    assert found[0].message


def test_judging_them_all_takes_little_memory() -> None:
    command = [sys.executable, "-c", MEASURE_PEAK]

    done = subprocess.run(command, cwd=REPOSITORY_ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 50


@pytest.mark.parametrize(
    ("alternatives", "items", "expected"),
    [(3, 100, Extent.ALL), (3, 10_000, Extent.FIRST), (900, 4, Extent.ALL), (900, 4_000, Extent.FIRST)],
)
def test_alternatives_and_items_are_multiplied(alternatives: int, items: int, expected: Extent) -> None:
    schema = {"items": {"anyOf": [{"const": number} for number in range(alternatives)]}}

    assert Workload(SchemaGraph(schema)).extent([-1] * items) is expected


def test_alternatives_that_look_at_every_item_are_told_by_the_verdict_alone() -> None:
    schema = {"anyOf": [{"items": {"const": number}} for number in range(900)]}

    assert Workload(SchemaGraph(schema)).extent([-1] * 10) is Extent.ALL
    assert Workload(SchemaGraph(schema)).extent([-1] * 4_000) is Extent.VERDICT


def test_the_first_finding_of_a_long_list_is_at_its_place() -> None:
    rows: list[Json] = [{"name": "x", "note": None}] * 2_000 + [{"name": "x", "note": 3}] * 2_000
    schema = {"items": {"properties": {"note": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}}

    (found,) = check(schema, rows)

    assert (found.loc, found.message) == ((2_000, "note"), "must be a string or null")


def test_a_usual_answer_is_told_everything() -> None:
    row = {"type": "object", "properties": {f"f{n}": {"type": ["string", "null"]} for n in range(30)}}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": row}}}
    value = {"rows": [{f"f{n}": n if n == 7 else "x" for n in range(30)}] * 50}

    found = check(schema, value)

    assert [error.loc for error in found] == [("rows", place, "f7") for place in range(50)]
