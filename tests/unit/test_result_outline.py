"""How an answer is laid out for reading."""

from datetime import date
from typing import Any

import pytest

from pages.ui.result.grid import build_cells
from pages.ui.result.outline import Group, Line, Part, Table, lay_out
from pages.ui.result.schema_parts import resolve, resolve_for
from pages.ui.result.values import Look, read_value

SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "due": {"type": "string", "format": "date", "description": "The last day"},
        "mood": {"enum": ["good", "bad"]},
        "company": {"$ref": "#/$defs/company"},
        "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"on": {"format": "date"}}}},
    },
    "$defs": {"company": {"type": "object", "properties": {"founded": {"type": "string", "format": "date"}}}},
}


def only(value: object, schema: dict[str, Any] | None = None) -> Part:  # Any: a JSON Schema
    """Return the one part of an answer with one field."""
    (part,) = lay_out({"field": value}, {"properties": {"field": schema or {}}})
    return part


@pytest.mark.parametrize(
    ("value", "schema", "text", "look", "kind"),
    [
        ("2026-05-04", {"type": "string", "format": "date"}, "4 May 2026", Look.TEXT, "date"),
        ("soon", {"format": "date"}, "soon", Look.TEXT, "date"),
        ("2026-05-04T09:30:00Z", {"format": "date-time"}, "4 May 2026, 09:30:00 UTC", Look.TEXT, "date and time"),
        (
            "2026-05-04T09:30:00.25+05:30",
            {"format": "date-time"},
            "4 May 2026, 09:30:00.250 UTC+05:30",
            Look.TEXT,
            "date and time",
        ),
        ("javascript:alert(1)", {"format": "uri"}, "javascript:alert(1)", Look.TEXT, "URL"),
        ("good", {"enum": ["good", "bad"]}, "good", Look.CHOICE, "choice"),
        (3, {"enum": [1, 3]}, "3", Look.CHOICE, "choice"),
        (None, {"type": ["string", "null"]}, "null", Look.QUIET, "text"),
        (None, {}, "null", Look.QUIET, ""),
        ("", {"type": "string"}, "empty text", Look.QUIET, "text"),
        ("  ", {"type": "string"}, "white space only (2)", Look.QUIET, "text"),
        ("null", {"type": "string"}, "null", Look.TEXT, "text"),
        (3, {}, "3", Look.NUMBER, "integer"),
        (2**70, {}, str(2**70), Look.NUMBER, "integer"),
        (0.1, {"type": "number"}, "0.1", Look.NUMBER, "number"),
        (True, {"type": "boolean"}, "yes", Look.TEXT, "yes or no"),
        (False, {}, "no", Look.TEXT, "yes or no"),
    ],
)
def test_values_read_by_their_type(value: object, schema: dict[str, Any], text: str, look: Look, kind: str) -> None:
    assert read_value(value, schema) == (text, look, kind)


def test_fields_keep_their_order_and_what_was_left_out_comes_last() -> None:
    parts = lay_out({"mood": "good", "extra": 1, "due": "2026-05-04"}, SCHEMA)

    assert [part.name for part in parts] == ["mood", "extra", "due", "company", "emails", "lines"]
    assert [part.values[0].text for part in parts if isinstance(part, Line)][-3:] == ["left out"] * 3
    assert parts[2].description == "The last day"


def test_object_with_one_field_is_one_line() -> None:
    parts = lay_out({"company": {"founded": "1999-12-31"}}, SCHEMA)

    assert isinstance(parts[0], Line)
    assert (parts[0].name, parts[0].values[0].text, parts[0].kind) == ("company.founded", "31 Dec 1999", "date")


def test_object_with_several_fields_is_a_group() -> None:
    part = only({"a": {"x": 1, "y": {"z": None}}, "b": []})

    assert isinstance(part, Group)
    assert [inner.name for inner in part.parts] == ["a", "b"]
    inner = part.parts[0]
    assert isinstance(inner, Group)
    assert [line.name for line in inner.parts] == ["x", "y.z"]


def test_list_of_words_is_one_line() -> None:
    part = lay_out({"emails": ["a@example.com", "b@example.com"]}, SCHEMA)[0]

    assert isinstance(part, Line)
    assert ([value.text for value in part.values], part.kind) == (["a@example.com", "b@example.com"], "list of email")


@pytest.mark.parametrize(("value", "text"), [([], "empty list"), ({}, "empty object")])
def test_nothing_in_it_is_said(value: object, text: str) -> None:
    part = only(value)

    assert isinstance(part, Line)
    assert part.values[0] == (text, Look.QUIET, text.removeprefix("empty "))


def test_list_of_lists_is_a_group_of_numbered_lines() -> None:
    part = only([[1, 2], [3]])

    assert isinstance(part, Group)
    lines = [line for line in part.parts if isinstance(line, Line)]
    assert [(line.name, line.kind) for line in lines] == [("1", "list of integer"), ("2", "list of integer")]


def test_long_list_of_lists_is_cut() -> None:
    part = only([[number] for number in range(60)])

    assert isinstance(part, Group)
    last = part.parts[-1]
    assert isinstance(last, Line)
    assert (len(part.parts), last.values[0].text) == (51, "10 more, see the JSON")


def test_list_of_objects_is_a_table_with_typed_cells() -> None:
    part = lay_out({"lines": [{"item": "x", "on": "2026-01-02"}, {"item": "y", "count": 2, "at": {"row": 1}}]}, SCHEMA)[
        0
    ]

    assert isinstance(part, Table)
    assert build_cells(part) == {
        "item": ["x", "y"],
        "on": [date(2026, 1, 2), None],
        "count": [None, 2],
        "at.row": [None, 1],
    }


def test_column_of_several_types_is_text() -> None:
    part = only([{"a": 1, "b": None}, {"a": "one", "b": True}, {"a": [1, 2], "b": False}, {"a": 2**60, "b": ""}])

    assert isinstance(part, Table)
    assert build_cells(part) == {"a": ["1", "one", "1, 2", str(2**60)], "b": [None, "yes", "no", ""]}


def test_deep_value_ends_as_json() -> None:
    value: object = "deep"
    for _ in range(40):
        value = {"a": 1, "b": value}

    part: Part = only(value)
    while isinstance(part, Group):
        part = part.parts[-1]

    assert isinstance(part, Line)
    assert part.values[0].text.startswith('{"a": 1, "b": {"a": 1,')


def test_reference_that_leads_in_a_circle_ends() -> None:
    schema = {"properties": {"a": {"$ref": "#/properties/a"}}}

    (part,) = lay_out({"a": "x"}, schema)

    assert part == Line("a", (read_value("x", {}),), "text")


def test_union_is_read_by_the_branch_that_fits() -> None:
    cat = {"type": "object", "properties": {"kind": {"const": "cat"}, "born": {"type": "string", "format": "date"}}}
    dog = {"type": "object", "properties": {"kind": {"const": "dog"}, "born": {"type": "integer"}}}

    assert resolve_for({"kind": "dog", "born": 3}, {"oneOf": [cat, dog]}, {}) == dog
    assert resolve_for({"kind": "cat"}, {"anyOf": [dog, {"type": "null"}, cat]}, {}) == cat
    assert resolve_for(3, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, {}) == {"type": "integer"}


def test_description_beside_a_reference_is_kept() -> None:
    root = {"$defs": {"day": {"type": "string", "format": "date", "description": "Any day"}}}

    found = resolve({"$ref": "#/$defs/day", "description": "The last day"}, root)

    assert found == {"type": "string", "format": "date", "description": "The last day"}
