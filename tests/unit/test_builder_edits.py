"""The edits that the builder's form sends: each kind, what it is called, and what is refused in which words."""

from typing import Any

import pytest

from pages.ui.builder.form_state import FormState
from tests.unit.form_edits import (
    ADDRESS,
    KIND,
    LINES,
    NAME,
    NEXT,
    QTY,
    SHAPE,
    STATE,
    TEXT,
    a_form,
    an_object,
    at,
    change,
    make_form,
    names,
    sent,
)

Json = Any  # Any: tests handle arbitrary JSON


def refusal(form: FormState, edit: Json) -> str:
    """Return why an edit is refused, having seen that it changed nothing."""
    after = sent(form, edit)
    assert after.history is form.history
    assert after.applied == form.applied + 1
    assert after.refusal is not None
    assert after.refusal.number == after.applied
    return after.refusal.message


@pytest.mark.parametrize(
    ("path", "part", "value", "expected"),
    [
        (QTY, "title", "Quantity", {"type": "integer", "title": "Quantity"}),
        (QTY, "description", "How many", {"type": "integer", "description": "How many"}),
        (QTY, "nullable", True, {"type": ["integer", "null"]}),
        (QTY, "default", "3", {"type": "integer", "default": 3}),
        (QTY, "default", "", {"type": "integer"}),
        (NAME, "default", "in progress", {"type": "string", "default": "in progress"}),
        (NAME, "default", '"3"', {"type": "string", "default": "3"}),
        (NAME, "default", "3", {"type": "string", "default": "3"}),
        (KIND, "default", "b", {"type": "string", "enum": ["a", "b"], "default": "b"}),
        (STATE, "constant", "off", {"const": "off", "type": "string"}),
        (STATE, "constant", "5", {"const": 5, "type": "integer"}),
        (QTY, "examples", ["1", " ", "2"], {"type": "integer", "examples": [1, 2]}),
        (QTY, "lower", {"value": 0, "isExclusive": True}, {"type": "integer", "exclusiveMinimum": 0}),
        (QTY, "upper", {"value": 5.0}, {"type": "integer", "maximum": 5}),
        (QTY, "upper", {"value": "12345678901234567890"}, {"type": "integer", "maximum": 12345678901234567890}),
        (QTY, "multiple_of", "2.5", {"type": "integer", "multipleOf": 2.5}),
        (NAME, "min_length", 2.0, {"type": "string", "minLength": 2}),
        (NAME, "pattern", "^a", {"type": "string", "pattern": "^a"}),
        ([*LINES, "[]"], "type", "string", TEXT),
        (["$defs", 1], "min_length", 1, {"type": "string", "minLength": 1}),
        ([*LINES, "[]", 1], "lower", {"value": 0.5, "isExclusive": False}, {"type": "number", "minimum": 0.5}),
        (QTY, "type", "date", {"type": "string", "format": "date"}),
        (QTY, "type", "reference", {"$ref": "#/$defs/node"}),
        (NEXT, "target", "spare", {"$ref": "#/$defs/spare"}),
    ],
)
def test_each_part_of_a_field_is_changed_as_typed(path: list[Json], part: str, value: Json, expected: Json) -> None:
    form = sent(a_form(), change(path, part, value))

    assert form.refusal is None
    assert at(form, path) == expected
    assert not form.history.can_undo or sent(form, {"do": "undo"}).draft == a_form().draft


def test_what_the_form_shows_typed_again_is_the_same_value() -> None:
    form = make_form(an_object(a={"type": "string", "default": 3, "examples": [True, "x"]}))

    assert sent(form, change([0], "default", "3"), change([0], "examples", ["true", '"x"'])).history is form.history
    assert at(sent(form, change([0], "default", "4")), [0])["default"] == "4"


def test_choices_keep_their_order_values_and_notes() -> None:
    entries = [{"text": "in progress, on hold"}, {"text": "2", "isJson": True}, {"text": "2"}, {"text": ""}]

    form = sent(a_form(), change(KIND, "choices", entries))
    noted = sent(form, change(KIND, "choices", [{"text": "x", "note": "why"}]))

    assert form.draft.get_field((2,)).choices == ("in progress, on hold", 2, "2", "")
    assert noted.draft.get_field((2,)).notes == ("why",)
    assert "not JSON" in refusal(form, change(KIND, "choices", [{"text": "{", "isJson": True}]))
    assert "May be null" in refusal(form, change(KIND, "choices", [{"text": "null", "isJson": True}]))
    assert "list of values" in refusal(form, change(KIND, "choices", [{"text": 3}]))


@pytest.mark.parametrize(
    ("path", "part", "value", "words"),
    [
        (QTY, "default", "three", "is not JSON"),
        (QTY, "default", "NaN", "not a number JSON can hold"),
        (QTY, "default", '{"a": 1, "a": 2}', "stands twice"),
        (QTY, "default", "[" * 100_000, "is not JSON"),
        (QTY, "default", "1" * 5_000, "is not JSON"),
        (QTY, "default", '"\\ud800"', "not valid Unicode"),
        (NAME, "default", '"open', "is not JSON"),
        (STATE, "constant", " ", "needs a value"),
        (QTY, "lower", {"value": "1,5"}, "is not a number"),
        (QTY, "lower", "3", "A limit takes"),
        (QTY, "multiple_of", "0", "above 0"),
        (QTY, "min_length", 3, "is not a text"),
        (NAME, "min_length", -1, "whole number from 0"),
        (QTY, "examples", ["x"], "is not JSON"),
        (QTY, "examples", "x", "Examples are a list"),
        (QTY, "type", "other", "JSON tab"),
        (QTY, "type", "colour", "no such type"),
        (QTY, "required", "yes", "yes or no"),
        (QTY, "title", 3, "takes a text"),
        (QTY, "colour", 3, "no such part"),
        (QTY, "target", "node", "not a reference"),
        (NEXT, "target", "gone", "no definition “gone”"),
        ([], "name", "x", "Only a field or a definition"),
        ([*SHAPE, 0], "required", True, "Only a field of an object"),
        ([99], "name", "x", "no field 99"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_words(path: list[Json], part: str, value: Json, words: str) -> None:
    assert words in refusal(a_form(), change(path, part, value))


def test_a_refusal_says_where_and_the_next_edit_that_works_clears_it() -> None:
    form = sent(a_form(), change(QTY, "default", "x"), {"do": "remove", "path": [99]})
    assert form.refusal is not None
    assert (form.refusal.number, form.refusal.path, form.refusal.part) == (2, None, "")

    form = sent(form, change(QTY, "default", "x"))
    assert form.refusal is not None
    assert (form.refusal.number, form.refusal.path, form.refusal.part) == (3, (0,), "default")

    assert sent(form, {"do": "select", "path": QTY}).refusal is None


def test_letters_typed_in_a_row_are_one_step_with_a_label_for_people() -> None:
    form = sent(
        a_form(), *(change(QTY, "name", name) for name in ("q", "qu", "quantity")), change(QTY, "nullable", True)
    )
    assert [step.label for step in form.history.done] == ["Rename “qty”", "Change whether “quantity” may be null"]

    form = sent(a_form(), {"do": "add", "parent": [], "index": 0}, change([0], "name", "a"), change([0], "name", "ab"))
    assert [step.label for step in form.history.done] == ["Add a field", "Name a field"]

    entries = [{"text": "a1"}, {"text": "b"}]
    typed = sent(a_form(), change(KIND, "choices", entries), change(KIND, "choices", [{"text": "a12"}, {"text": "b"}]))
    assert len(typed.history.done) == 1
    assert len(sent(typed, change(KIND, "choices", entries[:1])).history.done) == 2


def test_a_change_to_what_is_already_so_is_no_step() -> None:
    form = a_form()

    assert sent(form, change(QTY, "name", "qty"), {"do": "move", "path": QTY, "by": -1}).history is form.history


def test_a_definition_is_renamed_with_all_that_refers_to_it() -> None:
    form = sent(a_form(), change(["$defs", 0], "name", "tree"))

    assert at(form, NEXT) == {"$ref": "#/$defs/tree"}
    assert "already" in refusal(form, change(["$defs", 0], "name", "spare"))
    assert "needs a name" in refusal(form, change(["$defs", 0], "name", ""))


def test_fields_are_added_into_objects_lists_of_objects_and_unions() -> None:
    form = sent(
        a_form(),
        {"do": "add", "parent": [], "index": 1, "type": "boolean"},
        {"do": "add", "parent": [4], "index": None},
        {"do": "add", "parent": [5], "index": 99, "type": "reference"},
        {"do": "add", "parent": [6], "index": 0, "type": "object"},
        {"do": "add", "parent": ["$defs", 0], "index": 0},
    )

    assert form.refusal is None
    assert form.draft.get_field((1,)).required
    assert at(form, [1]) == {"type": "boolean"}
    assert names(form, 4) == ["city", "zip", ""]
    assert at(form, [5, "[]", 2]) == {"$ref": "#/$defs/node"}
    assert [shape.type for shape in form.draft.get_field((6,)).shapes] == ["object", "string", "integer"]
    assert names(form, "$defs", 0) == ["", "label"]
    assert form.history.undo_label == "Add a field"
    assert "Only an object" in refusal(form, {"do": "add", "parent": [0], "index": None})
    assert "Choose one of the types" in refusal(form, {"do": "add", "parent": [], "index": 0, "type": "other"})
    assert "no such type" in refusal(form, {"do": "add", "parent": [], "index": 0, "type": "x"})


def test_removing_and_duplicating() -> None:
    form = sent(a_form(), {"do": "remove", "path": QTY}, {"do": "duplicate", "path": [0]})

    assert names(form)[:2] == ["name", "name_2"]
    assert [step.label for step in form.history.done] == ["Remove “qty”", "Duplicate “name”"]
    assert "one place" in refusal(a_form(), {"do": "remove", "path": ["$defs", 0]})
    assert "whole schema" in refusal(a_form(), {"do": "remove", "path": []})
    assert "list holds" in refusal(a_form(), {"do": "duplicate", "path": [*LINES, "[]"]})
    spare = sent(a_form(), {"do": "remove", "path": ["$defs", 1]})
    assert spare.history.undo_label == "Remove the definition “spare”"


@pytest.mark.parametrize(
    ("edit", "path", "order"),
    [
        ({"do": "move", "path": QTY, "by": 2}, (), ["name", "kind", "qty", "address"]),
        ({"do": "move", "path": NAME, "by": -9}, (), ["name", "qty", "kind", "address"]),
        ({"do": "put", "path": QTY, "parent": [], "index": 2}, (), ["name", "qty", "kind", "address"]),
        ({"do": "put", "path": KIND, "parent": [], "index": 0}, (), ["kind", "qty", "name", "address"]),
        ({"do": "put", "path": QTY, "parent": ADDRESS, "index": 1}, (2,), ["city", "qty", "zip"]),
        ({"do": "put", "path": QTY, "parent": LINES, "index": 2}, (3, "[]"), ["sku", "tax", "qty"]),
        ({"do": "put", "path": [3, 0], "parent": [], "index": 0}, (), ["city", "qty", "name", "kind"]),
        ({"do": "into", "path": SHAPE}, (4, "[]"), ["sku", "tax", "shape"]),
        ({"do": "out", "path": [4, "[]", 0]}, (), ["qty", "name", "kind", "address", "lines", "sku"]),
        ({"do": "put", "path": ["$defs", 1], "parent": ["$defs"], "index": 0}, None, ["spare", "node"]),
        ({"do": "put", "path": [5, 1], "parent": [5], "index": 0}, None, []),
    ],
)
def test_moves_put_a_field_where_it_was_asked_for(edit: Json, path: tuple[Json, ...] | None, order: list[str]) -> None:
    moved = tuple(edit["path"])
    before = a_form().draft.get_field(moved)

    form = sent(a_form(selected=moved), edit)

    assert form.refusal is None
    found = [field.name for field in form.draft.definitions] if path is None else names(form, *path)
    assert found[: len(order)] == order or not order
    assert form.selected is not None
    assert form.draft.get_field(form.selected) == before
    assert form.history.undo_label.startswith("Move ")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"do": "into", "path": QTY}, "no object above"),
        ({"do": "out", "path": QTY}, "no object outside"),
        ({"do": "out", "path": ["$defs", 0, 0]}, "no object outside"),
        ({"do": "put", "path": ADDRESS, "parent": ADDRESS, "index": 0}, "into itself"),
        ({"do": "put", "path": QTY, "parent": ["$defs"], "index": 0}, "stays among"),
        ({"do": "put", "path": ["$defs", 0], "parent": [], "index": 0}, "stays among"),
        ({"do": "put", "path": QTY, "parent": NAME, "index": 0}, "between objects"),
        ({"do": "move", "path": [], "by": 1}, "whole schema"),
        ({"do": "extract", "path": QTY, "name": "node"}, "already"),
        ({"do": "extract", "path": QTY, "name": " "}, "needs a name"),
        ({"do": "inline", "path": QTY}, "Only a reference"),
        ({"do": "addDefinition", "name": "node"}, "already"),
        ({"do": "undo"}, "nothing to undo"),
        ({"do": "redo"}, "nothing to redo"),
        ({"do": "select", "path": [99]}, "no field 99"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused_in_words(edit: Json, words: str) -> None:
    assert words in refusal(a_form(), edit)


def test_definitions_are_made_written_out_and_cleared_away() -> None:
    form = sent(a_form(), {"do": "extract", "path": ADDRESS, "name": "place"}, {"do": "addDefinition", "name": "more"})
    assert at(form, ADDRESS) == {"$ref": "#/$defs/place"}
    assert form.history.done[0].label == "Make “address” the definition “place”"

    form = sent(form, {"do": "inline", "path": ADDRESS}, {"do": "removeUnused"})
    assert names(form, 3) == ["city", "zip"]
    assert [field.name for field in form.draft.definitions] == ["node"]
    assert "is used" in refusal(form, {"do": "removeUnused"})
