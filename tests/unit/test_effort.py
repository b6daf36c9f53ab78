"""Work is foretold high enough to stop what is hostile, and low enough to let what is usual through."""

from typing import Any

import pytest

from core.errors import InvalidSchemaError
from core.tasks.judge import check
from core.tasks.judging.effort import MAX_EFFORT, Effort
from core.tasks.judging.measures import measure_whole
from core.tasks.judging.pattern_sizes import pattern_size
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.schema_graph import SchemaGraph
from tests.unit.hostile_schemas import HOSTILE_VALUES, make_unevaluated, nest

Json = Any  # Any: tests handle arbitrary JSON

TOO_LARGE = "is too large to be judged by this schema in time"
ROW: Json = {f"f{n}": "some words, as models write them" for n in range(20)}
ROWS: Json = {"type": "array", "items": {"properties": {name: {"type": "string", "maxLength": 100} for name in ROW}}}
TREE: Json = {"properties": {"name": {"type": "string"}, "children": {"items": {"$ref": "#"}}}}
# Each alternative goes on in two places: by the schema alone, a deep value could be met billions of times.
EXPRESSION: Json = {
    "$ref": "#/$defs/e",
    "$defs": {
        "e": {
            "anyOf": [
                *(
                    {
                        "properties": {
                            "left": {"$ref": "#/$defs/e"},
                            "right": {"$ref": "#/$defs/e"},
                            "op": {"const": op},
                        },
                        "required": ["op", "left", "right"],
                    }
                    for op in "+-*/%^&|"
                ),
                {"type": "number"},
            ]
        }
    },
}


def make_expression(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = {"op": "|", "left": value, "right": 2}
    return value


def foretell(schema: Json, value: Json) -> bool:
    whole = measure_whole(value, max_depth=200, max_values=10**6, max_characters=10**8)
    assert whole is not None
    return Effort(SchemaGraph(schema)).is_too_much(value, whole)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (ROWS, [ROW] * 4_000),
        (TREE, {"name": "a", "children": [{"name": "b", "children": []}] * 5_000}),
        ({"items": {"$ref": "#"}}, nest([], levels=120)),
        (EXPRESSION, make_expression(40)),
        ({"items": {"enum": [f"c{n}" for n in range(2_000)]}}, ["c1"] * 90_000),
        ({"pattern": "^[A-Za-z ,.]{0,500}$"}, "some words " * 40),
        ({"items": {"pattern": r"^[^@\s]+@[^@\s]+\.[a-z]+$"}}, ["ada@example.com"] * 10_000),
        ({"uniqueItems": True}, list(range(90_000))),
    ],
    ids=["rows", "tree", "deep lists", "expression", "choices", "pattern", "addresses", "unique"],
)
def test_what_is_large_but_usual_is_judged(schema: Json, value: Json) -> None:
    check_schema(schema)

    assert not foretell(schema, value)
    assert check(schema, value) == []


@pytest.mark.parametrize(
    "name",
    [
        *("constants against texts", "objects against objects", "names against objects"),
        *("fractions of long numbers", "a wide pattern against a long text"),
    ],
)
def test_what_would_take_seconds_is_refused_with_a_sentence(name: str) -> None:
    schema, value = HOSTILE_VALUES[name]

    (found,) = check(schema, value)

    assert (found.loc, found.message) == ((), TOO_LARGE)


def test_a_recursive_schema_counts_each_part_of_the_value_once() -> None:
    doubled = {"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}
    value: Json = {}
    for _ in range(100):
        value = {"a": value}

    assert not foretell(doubled, value)
    assert check(doubled, value) == []


def test_each_level_of_unevaluated_multiplies() -> None:
    efforts = [Effort(SchemaGraph(make_unevaluated(levels))).on_each.value for levels in (4, 8, 12)]

    assert efforts[1] > 10 * efforts[0]
    assert efforts[2] > 10 * efforts[1]
    check_schema(make_unevaluated(6))
    with pytest.raises(InvalidSchemaError, match="takes too long"):
        check_schema(make_unevaluated(20))


def test_unevaluated_fields_of_objects_in_objects_do_not() -> None:
    schema: Json = {"type": "string"}
    for _ in range(30):
        schema = {"properties": {"a": schema}, "unevaluatedProperties": False}

    assert Effort(SchemaGraph(schema)).on_each.value < 1_000
    check_schema(schema)


def test_a_bundled_part_counts_where_its_address_is_referred_to() -> None:
    part = {"$id": "https://example.com/part", "enum": [[n] for n in range(1_000)]}
    inside = {"items": {"$ref": "https://example.com/part"}, "$defs": {"p": part}}

    assert foretell(inside, [[-1]] * 50_000)
    assert check(inside, [[5]]) == []
    assert MAX_EFFORT > Effort(SchemaGraph(inside)).on_each.value > 1_000


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("", 1, 1),
        ("abc", 3, 3),
        ("^a{3,5}$", 5, 8),
        ("(ab){100}", 200, 200),
        ("((a{10}){10}){10}", 1_000, 1_000),
        ("[a-z]{0,3000}x", 3_000, 3_100),
        (r"\p{L}{20}", 5_000, 7_000),
        (r"[\]{9}]{4}", 4, 8),
        ("a{,3}{x}", 5, 12),
        ("(((", 1, 3),
        (")))", 1, 9),
    ],
)
def test_a_pattern_is_as_large_as_it_is_written_out(pattern: str, least: int, most: int) -> None:
    assert least <= pattern_size(pattern) <= most
