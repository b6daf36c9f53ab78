"""What the builder's form shows: rows, details, and what is around them."""

import json
import time
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pages.ui.builder.form_state import FormState, Mark, Refusal
from pages.ui.builder.form_view import build_view
from pages.ui.builder.view_types import FormView
from tests.unit.form_edits import TEXT, an_object, make_form, sent
from tests.unit.real_world_schemas import real_world_schemas

Json = Any  # Any: tests handle arbitrary JSON
SEEDS = st.randoms(use_true_random=True)
FIXED = settings(derandomize=True, database=None, deadline=None)


def view_of(schema: Json, *, marks: tuple[Mark, ...] = (), **values: Json) -> FormView:
    return build_view(make_form(schema, **values), marks=marks, noun="answer")


def outline(view: FormView) -> list[tuple[int, str, str, str]]:
    return [(row["depth"], row["kind"], row["name"], row["type"]) for row in view["rows"]]


def test_rows_stand_in_reading_order_with_the_definitions_last() -> None:
    schema = {
        **an_object(
            name=TEXT,
            lines={"type": "array", "items": {"type": "array", "items": an_object(sku=TEXT)}},
            way={"anyOf": [TEXT, an_object(url=TEXT), {"type": "null"}]},
        ),
        "$defs": {"node": an_object(next={"$ref": "#/$defs/node"}), "spare": TEXT},
    }

    view = view_of(schema)

    assert outline(view) == [
        (0, "field", "name", "string"),
        (0, "field", "lines", "array"),
        (1, "field", "sku", "string"),
        (0, "field", "way", "one of"),
        (1, "shape", "", "string"),
        (1, "shape", "", "object"),
        (2, "field", "url", "string"),
        (0, "definition", "node", "object"),
        (1, "field", "next", "reference"),
        (0, "definition", "spare", "string"),
    ]
    rows = view["rows"]
    assert rows[2]["path"] == [1, "[]", "[]", 0]
    assert rows[1]["inside"] == ["[]", "[]"]
    assert [(item["path"], item["type"]) for item in rows[1]["items"]] == [
        ([1, "[]"], "array"),
        ([1, "[]", "[]"], "object"),
    ]
    assert [row["holds"] for row in rows[:4]] == [None, "fields", None, "shapes"]
    assert [(row["canMoveOut"], row["canMoveInto"]) for row in rows[:4]] == [
        (False, False),
        (False, False),
        (True, False),
        (False, True),
    ]
    assert (rows[7]["uses"], rows[9]["uses"], rows[8]["target"]) == (1, 0, "node")
    assert (view["definitions"], view["unused"]) == (["node", "spare"], 2)
    assert rows[0]["required"]
    assert not rows[4]["required"]


@pytest.mark.parametrize(
    ("schema", "rows", "inside", "holds"),
    [
        (an_object(a=TEXT), [(0, "field", "a", "string")], [], "fields"),
        (
            {"anyOf": [TEXT, {"type": "integer"}]},
            [(0, "shape", "", "string"), (0, "shape", "", "integer")],
            [],
            "shapes",
        ),
        ({"type": "array", "items": an_object(a=TEXT)}, [(0, "field", "a", "string")], ["[]"], "fields"),
        ({"type": "array", "items": TEXT}, [], ["[]"], None),
        ({"type": "array"}, [], ["[]"], None),
        (TEXT, [], [], None),
        ({"not": {}}, [], [], None),
        (True, [], [], None),
        (False, [], [], None),
        ({}, [], [], None),
    ],
)
def test_every_root_can_be_shown(schema: Json, rows: list[Json], inside: list[str], holds: str | None) -> None:
    view = view_of(schema, selected=())

    assert outline(view) == rows
    assert (view["rootInside"], view["rootHolds"]) == (inside, holds)
    assert view["rootIsObject"] == (view["rootType"] == "object")
    assert all(row["path"][: len(inside)] == inside for row in view["rows"])
    assert view["details"] is not None
    json.dumps(view)


def test_unnamed_fields_and_equal_names_have_rows_of_their_own() -> None:
    form = sent(make_form(an_object(a=TEXT)), *[{"do": "add", "parent": [], "index": None}] * 2)
    form = sent(form, {"do": "change", "path": [1], "part": "name", "value": "a"})

    rows = build_view(form, noun="answer")["rows"]

    assert [(row["path"], row["name"]) for row in rows] == [([0], "a"), ([1], "a"), ([2], "")]


def test_a_search_finds_rows_even_by_what_a_list_holds() -> None:
    schema = an_object(tags={"type": "array", "items": {"enum": ["red", "blue"]}}, other=TEXT)

    assert view_of(schema, search="red")["found"] == [[0]]
    assert view_of(schema, search="pink")["found"] == []
    assert view_of(schema, search=" ")["found"] is None
    many = an_object(**{f"f{index}": TEXT for index in range(600)})
    assert len(view_of(many, search="f")["found"] or ()) == 500


def test_marks_stand_at_the_nearest_row() -> None:
    schema = an_object(tags={"type": "array", "items": TEXT}, name=TEXT)
    marks = (Mark((0, "[]"), "wrong item"), Mark((1,), "advice", "hint"), Mark((), "missing"), Mark((1, 5), "deep"))

    view = view_of(schema, marks=marks)

    assert view["rows"][0]["marks"] == [{"text": "wrong item", "tone": "error"}]
    assert view["rows"][1]["marks"] == [{"text": "advice", "tone": "hint"}, {"text": "deep", "tone": "error"}]
    assert view["rootMarks"] == [{"text": "missing", "tone": "error"}]


def test_undo_redo_and_a_refusal_are_said() -> None:
    form = sent(make_form(an_object(qty=TEXT)), {"do": "remove", "path": [0]}, {"do": "undo"}, {"do": "undo"})

    view = build_view(form, noun="answer")

    assert (view["undo"], view["redo"], view["applied"], view["noun"]) == (None, "Remove “qty”", 3, "answer")
    assert view["refusal"] == {"number": 3, "message": "There is nothing to undo.", "path": None, "part": ""}
    unlabelled = FormState(form.history.redo().record(make_form(True).draft))
    assert build_view(unlabelled, noun="answer")["undo"] == "the last edit"


def test_a_selection_or_refusal_that_leads_nowhere_shows_no_details() -> None:
    view = view_of(an_object(a=TEXT), selected=(9,), refusal=Refusal(1, "No.", (0,), "default"))

    assert (view["selected"], view["details"]) == (None, None)
    assert view["refusal"] == {"number": 1, "message": "No.", "path": [0], "part": "default"}


def test_a_recursive_schema_ends_at_its_references() -> None:
    node = an_object(children={"type": "array", "items": {"$ref": "#/$defs/node"}})

    view = view_of({"$ref": "#/$defs/node", "$defs": {"node": node}})

    assert outline(view) == [(0, "definition", "node", "object"), (1, "field", "children", "array")]
    assert view["rows"][1]["items"] == [{"path": ["$defs", 0, 0, "[]"], "type": "reference", "target": "node"}]
    assert view["rows"][0]["uses"] == 2


def test_schemas_as_people_wrote_them_can_be_shown() -> None:
    schemas = real_world_schemas()
    small = [schema for schema in schemas.values() if len(json.dumps(schema)) < 40_000]
    assert len(small) > 20

    for schema in small:
        view = view_of(schema)
        draft = make_form(schema).draft
        assert {tuple(row["path"]) for row in view["rows"]} == {path for path, _ in draft.walk() if path[-1] != "[]"}
        json.dumps(view)


def test_a_form_of_two_hundred_fields_is_built_and_edited_in_no_time_to_speak_of() -> None:
    leaf = {"type": "string", "description": "what it means", "minLength": 1}
    inner = an_object(**{f"f{index}": leaf for index in range(9)})
    form = make_form(an_object(**{f"g{index}": an_object(a=inner, b=inner) for index in range(11)}), selected=(5, 1, 3))
    rename = {"do": "change", "path": [5, 1, 3], "part": "name", "value": "renamed"}

    begun = time.perf_counter()
    for _ in range(5):
        build_view(sent(form, rename), noun="answer")
    seconds = (time.perf_counter() - begun) / 5

    assert len(build_view(form, noun="answer")["rows"]) > 200
    assert seconds < 0.15  # about 0.015 on an idle core
