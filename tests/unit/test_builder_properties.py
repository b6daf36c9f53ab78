"""Property tests of the builder: every schema comes back whole, and an edit leaves all else alone."""

import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.tasks.builder import ITEM, Field, FieldType, Path, SchemaDraft, from_json_schema
from core.tasks.schemas.json_values import Loc, to_pointer
from tests.unit.random_schemas import make_schema

Json = Any  # Any: tests handle arbitrary JSON
MADE = [kind for kind in FieldType if kind is not FieldType.OTHER]
EDITS: dict[str, list[Json]] = {
    "description": ["new"],
    "title": ["New"],
    "default": [None, {"a": [1]}],
    "examples": [(1, "x"), ()],
    "nullable": [True, False],
    "type": MADE,
    "choices": [("in progress, on hold", 1, True, 1.5), ("a",), ()],
    "constant": [None, "a"],
    "reference": ["#/$defs/b"],
    "minimum": [-7, None],
    "lower": [(3, True), None],
    "min_length": [9],
    "unique_items": [True, False],
    "allows_others": [True, False],
}
# Each example is made from one seed that hypothesis picks: its own strategies take 10 ms for a schema of this size.
SEEDS = st.randoms(use_true_random=True)
FIXED = settings(derandomize=True, database=None, deadline=None)


def text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def place_in(document: Json, loc: Loc) -> Json:
    for step in loc:
        document = document[step]
    return document


def blotted(document: Json, loc: Loc) -> Json:
    """Return the document with what stands at the place blotted out."""
    if not loc:
        return "(here)"
    inner = blotted(document[loc[0]], loc[1:])
    if isinstance(document, list):
        return [inner if index == loc[0] else value for index, value in enumerate(document)]
    return {key: inner if key == loc[0] else value for key, value in document.items()}


def pick(rng: Random, draft: SchemaDraft) -> tuple[Path, Loc, Field]:
    return rng.choice([((), (), draft.root), *draft.places()])


@settings(FIXED, max_examples=2_500)
@given(rng=SEEDS)
def test_every_schema_comes_back_identical_with_its_key_order(rng: Random) -> None:
    schema = make_schema(rng)
    before = text(schema)

    draft = from_json_schema(schema)

    assert text(draft.to_json_schema()) == before
    assert text(schema) == before
    assert not draft.is_changed(schema)


@settings(FIXED, max_examples=500)
@given(rng=SEEDS)
def test_saying_what_is_already_so_changes_nothing(rng: Random) -> None:
    schema = make_schema(rng)
    draft = from_json_schema(schema)

    for path, field in draft.walk():
        draft = draft.change_field(
            path,
            name=field.name,
            type=field.type,
            required=field.required,
            nullable=field.nullable,
            title=field.title,
            description=field.description,
            default=field.default,
            examples=field.examples,
            choices=field.choices,
            notes=field.notes,
            constant=field.constant,
            reference=field.reference,
            lower=field.lower,
            upper=field.upper,
            **field.constraints,  # type: ignore[arg-type]  # the names and kinds of the constraints
        )

    assert text(draft.to_json_schema()) == text(schema)


@settings(FIXED, max_examples=1_000)
@given(rng=SEEDS)
def test_an_edit_leaves_everything_outside_the_field_identical(rng: Random) -> None:
    schema = make_schema(rng)
    draft = from_json_schema(schema)
    path, loc, field = pick(rng, draft)
    key = rng.choice(list(EDITS))
    value = rng.choice(EDITS[key])

    try:
        after = draft.change_field(path, **{key: value}).to_json_schema()
    except InvalidInputError:
        return

    assert text(blotted(after, loc)) == text(blotted(schema, loc))
    assert text(draft.to_json_schema()) == text(schema)
    if key == "description" and field.shape is field and isinstance(place_in(schema, loc), dict):
        assert list(place_in(after, loc)) == list(place_in(schema, loc) | {"description": "new"})
        assert text(place_in(after, loc)) == text(place_in(schema, loc) | {"description": "new"})


@settings(FIXED, max_examples=1_000)
@given(rng=SEEDS)
def test_any_schema_can_become_any_type_and_stays_nullable(rng: Random) -> None:
    draft = from_json_schema(make_schema(rng))
    path, _, field = pick(rng, draft)
    kind = rng.choice(MADE)

    after = draft.change_field(path, type=kind)

    again = from_json_schema(after.to_json_schema())
    changed = after.get_field(path)
    assert changed.type is kind
    assert again.to_json_schema() == after.to_json_schema()
    assert changed.nullable or not field.nullable or field.type is FieldType.OTHER
    assert (changed.name, changed.required) == (field.name, field.required)


@settings(FIXED, max_examples=500)
@given(rng=SEEDS)
def test_null_can_be_allowed_and_forbidden_again(rng: Random) -> None:
    draft = from_json_schema(make_schema(rng))
    path, _, field = pick(rng, draft)
    if field.type is FieldType.OTHER:
        return

    other = draft.change_field(path, nullable=not field.nullable)

    assert other.get_field(path).nullable is not field.nullable
    assert other.get_field(path).type is field.type
    back = other.change_field(path, nullable=field.nullable)
    assert back.get_field(path).nullable is field.nullable
    assert back.get_field(path).type is field.type


@settings(FIXED, max_examples=300)
@given(rng=SEEDS)
def test_pointers_and_paths_lead_to_the_same_field(rng: Random) -> None:
    schema = make_schema(rng)
    draft = from_json_schema(schema)

    for path, loc, field in draft.places():
        assert draft.pointer_to(path) == to_pointer(loc)
        assert text(place_in(schema, loc)) == text(field.to_json_schema())
        assert draft.get_field(path) is field
        assert draft.path_to(to_pointer(loc)) == path
    draft.problems()


@settings(FIXED, max_examples=500)
@given(rng=SEEDS)
def test_moving_there_and_back_and_removing_a_copy_give_the_same_document(rng: Random) -> None:
    schema = make_schema(rng)
    draft = from_json_schema(schema)
    path, _, field = pick(rng, draft)
    if not path or path[-1] == ITEM:
        return
    place = path[-1]
    assert isinstance(place, int)
    behind = (*path[:-1], place + 1)

    moved = draft.move_field(path, 1)
    twice = draft.duplicate_field(path)

    is_last = moved.get_field(path) == field
    assert text(moved.move_field(path if is_last else behind, 0 if is_last else -1).to_json_schema()) == text(schema)
    assert twice.get_field(behind).keywords == field.keywords
    if len(path) > 2 or path[0] != "$defs":
        assert twice.remove_field(behind).get_field(path[:-1]).keywords == draft.get_field(path[:-1]).keywords
