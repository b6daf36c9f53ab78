"""What the form makes of what stands in it."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import Detail, InvalidInputError
from pages.ui.input.assembling import InputForm, assemble, finished_input
from pages.ui.input.leaf_values import MISSING
from pages.ui.input.marks import Marks
from pages.ui.input.nodes import FormTree, Group, Leaf, Node, Rows, Shapes

CARD = {"type": "object", "properties": {"kind": {"const": "card"}, "number": {"type": "string"}}, "required": ["kind"]}
BANK = {"type": "object", "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}}, "required": ["kind"]}
SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "ratio": {"type": ["number", "null"]},
        "day": {"type": "string", "format": "date"},
        "moment": {"type": "string", "format": "date-time"},
        "clock": {"type": "string", "format": "time"},
        "kind": {"enum": ["a", 2, None]},
        "words": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "grid": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "pay": {"oneOf": [CARD, BANK]},
        "deep": {"type": "object", "properties": {"deeper": {"type": "object", "properties": {"x": {}}}}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
ZONE = ZoneInfo("Europe/Berlin")


def field(tree: FormTree, *path: str | int) -> Node:
    """Return the node at a path of field names and item indexes."""
    node = tree.root
    for step in path:
        if isinstance(node, Shapes):
            assert node.chosen
            node = node.chosen
        if isinstance(node, Rows):
            node = tree.items_of(node)[int(step)]
        else:
            assert isinstance(node, Group)
            node = next(each for each in tree.fields_of(node) if each.name == step)
    return node


def type_in(tree: FormTree, *path: str | int, raw: object) -> None:
    leaf = field(tree, *path)
    assert isinstance(leaf, Leaf)
    leaf.raw = raw


def make_tree(properties: dict[str, Any], *required: str, given: Any = MISSING) -> FormTree:  # Any: JSON
    return FormTree({"type": "object", "properties": properties, "required": list(required)}, given)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"text": "", "words": [], "deep": {}},
        {"text": "a\nb", "count": 4, "ratio": None, "day": "2026-03-31", "kind": None},
        {"ratio": 4, "kind": 2, "clock": "14:05:00Z", "moment": "2026-03-31T14:05:00Z"},
        {"clock": "14:05:09+02:00", "moment": "2026-03-31T14:05:09Z", "count": 2**70},
        {"words": ["a", "a"], "lines": [{"n": 1}, {}, {"n": 3, "more": 1}], "grid": [[1, 2.5], []]},
        {"pay": {"kind": "bank", "iban": "DE"}, "deep": {"deeper": {"x": {"y": [1]}}}, "map": {"a": 1}},
        {"words": "no list", "lines": [1], "pay": 7, "unknown": {"a": None}},
    ],
)
def test_a_value_comes_back_as_it_went_in(value: dict[str, Any]) -> None:  # Any: JSON
    tree = FormTree(SCHEMA, value, zone=ZONE)
    untouched = assemble(tree)
    for node in tree.walk():
        if isinstance(node, Group):
            tree.fields_of(node)
        elif isinstance(node, Rows) and node.words is None:
            tree.items_of(node)

    unfolded = assemble(tree)

    assert (untouched.value, untouched.problems) == (value, [])
    assert (unfolded.value, unfolded.problems) == (value, [])


def test_what_is_filled_in_has_the_type_of_its_field() -> None:
    tree = FormTree(SCHEMA, zone=ZONE)
    given = FormTree(SCHEMA, {"moment": "2026-07-01T12:00:00Z", "day": "2026-03-31"}, zone=ZONE)
    moment, day = field(given, "moment"), field(given, "day")
    assert isinstance(moment, Leaf)
    assert isinstance(day, Leaf)

    type_in(tree, "moment", raw=moment.raw)
    type_in(tree, "day", raw=day.raw)
    type_in(tree, "kind", raw=1)
    type_in(tree, "map", raw='{"a": 1}')

    assert assemble(tree).value == {
        "day": "2026-03-31",
        "moment": "2026-07-01T14:00:00+02:00",
        "kind": 2,
        "map": {"a": 1},
    }


def test_null_differs_from_left_out() -> None:
    tree = make_tree({"ratio": {"type": ["number", "null"]}, "other": {"type": ["object", "null"], "properties": {}}})

    field(tree, "ratio").is_null = True

    assert assemble(tree).value == {"ratio": None}


def test_optional_object_is_left_out_while_only_its_constants_and_defaults_are_filled() -> None:
    inner = {
        "type": "object",
        "properties": {"kind": {"const": "x"}, "land": {"type": "string", "default": "DE"}, "name": {"type": "string"}},
        "required": ["kind", "land"],
    }
    tree = make_tree({"sender": inner, "owner": inner}, "owner")

    before = assemble(tree).value
    type_in(tree, "sender", "name", raw="Robin")

    assert before == {"owner": {"kind": "x", "land": "DE"}}
    assert assemble(tree).value["sender"] == {"kind": "x", "land": "DE", "name": "Robin"}


def test_items_keep_their_values_when_one_is_moved_or_removed() -> None:
    tree = FormTree(SCHEMA, {"lines": [{"n": 1}, {"n": 2}, {"n": 3}]})
    lines = field(tree, "lines")
    assert isinstance(lines, Rows)
    first, second, third = (item.number for item in tree.items_of(lines))
    type_in(tree, "lines", 1, "n", raw=20)

    tree.remove_item(lines, first)
    tree.move_item(lines, third, -1)
    tree.add_item(lines)

    assert [item.number for item in tree.items_of(lines)][:2] == [third, second]
    assert assemble(tree).value == {"lines": [{"n": 3}, {"n": 20}, {}]}


def test_going_back_to_a_shape_finds_what_was_typed() -> None:
    tree = make_tree({"pay": {"oneOf": [CARD, BANK]}}, "pay")
    pay = field(tree, "pay")
    assert isinstance(pay, Shapes)
    type_in(tree, "pay", "number", raw="4111")

    tree.choose(pay, 1)
    other = assemble(tree).value
    tree.choose(pay, 0)

    assert other == {"pay": {"kind": "bank"}}
    assert assemble(tree).value == {"pay": {"kind": "card", "number": "4111"}}


def test_list_of_words_turns_to_rows_and_back() -> None:
    tree = FormTree(SCHEMA, {"words": ["a", "b"]})
    words = field(tree, "words")
    assert isinstance(words, Rows)

    tree.turn_to_rows(words)
    tree.add_item(words)
    type_in(tree, "words", 2, raw="a")

    assert assemble(tree).value == {"words": ["a", "b", "a"]}


def test_text_that_is_no_json_is_a_problem_with_its_place() -> None:
    tree = FormTree(SCHEMA)
    type_in(tree, "map", raw='{"a": 1, "a": 2}')
    twice = assemble(tree)
    type_in(tree, "map", raw="{oops")
    broken = assemble(tree)

    assert "stands twice" in twice.problems[0].message
    assert broken.problems[0].place == "/map"
    assert "line 1, column 2" in broken.problems[0].message
    with pytest.raises(InvalidInputError):
        finished_input(broken)


def test_finished_input_is_the_text_or_the_value() -> None:
    assert finished_input("Hello") == "Hello"
    assert finished_input(InputForm({"a": 1})) == {"a": 1}


@pytest.mark.parametrize("prefix", ["", "input"])
def test_errors_are_marked_at_their_field_until_it_is_changed(prefix: str) -> None:
    tree = FormTree(SCHEMA, {"lines": [{"n": 1}, {"n": 2}], "pay": {"kind": "card"}})
    for drawn in (("lines", 0, "n"), ("lines", 1, "n"), ("pay", "number")):
        field(tree, *drawn)
    assemble(tree)
    places = ("/lines/1/n", "/pay/number", "/deep/deeper/x", "")

    marks = Marks(tree, tuple(Detail(place=f"{prefix}{place}", message="is wrong") for place in places))

    assert marks.at(field(tree, "lines", 1, "n")) == ["is wrong"]
    assert marks.at(field(tree, "lines", 0, "n")) == []
    assert marks.at(field(tree, "pay", "number")) == ["is wrong"]
    assert marks.at(field(tree, "deep")) == ["is wrong"]
    assert marks.count_inside(tree, field(tree, "lines")) == 1
    assert marks.at(tree.root) == []
    type_in(tree, "lines", 1, "n", raw=5)
    assert marks.at(field(tree, "lines", 1, "n")) == []
