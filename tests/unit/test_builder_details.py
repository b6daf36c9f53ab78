"""What can be said of a field in the builder: constraints, choices with notes, constants, null, several shapes."""

from typing import Any

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import NOTHING, FieldType, SchemaDraft, from_json_schema, make_field
from core.tasks.drafts.constraints import Bound
from core.tasks.drafts.fields import Field

Json = Any  # Any: tests handle arbitrary JSON


def read(schema: Json) -> Field:
    return from_json_schema(schema).root


def draft_of(**properties: Json) -> SchemaDraft:
    return from_json_schema({"type": "object", "properties": properties})


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        (FieldType.STRING, {"min_length": 1, "pattern": "^a"}, {"type": "string", "minLength": 1, "pattern": "^a"}),
        (FieldType.NUMBER, {"lower": Bound(0, True)}, {"type": "number", "exclusiveMinimum": 0}),
        (FieldType.INTEGER, {"upper": Bound(9), "multiple_of": 3}, {"type": "integer", "maximum": 9, "multipleOf": 3}),
        (FieldType.DATE_TIME, {"title": "At"}, {"type": "string", "format": "date-time", "title": "At"}),
        (FieldType.TIME, {}, {"type": "string", "format": "time"}),
        (FieldType.UUID, {"nullable": True}, {"type": ["string", "null"], "format": "uuid"}),
        (FieldType.CONSTANT, {"constant": 3}, {"type": "integer", "const": 3}),
        (
            FieldType.ARRAY,
            {"min_items": 1, "unique_items": True},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        ),
        (
            FieldType.OBJECT,
            {"max_properties": 4, "allows_others": True},
            {"type": "object", "properties": {}, "additionalProperties": True, "maxProperties": 4},
        ),
        (FieldType.REFERENCE, {"reference": "#/$defs/a"}, {"$ref": "#/$defs/a"}),
        (
            FieldType.REFERENCE,
            {"reference": "#", "nullable": True, "description": "d"},
            {"anyOf": [{"$ref": "#"}, {"type": "null"}], "description": "d"},
        ),
        (FieldType.ONE_OF, {}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (
            FieldType.STRING,
            {"default": None, "examples": ("a",)},
            {"type": "string", "default": None, "examples": ["a"]},
        ),
    ],
)
def test_a_field_is_made_with_its_details(kind: FieldType, details: Json, expected: Json) -> None:
    made = make_field("f", kind, **details)

    assert made.to_json_schema() == expected
    assert list(made.to_json_schema()) == list(expected)
    assert read(expected).type is kind


def test_a_limit_that_changes_its_kind_keeps_its_place() -> None:
    field = read({"minimum": 1, "type": "integer", "maximum": 5})

    exclusive = field.changed(lower=Bound(0, True))

    assert list(exclusive.to_json_schema().items()) == [("exclusiveMinimum", 0), ("type", "integer"), ("maximum", 5)]
    assert exclusive.lower == Bound(0, True)
    assert exclusive.changed(lower=Bound(1)).to_json_schema() == field.to_json_schema()
    assert exclusive.changed(lower=None, upper=None).to_json_schema() == {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "changes", "words"),
    [
        ({"type": "string"}, {"min_items": 1}, "not a list"),
        ({"type": "array"}, {"min_length": 1}, "not a text"),
        ({"type": "string"}, {"max_properties": 1}, "not an object"),
        ({"type": "string"}, {"min_length": -1}, "whole number from 0"),
        ({"type": "string"}, {"min_length": True}, "whole number from 0"),
        ({"type": "number"}, {"multiple_of": 0}, "above 0"),
        ({"type": "string"}, {"constant": 1}, "not a constant"),
        ({"type": "string"}, {"reference": "#"}, "not a reference"),
        ({"enum": ["a"]}, {"notes": ("x", "y")}, "1 choices"),
        ({"const": 1}, {"constant": NOTHING}, "needs a value"),
        ({"not": {}}, {"nullable": True}, "JSON tab"),
    ],
)
def test_a_detail_that_does_not_fit_is_refused_with_a_sentence(schema: Json, changes: Json, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read(schema).changed(**changes)


@pytest.mark.parametrize(
    ("schema", "kept"),
    [
        ({"type": "string", "pattern": "a", "format": "x", "minimum": 1}, {"format": "x", "minimum": 1}),
        ({"type": "number", "exclusiveMinimum": True, "minimum": 1}, {"exclusiveMinimum": True}),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"additionalProperties": {"type": "string"}}),
        (
            {"title": 3, "description": [], "examples": "a", "default": 1},
            {"title": 3, "description": [], "examples": "a"},
        ),
        (
            {"anyOf": [{"type": "string", "x": 1}, {"type": "null"}], "allOf": [{}]},
            {"allOf": [{}], "anyOf/0/x": 1},
        ),
        ({"oneOf": [{"const": 1, "title": "A", "deprecated": True}, {"const": 2}]}, {"oneOf/0/deprecated": True}),
        ({"$schema": "s", "type": "object", "$defs": {"a": {}}, "not": {}}, {"$schema": "s", "not": {}}),
        ({"enum": ["a"], "anyOf": [{}], "enumDescriptions": ["x"]}, {"anyOf": [{}]}),
    ],
)
def test_keywords_the_form_cannot_edit_are_listed(schema: Json, kept: Json) -> None:
    assert read(schema).kept_keywords == kept


def test_a_note_turns_an_enum_into_described_constants_and_back() -> None:
    field = read({"title": "T", "type": ["string", "null"], "enum": ["in progress, on hold", "done", None], "x-a": 1})

    noted = field.changed(notes=("", "all is well"))

    assert noted.to_json_schema() == {
        "title": "T",
        "anyOf": [
            {"const": "in progress, on hold", "type": "string"},
            {"const": "done", "description": "all is well", "type": "string"},
            {"type": "null"},
        ],
        "x-a": 1,
    }
    assert (noted.type, noted.choices, noted.notes) == (FieldType.CHOICE, field.choices, ("", "all is well"))
    assert noted.nullable
    assert list(noted.changed(notes=("", "")).to_json_schema()) == ["title", "type", "enum", "x-a"]
    assert noted.changed(notes=("", "")).to_json_schema() == field.to_json_schema() | {"type": ["string", "null"]}


def test_notes_and_extras_follow_their_values() -> None:
    field = read(
        {"oneOf": [{"const": 1, "title": "one", "x": 1}, {"const": True, "description": "yes"}, {"const": "c"}]}
    )

    after = field.changed(choices=(True, "new", 1))

    assert after.to_json_schema() == {
        "oneOf": [
            {"const": True, "description": "yes"},
            {"const": "new", "type": "string"},
            {"const": 1, "title": "one", "x": 1},
        ]
    }
    assert after.changed(notes=("", "n", "uno")).to_json_schema()["oneOf"][2] == {"const": 1, "title": "uno", "x": 1}


def test_notes_beside_an_enum_are_edited_where_they_stand() -> None:
    field = read({"enum": ["a", "b"], "enumDescriptions": ["first", "second"], "x-enum-varnames": ["A", "B"]})

    assert field.notes == ("first", "second")
    assert field.changed(choices=("b", "c", "a")).to_json_schema() == {
        "enum": ["b", "c", "a"],
        "enumDescriptions": ["second", "", "first"],
        "x-enum-varnames": ["B", "", "A"],
    }
    assert field.changed(notes=("1st", "")).to_json_schema()["enumDescriptions"] == ["1st", ""]


def test_choices_that_are_no_texts_are_kept_and_their_type_follows() -> None:
    field = read({"type": "integer", "enum": [1, 2]})

    assert field.choices == (1, 2)
    assert field.changed(choices=(1, True)).to_json_schema() == {"type": ["integer", "boolean"], "enum": [1, True]}
    assert field.changed(choices=(1, 1.0)).to_json_schema()["enum"] == [1, 1.0]
    assert read({"type": "number", "enum": [1]}).changed(choices=(1, 2)).to_json_schema()["type"] == "number"


@pytest.mark.parametrize(
    ("schema", "nullable"),
    [
        ({"title": "T", "$ref": "#/$defs/a", "description": "d"}, False),
        ({"const": 1, "x-a": 1}, False),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, False),
        ({"type": "array", "items": {}}, False),
        ({"type": ["null", "string"], "minLength": 1}, True),
    ],
)
def test_null_is_allowed_and_forbidden_without_a_trace(schema: Json, nullable: bool) -> None:
    field = read(schema)

    back = field.changed(nullable=not nullable).changed(nullable=nullable)

    assert field.nullable is nullable
    assert field.changed(nullable=not nullable).nullable is not nullable
    if not nullable:
        assert list(back.to_json_schema().items()) == list(schema.items())


def test_what_may_be_null_by_any_of_is_edited_inside_and_described_outside() -> None:
    draft = draft_of(a={"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None, "title": "A"})

    after = draft.change_field(("a",), minimum=1, description="d", default=3).to_json_schema()["properties"]["a"]

    assert after == {
        "anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}],
        "default": 3,
        "title": "A",
        "description": "d",
    }
    forbidden = draft.change_field(("a",), nullable=False)
    assert forbidden.to_json_schema()["properties"]["a"] == {"type": "integer", "title": "A"}


def test_an_object_that_may_be_null_takes_no_step_of_its_own() -> None:
    draft = draft_of(a={"anyOf": [{"type": "null"}, {"type": "object", "properties": {"b": {"type": "string"}}}]})

    after = draft.add_field(make_field("c"), parent=("a",)).change_field(("a", "b"), required=True)

    inner = after.to_json_schema()["properties"]["a"]["anyOf"][1]
    assert inner == {
        "type": "object",
        "properties": {"b": {"type": "string"}, "c": {"type": "string"}},
        "required": ["b", "c"],
    }
    assert after.pointer_to(("a", "c")) == "/properties/a/anyOf/1/properties/c"
    assert after.path_to("/properties/a/anyOf/1/properties/c/type") == (0, 1)


def test_a_default_that_contradicts_a_new_type_goes_and_what_is_harmless_stays() -> None:
    draft = draft_of(a={"title": "T", "type": "string", "minLength": 2, "default": "x", "examples": ["a", 3]})

    after = draft.change_field(("a",), type=FieldType.INTEGER)

    assert after.to_json_schema()["properties"]["a"] == {
        "title": "T",
        "type": "integer",
        "minLength": 2,
        "examples": [3],
    }
    assert after.get_field(("a",)).kept_keywords == {"minLength": 2}


def test_a_field_that_becomes_a_list_is_a_list_of_what_it_was() -> None:
    draft = draft_of(a={"description": "d", "type": ["object", "null"], "properties": {"b": {}}, "minProperties": 1})

    after = draft.change_field(("a",), type=FieldType.ARRAY)

    item = {"type": "object", "properties": {"b": {}}, "minProperties": 1}
    expected = {"description": "d", "type": ["array", "null"], "items": item}
    assert after.to_json_schema()["properties"]["a"] == expected
    back = after.change_field(("a",), type=FieldType.OBJECT).to_json_schema()["properties"]["a"]
    assert back == {"description": "d", "type": ["object", "null"], "properties": {"b": {}}, "minProperties": 1}


def test_one_of_several_shapes_is_edited_shape_by_shape() -> None:
    draft = draft_of(a={"description": "d", "type": "string", "maxLength": 3})

    several = draft.change_field(("a",), type=FieldType.ONE_OF)
    added = several.add_field(make_field("", FieldType.OBJECT), parent=("a",)).change_field(("a",), nullable=True)
    filled = added.add_field(make_field("b"), parent=("a", 2)).move_field(("a", 2), -2)

    shapes = filled.to_json_schema()["properties"]["a"]["anyOf"]
    assert [shape["type"] for shape in shapes] == ["object", "string", "integer", "null"]
    assert shapes[1] == {"type": "string", "maxLength": 3}
    assert filled.get_field(("a", 0, "b")).name == "b"
    fewer = filled.remove_field(("a", 2)).remove_field(("a", 0))
    assert fewer.get_field(("a",)).type is FieldType.STRING
    assert fewer.get_field(("a",)).nullable
    chosen = filled.change_field(("a",), type=FieldType.STRING).to_json_schema()["properties"]["a"]
    assert chosen == {"description": "d", "anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("schema", "place", "words"),
    [
        ({"type": "number", "exclusiveMinimum": 1, "maximum": 1}, "", "no number"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "", "at least 3 characters"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "", "at least 3 items"),
        ({"type": "object", "properties": {}, "minProperties": 3, "maxProperties": 2}, "", "at least 3 fields"),
        ({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1}, {"type": "null"}]}, "/anyOf/0", "above"),
        ({"enum": [1, 1.0]}, "/enum", "2 times"),
        ({"$ref": "#/$defs/gone"}, "/$ref", "not in this schema"),
        ({"allOf": [{"$ref": "#/nowhere"}]}, "/allOf/0/$ref", "not in this schema"),
        ({"$ref": "#/$defs/"}, "/$ref", "needs a definition"),
        ({"type": "string", "$defs": {" ": {}}}, "/$defs/ ", "needs a name"),
        ({"type": "string", "$defs": {"a": {"enum": []}}}, "/$defs/a/enum", "at least one choice"),
    ],
)
def test_problems_say_in_words_what_is_wrong_where(schema: Json, place: str, words: str) -> None:
    found = from_json_schema(schema).problems()

    assert [problem.place for problem in found] == [place]
    assert words in found[0].message


@pytest.mark.parametrize("schema", [{"enum": [None]}, {"anyOf": [{"type": "null"}]}, {"oneOf": [{}, {}]}, True, {}])
def test_schemas_that_are_odd_but_right_are_no_problem(schema: Json) -> None:
    assert from_json_schema(schema).problems() == []
