"""A field made another type, a reference, or a list of either: one edit, one step of undo, nothing lost on the way."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.builder import ITEM, FieldType, SchemaDraft, from_json_schema
from pages.ui.builder.form_state import FormState
from pages.ui.builder.form_view import build_view
from tests.unit.form_edits import GARBAGE, an_object, at, change, make_form, sent, text
from tests.unit.random_schemas import make_schema

Json = Any  # Any: tests handle arbitrary JSON
Shape = tuple[int, str | None, str | None]
SEEDS = st.randoms(use_true_random=True)
FIXED = settings(derandomize=True, database=None, deadline=None)

TEXT: Json = {"type": "string"}
INTEGER: Json = {"type": "integer"}
NODE: Json = {"$ref": "#/$defs/node"}
A_TEXT: Shape = (0, "string", None)
TEXTS: Shape = (1, "string", None)
TEXT_TABLE: Shape = (2, "string", None)
A_NODE: Shape = (0, "reference", "node")
NODES: Shape = (1, "reference", "node")
ANYTHING: Shape = (1, None, None)
ANYTHING_TABLE: Shape = (2, None, None)
UNOFFERED: list[Json] = [
    *GARBAGE,
    "string",
    {"depth": 0, "type": None},
    {"depth": -1, "type": "string"},
    {"depth": 9, "type": "string"},
    {"depth": 1.5, "type": "string"},
    {"depth": "1", "type": "string"},
    {"depth": True, "type": "string"},
    {"depth": 0, "type": "strin"},
    {"depth": 0, "type": "reference"},
    {"depth": 0, "type": "reference", "target": "gone"},
    {"depth": 2, "type": "reference", "target": "gone"},
    {"depth": 0, "type": "string", "target": "node"},
    {"depth": 1, "type": None, "target": "node"},
    {"depth": 0, "type": "other"},
    {"depth": 1, "type": "other"},
    {"type": "string"},
    {"depth": 1},
]


def list_of(item: Json) -> Json:
    return {"type": "array", "items": item}


def reshape(form: FormState, shape: Shape, path: list[Json] | None = None) -> FormState:
    depth, kind, target = shape
    value = {"depth": depth, "type": kind, "target": target}
    return sent(form, change([0] if path is None else path, "shape", value))


def form_of(schema: Json) -> FormState:
    """Return the form of an object with one field of this schema, and the definition “node”."""
    return make_form({**an_object(it=schema), "$defs": {"node": an_object(label=TEXT)}})


@pytest.mark.parametrize(
    ("before", "shape", "after"),
    [
        (TEXT, (0, "integer", None), INTEGER),
        (TEXT, (0, "date", None), {"type": "string", "format": "date"}),
        (TEXT, TEXTS, list_of(TEXT)),
        (TEXT, TEXT_TABLE, list_of(list_of(TEXT))),
        (TEXT, A_NODE, NODE),
        (TEXT, NODES, list_of(NODE)),
        (TEXT, ANYTHING, list_of(True)),
        (TEXT, ANYTHING_TABLE, list_of(list_of(True))),
        (INTEGER, TEXTS, list_of(TEXT)),
        (list_of(TEXT), A_TEXT, TEXT),
        (list_of(TEXT), (0, "integer", None), INTEGER),
        (list_of(TEXT), (1, "integer", None), list_of(INTEGER)),
        (list_of(TEXT), TEXT_TABLE, list_of(list_of(TEXT))),
        (list_of(TEXT), NODES, list_of(NODE)),
        (list_of(TEXT), A_NODE, NODE),
        (list_of(TEXT), ANYTHING, list_of(True)),
        (list_of(list_of(TEXT)), A_TEXT, TEXT),
        (list_of(list_of(TEXT)), TEXTS, list_of(TEXT)),
        (list_of(list_of(TEXT)), (2, "number", None), list_of(list_of({"type": "number"}))),
        (NODE, A_TEXT, TEXT),
        (NODE, NODES, list_of(NODE)),
        (list_of(NODE), A_NODE, NODE),
        ({"type": "array"}, TEXTS, list_of(TEXT)),
        ({"type": "array"}, A_TEXT, TEXT),
        (list_of(True), TEXTS, list_of(TEXT)),
        (list_of(True), A_TEXT, TEXT),
        (list_of(True), NODES, list_of(NODE)),
        (list_of(True), ANYTHING_TABLE, list_of(list_of(True))),
        (list_of(list_of(True)), ANYTHING, list_of(True)),
    ],
)
def test_every_way_from_one_shape_to_another(before: Json, shape: Shape, after: Json) -> None:
    form = reshape(form_of(before), shape)

    assert form.refusal is None
    assert at(form, [0]) == after


@pytest.mark.parametrize("inner", [TEXT, INTEGER, NODE, an_object(a=TEXT, b=list_of(INTEGER))])
def test_what_becomes_a_list_and_back_is_what_it_was(inner: Json) -> None:
    form = form_of({**inner, "description": "Kept", "x-own": 1})
    field = form.draft.get_field((0,))
    target = "node" if field.type is FieldType.REFERENCE else None
    before = at(form, [0])

    for depth in (1, 2, 0):
        form = reshape(form, (depth, field.type.value, target))
        assert form.refusal is None

    assert at(form, [0]) == before


@pytest.mark.parametrize("anything", [ANYTHING, ANYTHING_TABLE])
def test_a_list_made_to_hold_anything_can_hold_something_again(anything: Shape) -> None:
    form = reshape(form_of(TEXT), anything)

    for shape, wanted in ((TEXTS, list_of(TEXT)), (NODES, list_of(NODE)), (TEXT_TABLE, list_of(list_of(TEXT)))):
        after = reshape(form, shape)
        assert after.refusal is None
        assert at(after, [0]) == wanted


def test_a_list_of_objects_keeps_their_fields() -> None:
    address = {**an_object(city=TEXT), "description": "Where"}

    form = reshape(form_of(address), (1, "object", None))

    assert at(form, [0]) == {**list_of(an_object(city=TEXT)), "description": "Where"}


def test_required_name_and_place_of_the_field_stay() -> None:
    schema = {**an_object(a=TEXT, b=TEXT, c=TEXT), "required": ["c", "b"]}

    form = reshape(make_form(schema), TEXTS, [1])

    assert form.draft.to_json_schema() == {**schema, "properties": {"a": TEXT, "b": list_of(TEXT), "c": TEXT}}


@pytest.mark.parametrize("shape", [TEXTS, TEXT_TABLE, NODES, A_NODE, ANYTHING, ANYTHING_TABLE, (3, "date", None)])
def test_each_is_one_step_of_undo(shape: Shape) -> None:
    form = form_of(INTEGER)

    after = reshape(form, shape)
    back = sent(after, {"do": "undo"})

    assert len(after.history.done) == 1
    assert text(back.draft) == text(form.draft)
    assert text(sent(back, {"do": "redo"}).draft) == text(after.draft)


def test_the_shape_it_has_already_is_no_step() -> None:
    for schema, shape in ((TEXT, A_TEXT), (list_of(NODE), NODES), (list_of(TEXT), TEXTS)):
        form = reshape(form_of(schema), shape)

        assert form.refusal is None
        assert not form.history.can_undo


@pytest.mark.parametrize("number", range(len(UNOFFERED)))
def test_what_the_form_does_not_offer_is_refused_with_a_sentence(number: int) -> None:
    form = form_of(TEXT)

    after = sent(form, change([0], "shape", UNOFFERED[number]))

    assert after.refusal is not None
    assert after.refusal.message.endswith(".")
    assert after.draft is form.draft


def test_a_tuple_of_items_is_not_broken_up() -> None:
    pair = {"type": "array", "prefixItems": [TEXT, INTEGER], "items": False}
    form = form_of(pair)

    after = reshape(form, TEXT_TABLE)

    assert after.refusal is not None or json_of(after)["prefixItems"] == pair["prefixItems"]


@given(SEEDS)
@settings(parent=FIXED, max_examples=1_000)
def test_any_shape_of_any_field_leaves_a_whole_draft_or_a_sentence(rng: Random) -> None:
    form = make_form(make_schema(rng))
    places = [list(path) for path, _ in form.draft.walk()]
    path = rng.choice([[], *places])
    names = [field.name for field in form.draft.definitions]
    shape = _some_shape(rng, names)

    after = reshape(form, shape, path)

    if after.refusal is not None:
        assert after.refusal.message
        assert after.draft is form.draft
        return
    assert len(after.history.done) <= 1
    assert not from_json_schema(after.draft.to_json_schema()).is_changed(after.draft.to_json_schema())
    assert _shape_at(after.draft, path) == shape
    build_view(after, noun="an answer")
    if after.history.can_undo:
        assert text(sent(after, {"do": "undo"}).draft) == text(form.draft)


def _some_shape(rng: Random, names: list[str]) -> Shape:
    depth = rng.randrange(4)
    kinds = [kind.value for kind in FieldType if kind not in (FieldType.ARRAY, FieldType.OTHER, FieldType.REFERENCE)]
    wanted = rng.choice([*kinds, None, *names[:1], "gone"])
    if wanted is None:
        return max(depth, 1), None, None
    return (depth, wanted, None) if wanted in kinds else (depth, "reference", wanted)


def _shape_at(draft: SchemaDraft, path: list[Json]) -> Shape:
    """Return what the draft has there, in the words of the list of types."""
    place, depth = tuple(path), 0
    field = draft.get_field(place)
    while field.type is FieldType.ARRAY:
        place, depth = (*place, ITEM), depth + 1
        if field.item is None or field.item.keywords in (True, {}):
            return depth, None, None
        field = field.item
    return depth, field.type.value, draft.target_of(place)


def json_of(form: FormState) -> Json:
    return at(form, [0])
