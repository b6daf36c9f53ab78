"""What the builder's form says of one field: its badges, its controls, and what it only keeps."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui.builder.form_view import build_view
from pages.ui.builder.view_types import ControlView, FormView, RowView
from tests.unit.form_edits import TEXT, an_object, make_form, sent
from tests.unit.random_schemas import make_schema

Json = Any  # Any: tests handle arbitrary JSON
SEEDS = st.randoms(use_true_random=True)
FIXED = settings(derandomize=True, database=None, deadline=None)


def view_of(schema: Json, **values: Json) -> FormView:
    return build_view(make_form(schema, **values), noun="answer")


def row_of(schema: Json) -> RowView:
    """Return the row of a field with this schema."""
    (row, *_) = view_of(an_object(it=schema))["rows"]
    return row


def controls(schema: Json, *, section: int = 0) -> dict[str, ControlView]:
    details = view_of(an_object(it=schema), selected=(0,))["details"]
    assert details is not None
    return {control["part"]: control for control in details["sections"][section]["controls"]}


@pytest.mark.parametrize(
    ("schema", "badges"),
    [
        ({"type": ["string", "null"]}, ["or null"]),
        (
            {"type": "number", "minimum": 0, "exclusiveMaximum": 10, "multipleOf": 0.5},
            ["≥ 0", "< 10", "multiple of 0.5"],
        ),
        ({"type": "integer", "exclusiveMinimum": -1, "maximum": 2**70}, ["> -1", f"≤ {2**70}"]),
        (
            {"type": "array", "items": {}, "minItems": 1, "maxItems": 5, "uniqueItems": True},
            ["1–5 items", "items differ"],
        ),
        ({"type": "string", "minLength": 1}, ["at least 1 character"]),
        ({"type": "string", "maxLength": 9, "pattern": "^a"}, ["at most 9 characters", "pattern"]),
        ({"type": "string", "minLength": 2, "maxLength": 2}, ["exactly 2 characters"]),
        ({"type": "object", "maxProperties": 1, "additionalProperties": True}, ["at most 1 field", "other fields too"]),
        ({"type": "integer", "default": 3}, ["default 3"]),
        ({"enum": ["a", "b, c", 3]}, ["3 choices: a, “b, c”, 3"]),
        ({"type": "string", "enum": []}, ["no choices"]),
        ({"const": "x"}, ["always “x”"]),
        ({"$ref": "#"}, ["→ #"]),
        ({"type": "array", "items": {"type": "integer", "minimum": 1}}, ["each ≥ 1"]),
        ({"type": "string", "format": "hostname", "x-own": 1}, ["also format, x-own"]),
        ({"not": {}}, ['{"not": {}}']),
        (False, ["false"]),
        ({"description": "whatever"}, ["anything"]),
    ],
)
def test_badges_say_what_a_field_allows(schema: Json, badges: list[str]) -> None:
    assert row_of(schema)["badges"] == badges


def test_badges_are_short_and_on_one_line() -> None:
    (badge,) = row_of({"enum": [f"a long\nvalue {index}" for index in range(900)]})["badges"]

    assert badge.startswith("900 choices: a long value 0, ")
    assert badge.endswith("…")
    assert len(badge) <= 60


@pytest.mark.parametrize(
    ("schema", "parts"),
    [
        (TEXT, ["title", "nullable", "default", "examples", "min_length", "max_length", "pattern"]),
        ({"type": "integer"}, ["title", "nullable", "lower", "upper", "default", "examples", "multiple_of"]),
        ({"enum": ["a"]}, ["title", "nullable", "choices", "default", "examples"]),
        ({"const": 1}, ["title", "nullable", "constant", "default", "examples"]),
        (
            an_object(),
            ["title", "nullable", "default", "examples", "min_properties", "max_properties", "allows_others"],
        ),
        ({"type": "object", "additionalProperties": TEXT, "maxProperties": "3"}, None),
        ({"not": {}}, ["title", "default"]),
        (False, []),
        (True, ["title", "default"]),
        ({"type": "string", "title": 3, "examples": "a"}, None),
    ],
)
def test_the_details_show_what_fits_the_type_and_nothing_that_is_kept(schema: Json, parts: list[str] | None) -> None:
    shown = controls(schema)

    if parts is not None:
        assert list(shown) == parts
    details = view_of(an_object(it=schema), selected=(0,))["details"]
    assert details is not None
    kept = {entry["keyword"] for entry in details["kept"]}
    for part, keyword in {"title": "title", "examples": "examples", "allows_others": "additionalProperties"}.items():
        assert part not in shown or keyword not in kept
    assert all(control["label"] for control in shown.values())


def test_values_are_shown_as_they_are_typed_again() -> None:
    number = controls(
        {"type": "number", "exclusiveMinimum": 2**60, "default": 1.0, "examples": [1, 2.5], "multipleOf": 5}
    )
    choice = controls({"enum": ["in progress, on hold", "2", 2, {"a": None}]})
    noted = controls({"anyOf": [{"const": "a", "description": "first"}, {"const": "b"}]})

    assert number["lower"]["value"] == {"value": str(2**60), "isExclusive": True}
    assert number["upper"]["value"] == {"value": None, "isExclusive": False}
    assert (number["default"]["value"], number["examples"]["value"]) == ("1.0", ["1", "2.5"])
    assert number["multiple_of"]["value"] == 5
    assert choice["choices"]["value"] == [
        {"text": "in progress, on hold", "isJson": False, "note": ""},
        {"text": "2", "isJson": False, "note": ""},
        {"text": "2", "isJson": True, "note": ""},
        {"text": '{"a": null}', "isJson": True, "note": ""},
    ]
    assert [entry["note"] for entry in noted["choices"]["value"]] == ["first", ""]
    assert controls(an_object())["allows_others"]["value"] is True
    assert controls({"const": "x"})["constant"] == {
        "part": "constant",
        "label": "Value",
        "kind": "constant",
        "value": '"x"',
    }


def test_a_list_has_a_section_for_each_level_of_what_it_holds() -> None:
    items = {"type": "array", "items": {"enum": ["a"], "x-own": 1}, "description": "a row"}
    view = view_of(an_object(it={"type": "array", "items": items}), selected=(0,))

    details = view["details"]
    assert details is not None
    assert [(section["path"], section["title"]) for section in details["sections"]] == [
        ([0], ""),
        ([0, "[]"], "Each item"),
        ([0, "[]", "[]"], "Each item of each item"),
    ]
    parts = [[control["part"] for control in section["controls"]] for section in details["sections"]]
    assert parts[1] == ["description", "nullable", "min_items", "max_items", "unique_items"]
    assert parts[2] == ["description", "nullable", "choices"]
    assert details["kept"] == [{"keyword": "items/items/x-own", "text": "1"}]


def test_what_is_kept_is_shown_compact_and_cut() -> None:
    schema = {"$schema": "s", **an_object(it={"not": {"enum": [1, 2]}}), "allOf": [{"title": "x" * 400}]}
    view = view_of(schema, selected=(0,))

    assert view["details"] is not None
    assert view["details"]["kept"] == [{"keyword": "not", "text": '{"enum":[1,2]}'}]
    assert [entry["keyword"] for entry in view["rootKept"]] == ["$schema", "allOf"]
    assert len(view["rootKept"][1]["text"]) == 300
    assert view_of(False)["rootKept"] == [{"keyword": "", "text": "false"}]


def test_what_can_be_made_a_definition_or_written_out() -> None:
    schema = {**an_object(name=TEXT, next={"$ref": "#/$defs/node"}, me={"$ref": "#"}), "$defs": {"node": TEXT}}

    def can(*path: Json) -> tuple[bool, bool]:
        details = view_of(schema, selected=path)["details"]
        assert details is not None
        return details["canExtract"], details["canInline"]

    assert [can(0), can(1), can(2), can("$defs", 0), can()] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
        (False, False),
    ]


@settings(FIXED, max_examples=200)
@given(rng=SEEDS)
def test_every_row_leads_to_its_field_and_what_its_details_show_is_what_is_there(rng: Random) -> None:
    form = make_form(make_schema(rng))

    for row in build_view(form, noun="answer")["rows"]:
        picked = sent(form, {"do": "select", "path": row["path"]})
        view = build_view(picked, noun="answer")
        json.dumps(view)
        assert view["details"] is not None
        for section in view["details"]["sections"]:
            for shown in section["controls"]:
                is_blank = shown["kind"] in ("text", "lines") and shown["value"] == ""
                change = {"path": section["path"], "part": shown["part"], "value": shown["value"]}
                same = sent(picked, {"do": "change", **change})
                assert is_blank or (same.refusal is None and same.draft is picked.draft)
