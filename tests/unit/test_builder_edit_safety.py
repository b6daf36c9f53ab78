"""What a browser may send the builder's form, what becomes of the selection, and that the draft stays whole."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.builder import from_json_schema
from pages.ui.builder.edits import MOST_FIELDS, apply_edits
from pages.ui.builder.form_view import build_view
from tests.unit.form_edits import (
    ADDRESS,
    GARBAGE,
    KIND,
    LINES,
    QTY,
    SCHEMA,
    TEXT,
    a_form,
    an_object,
    change,
    make_edit,
    make_form,
    names,
    sent,
    text,
)
from tests.unit.random_schemas import make_schema

Json = Any  # Any: tests handle arbitrary JSON
SEEDS = st.randoms(use_true_random=True)
FIXED = settings(derandomize=True, database=None, deadline=None)


@pytest.mark.parametrize(
    "edit",
    [
        {"do": "add", "parent": [], "index": 0},
        {"do": "remove", "path": QTY},
        {"do": "remove", "path": ["$defs", 1]},
        {"do": "duplicate", "path": QTY},
        {"do": "move", "path": QTY, "by": 5},
        {"do": "move", "path": ADDRESS, "by": -3},
        {"do": "put", "path": QTY, "parent": LINES, "index": 0},
        {"do": "put", "path": ADDRESS, "parent": LINES, "index": 0},
        {"do": "out", "path": [*LINES, "[]", 0]},
        change(ADDRESS, "name", "place"),
        change(ADDRESS, "type", "array"),
        change([*ADDRESS, 0], "name", "town"),
        change([*ADDRESS, 1], "nullable", True),
        {"do": "extract", "path": KIND, "name": "kinds"},
        {"do": "removeUnused"},
    ],
)
def test_the_selection_stays_with_its_field_there_and_back(edit: Json) -> None:
    for selected in ((3, 1), (3, 0), (4, "[]", 1), (6,), ("$defs", 0, 0)):
        form = sent(a_form(selected=selected), edit)
        label = a_form().draft.get_field(selected).name
        expected = {"town"} if label == "city" else set()
        if edit["do"] != "remove" or form.refusal is None:
            assert form.refusal is None
            assert form.selected is not None
            assert form.draft.get_field(form.selected).name in {label} | expected

        undone = sent(form, {"do": "undo"})
        assert undone.selected == selected
        assert sent(undone, {"do": "redo"}).selected == form.selected


def test_the_selection_goes_with_what_is_removed_and_not_to_its_copy() -> None:
    form = sent(a_form(selected=(3, 0)), {"do": "duplicate", "path": ADDRESS}, {"do": "select", "path": [4, 0]})
    assert form.selected == (4, 0)

    assert sent(form, {"do": "remove", "path": [4]}).selected is None
    assert sent(form, {"do": "undo"}).selected is None
    assert sent(form, {"do": "remove", "path": [3]}).selected == (3, 0)


def test_what_a_list_holds_is_selected_with_the_list_and_a_search_is_remembered() -> None:
    form = sent(a_form(), {"do": "select", "path": [*LINES, "[]"]}, {"do": "search", "words": "city"})

    assert (form.selected, form.search) == ((4,), "city")
    assert sent(form, {"do": "select", "path": None}).selected is None
    assert not form.history.can_undo


def test_edits_are_made_once_and_in_the_order_of_their_numbers() -> None:
    form = apply_edits(a_form(applied=4), [{"n": 6, "do": "undo"}, {"n": 4, "do": "remove", "path": QTY}])
    assert form.applied == 6
    assert names(form)[0] == "qty"

    edits = [{"n": 2, **change(QTY, "name", "b")}, {"n": 1.0, **change(QTY, "name", "a")}]
    form = apply_edits(a_form(), edits)
    assert names(form)[0] == "b"
    assert apply_edits(form, edits) is form


@pytest.mark.parametrize("bad", GARBAGE, ids=range(len(GARBAGE)))
def test_whatever_a_browser_sends_raises_nothing(bad: Json) -> None:
    form = a_form()

    assert apply_edits(form, bad) is form
    assert apply_edits(form, [bad, {"n": bad, "do": "undo"}]).draft is form.draft
    keys = ("do", "path", "part", "value", "parent", "index", "by", "name", "words", "type")
    for edit in ({"do": "remove", "path": QTY}, change(QTY, "name", "x"), {"do": "put", "path": QTY, "parent": []}):
        for key in keys:
            after = apply_edits(form, [{"n": 1, **edit, key: bad}, {"n": 2, "do": "search", "words": "x"}])
            assert (after.applied, after.search) == (2, "x")
            build_view(after, noun="answer")


def test_copies_of_copies_and_lists_of_lists_come_to_an_end() -> None:
    form = make_form(an_object(a=an_object(b=TEXT)))
    for _ in range(20):
        form = sent(form, {"do": "duplicate", "path": [0]}, {"do": "put", "path": [1], "parent": [0], "index": 0})
        form = sent(form, change([0, 0], "name", f"a{form.applied}"))
    assert sum(1 for _ in form.draft.walk()) <= MOST_FIELDS

    form = make_form(an_object(a=TEXT))
    for _ in range(80):
        form = sent(form, change([0, *["[]"] * (form.applied)], "type", "array"))
    assert form.refusal is not None
    assert build_view(form, noun="answer")["rows"]
    deep = make_form(an_object(a=TEXT))
    for depth in range(80):
        deep = sent(deep, change([0] * (depth + 1), "type", "object"), {"do": "add", "parent": [0] * (depth + 1)})
    assert deep.refusal is not None


@settings(FIXED, max_examples=300)
@given(rng=SEEDS)
def test_after_any_edits_the_draft_is_whole_and_can_be_shown(rng: Random) -> None:
    schema = make_schema(rng) if rng.random() < 0.5 else SCHEMA
    form = make_form(schema)

    for _ in range(12):
        form = sent(form, make_edit(rng, form.draft))
        view = build_view(form, noun="answer")
        for row in view["rows"]:
            assert form.draft.get_field(tuple(row["path"])).type.value == row["type"]
        assert form.selected is None or list(form.selected) == view["selected"]

    written = text(form.draft)
    assert text(from_json_schema(form.draft.to_json_schema())) == written
    while form.history.can_undo:
        form = sent(form, {"do": "undo"})
    assert not form.draft.is_changed(schema)


@settings(FIXED, max_examples=150)
@given(rng=SEEDS)
def test_a_field_is_moved_out_or_in_exactly_where_its_row_says_so(rng: Random) -> None:
    form = make_form(make_schema(rng))

    for row in build_view(form, noun="answer")["rows"]:
        for do, is_offered in (("out", row["canMoveOut"]), ("into", row["canMoveInto"])):
            after = sent(form, {"do": do, "path": row["path"]})
            is_nowhere = after.refusal is not None and not after.refusal.message.startswith("There is a field")
            assert is_nowhere != is_offered
