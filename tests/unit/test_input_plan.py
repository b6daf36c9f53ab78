"""Which widget asks for which part of a request schema."""

from typing import Any

import pytest

from pages.ui.input.nodes import FormTree, Group, Leaf, Node, Rows, Shapes
from pages.ui.input.plan import Kind

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "boss": {"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]}},
    "required": ["name"],
}


def plan(schema: dict[str, Any], given: Any = None, **more: Any) -> Node:  # Any: JSON
    """Return what asks for the field “x” of this schema; `given` None: nothing is given."""
    document = {"type": "object", "properties": {"x": schema}, **more}
    tree = FormTree(document, {} if given is None else {"x": given})
    assert isinstance(tree.root, Group)
    return tree.fields_of(tree.root)[0]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Kind.LONG_TEXT),
        ({"type": "string", "maxLength": 200}, Kind.TEXT),
        ({"type": "string", "maxLength": 201}, Kind.LONG_TEXT),
        ({"type": "string", "format": "email"}, Kind.TEXT),
        ({"type": "string", "format": "uri"}, Kind.TEXT),
        ({"type": "string", "format": "date"}, Kind.DATE),
        ({"type": "string", "format": "date-time"}, Kind.DATE_TIME),
        ({"type": "string", "format": "time"}, Kind.TIME),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": "number"}, Kind.NUMBER),
        ({"minimum": 1}, Kind.NUMBER),
        ({"type": "boolean"}, Kind.CHOICE),
        ({"enum": ["a", 1, None]}, Kind.CHOICE),
        ({"const": 3}, Kind.CONSTANT),
        ({"type": "object", "properties": {"a": {}}}, Kind.OBJECT),
        ({"type": "object", "additionalProperties": {"type": "string"}}, Kind.JSON),
        ({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, Kind.LIST),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, Kind.JSON),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, Kind.SHAPES),
        ({"type": ["string", "integer"]}, Kind.SHAPES),
        ({"$ref": "#/$defs/day"}, Kind.DATE),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, Kind.INTEGER),
        ({}, Kind.JSON),
    ],
)
def test_each_part_is_asked_for_by_what_fits_it(schema: dict[str, Any], kind: Kind) -> None:  # Any: a JSON Schema
    found = plan(schema, **{"$defs": {"day": {"type": "string", "format": "date"}}})

    assert found.part.kind is kind


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["integer", "null"]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"$ref": "#/$defs/count"}, {"type": "null"}]},
    ],
)
def test_null_beside_a_type_is_asked_for_beside_its_widget(schema: dict[str, Any]) -> None:  # Any: a JSON Schema
    found = plan(schema, **{"$defs": {"count": {"type": "integer"}}})

    assert (found.part.kind, found.part.takes_null) == (Kind.INTEGER, True)


def test_null_of_a_choice_is_one_of_its_choices() -> None:
    nullable = plan({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}).part
    flag = plan({"type": ["boolean", "null"]}).part

    assert (nullable.choices, nullable.takes_null) == (("a", "b", None), False)
    assert flag.choices == (True, False, None)


def test_shapes_are_named_by_what_tells_them_apart() -> None:
    shapes = [
        {"title": "A card", "type": "object", "properties": {"n": {"type": "string"}}},
        {"type": "object", "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}}},
        {"$ref": "#/$defs/cash"},
        {"type": "integer"},
        {"type": "object", "properties": {"a": {}, "b": {}}},
    ]

    found = plan({"anyOf": shapes}, **{"$defs": {"cash": {"type": "object", "properties": {"sum": {}}}}})

    assert isinstance(found, Shapes)
    assert found.names == ("A card", "bank", "cash", "whole number", "a, b")


def test_the_shape_of_a_value_is_the_one_its_constant_names() -> None:
    shapes = [{"type": "object", "properties": {"kind": {"const": word}, "n": {}}} for word in ("card", "bank")]

    found = plan({"oneOf": shapes}, {"kind": "bank", "n": 1})

    assert isinstance(found, Shapes)
    assert found.index == 1


def test_a_value_of_no_shape_is_shown_as_json() -> None:
    found = plan({"oneOf": [{"type": "integer"}, {"type": "object", "properties": {"a": {}}}]}, "text")

    assert isinstance(found, Leaf)
    assert (found.part.kind, found.raw) == (Kind.JSON, '"text"')


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 10**400),
        ({"type": "integer"}, "three"),
        ({"enum": ["a"]}, "b"),
        ({"enum": [1]}, True),
        ({"const": "a"}, "b"),
        ({"type": "array", "items": {"type": "string"}}, {"no": "list"}),
        ({"type": "array", "items": {"type": "string"}}, ["x"] * 51),
        ({"type": "object", "properties": {"a": {}}}, [1]),
    ],
)
def test_what_a_widget_cannot_hold_is_shown_as_json(schema: dict[str, Any], value: Any) -> None:  # Any: JSON
    assert plan(schema, value).part.kind is Kind.JSON


def test_a_moment_its_widget_cannot_hold_is_shown_as_text() -> None:
    moment = plan({"type": "string", "format": "date-time"}, "2026-03-31T14:05:07.5+02:00")

    assert isinstance(moment, Leaf)
    assert (moment.part.kind, moment.raw) == (Kind.TEXT, "2026-03-31T14:05:07.5+02:00")


def test_a_recursive_part_is_made_when_it_is_needed() -> None:
    person = plan({"$ref": "#/$defs/person"}, {"name": "Kim"}, **{"$defs": {"person": PERSON}})
    tree = FormTree({"type": "object", "properties": {"x": {"$ref": "#/$defs/person"}}, "$defs": {"person": PERSON}})

    assert not person.part.is_recursive
    assert isinstance(tree.root, Group)
    inner: Node = tree.fields_of(tree.root)[0]
    for _ in range(5):
        assert isinstance(inner, Group)
        assert inner.fields is None
        inner = tree.fields_of(inner)[1]
        assert inner.part.is_recursive


def test_short_texts_stand_in_one_widget_and_repeated_ones_in_rows() -> None:
    schema = {"type": "array", "items": {"type": "string"}}

    few, repeated = plan(schema, ["a", "b"]), plan(schema, ["a", "a"])

    assert isinstance(few, Rows)
    assert isinstance(repeated, Rows)
    assert (few.words, repeated.words) == (["a", "b"], None)
