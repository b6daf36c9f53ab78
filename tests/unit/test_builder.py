"""An edit in the schema builder changes only what it names."""

import json
from typing import Any, Unpack

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import (
    ITEM,
    FieldType,
    SchemaDraft,
    from_json_schema,
    make_field,
    new_draft,
)
from core.tasks.drafts.field_changes import FieldChanges

Json = Any  # Any: tests handle arbitrary JSON


def update(draft: SchemaDraft, path: tuple[str | int, ...], **changes: Unpack[FieldChanges]) -> SchemaDraft:
    """Change what is named at a field, as the form does."""
    return draft.replace_field(path, draft.get_field(path).changed(**changes))


def text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, FieldType.STRING),
        ({"type": "string", "format": "date-time"}, FieldType.DATE_TIME),
        ({"type": "string", "format": "time"}, FieldType.TIME),
        ({"type": "string", "format": "uuid"}, FieldType.UUID),
        ({"type": "string", "format": "hostname"}, FieldType.STRING),
        ({"type": "string", "format": "date"}, FieldType.DATE),
        ({"type": ["string", "null"], "format": "email"}, FieldType.EMAIL),
        ({"type": "string", "format": "uri"}, FieldType.URL),
        ({"type": "integer"}, FieldType.INTEGER),
        ({"type": ["null", "number"]}, FieldType.NUMBER),
        ({"type": "boolean"}, FieldType.BOOLEAN),
        ({"enum": ["a"]}, FieldType.CHOICE),
        ({"type": "string", "enum": ["a", None]}, FieldType.CHOICE),
        ({"enum": [1, "a", {"b": None}]}, FieldType.CHOICE),
        ({"type": "integer", "enum": [1]}, FieldType.CHOICE),
        ({"enum": [None, None]}, FieldType.OTHER),
        ({"oneOf": [{"const": "a", "title": "A"}, {"const": 2}]}, FieldType.CHOICE),
        ({"anyOf": [{"const": "a", "description": "A"}, {"type": "null"}]}, FieldType.CHOICE),
        ({"anyOf": [{"const": "a"}, {"type": "null"}]}, FieldType.CONSTANT),
        ({"const": None}, FieldType.CONSTANT),
        ({"type": "array", "items": {}}, FieldType.ARRAY),
        ({"type": "array", "items": [{}]}, FieldType.OTHER),
        ({"type": "object"}, FieldType.OBJECT),
        ({"properties": {}}, FieldType.OBJECT),
        ({"$ref": "#/$defs/a"}, FieldType.REFERENCE),
        ({"$ref": 3}, FieldType.OTHER),
        ({"anyOf": [{}]}, FieldType.OTHER),
        ({"anyOf": [{"type": "string"}]}, FieldType.STRING),
        ({"anyOf": [{"type": "string"}, True]}, FieldType.ONE_OF),
        ({"anyOf": []}, FieldType.OTHER),
        ({"anyOf": [{}], "oneOf": [{}]}, FieldType.OTHER),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, FieldType.DATE),
        ({"oneOf": [{"type": "null"}, {"$ref": "#/$defs/a"}]}, FieldType.REFERENCE),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, FieldType.ONE_OF),
        ({"properties": {}, "anyOf": [{"required": ["a"]}]}, FieldType.OBJECT),
        ({"type": ["string", "integer"]}, FieldType.OTHER),
        ({"type": "null"}, FieldType.OTHER),
        ({}, FieldType.OTHER),
        (True, FieldType.OTHER),
    ],
)
def test_the_form_shows_each_schema_as_the_type_it_can_edit(schema: Json, expected: FieldType) -> None:
    assert from_json_schema(schema).root.type is expected


ODD = {
    "x-first": 1,
    "type": "object",
    "required": ["ghost", "status", "name"],
    "properties": {
        "name": {"title": "N", "type": "string", "pattern": "^a", "format": "x-own", "$ref": "#/$defs/n"},
        "status": {"enum": ["in progress, on hold", None, "done"], "x-note": "n"},
        "score": {"maximum": 1, "type": ["number", "null"], "exclusiveMinimum": 0},
        "tags": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {"t": {"type": "string"}}}},
        "odd": {"anyOf": [{"type": "string"}, {"type": "integer"}], "x-kept": True},
    },
    "allOf": [{"minProperties": 1}],
    "$defs": {"n": {}},
}


def draft_of_odd() -> SchemaDraft:
    return from_json_schema(ODD)


def changed_paths(before: Json, after: Json, place: str = "") -> set[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        found = {f"{place}/{key}" for key in before.keys() ^ after.keys()}
        for key in before.keys() & after.keys():
            found |= changed_paths(before[key], after[key], f"{place}/{key}")
        return found
    return set() if text(before) == text(after) else {place}


@pytest.mark.parametrize(
    ("path", "changes", "places"),
    [
        (("name",), {"description": "who"}, {"/properties/name/description"}),
        (("score",), {"minimum": 0.5}, {"/properties/score/minimum"}),
        (("score",), {"maximum": None}, {"/properties/score/maximum"}),
        (("score",), {"nullable": False}, {"/properties/score/type"}),
        (("name",), {"nullable": True}, {"/properties/name/type"}),
        (("status",), {"nullable": False}, {"/properties/status/enum"}),
        (("status",), {"choices": ("a, b", "c")}, {"/properties/status/enum"}),
        (("status",), {"required": False}, {"/required"}),
        (("score",), {"required": True}, {"/required"}),
        (("odd",), {"description": "d"}, {"/properties/odd/description"}),
        (("odd",), {"required": True}, {"/required"}),
        (("tags", ITEM, "t"), {"description": "d"}, {"/properties/tags/items/properties/t/description"}),
        (("tags", ITEM, 0), {"type": "integer"}, {"/properties/tags/items/properties/t/type"}),
        (("tags", ITEM), {"description": "one"}, {"/properties/tags/items/description"}),
        ((), {"description": "all"}, {"/description"}),
        (("name",), {"type": "integer"}, {"/properties/name/type"}),
        (("name",), {"type": "date"}, {"/properties/name/format"}),
    ],
)
def test_an_edit_changes_only_what_it_names(path: tuple[str | int, ...], changes: Json, places: set[str]) -> None:
    after = update(draft_of_odd(), path, **changes).to_json_schema()

    assert changed_paths(ODD, after) == places
    assert [key for key in after if key in ODD] == list(ODD)


def test_choices_hold_commas_and_spaces_as_they_were_typed() -> None:
    draft = new_draft().add_field(make_field("state", FieldType.CHOICE, choices=("in progress, on hold", " x ")))

    assert draft.to_json_schema()["properties"]["state"]["enum"] == ["in progress, on hold", " x "]
    assert draft_of_odd().get_field(("status",)).choices == ("in progress, on hold", "done")


@pytest.mark.parametrize(
    ("entries", "expected"), [([None, "a"], [None, "b"]), (["a", None], ["b", None]), (["a"], ["b"])]
)
def test_new_choices_leave_null_where_it_stood(entries: list[Json], expected: list[Json]) -> None:
    draft = from_json_schema({"type": "object", "properties": {"a": {"enum": entries}}})

    assert update(draft, ("a",), choices=("b",)).to_json_schema()["properties"]["a"] == {"enum": expected}


def test_renaming_keeps_place_requirement_and_everything_else() -> None:
    after = update(draft_of_odd(), ("status",), name="model_config").to_json_schema()

    assert list(after["properties"]) == ["name", "model_config", "score", "tags", "odd"]
    assert after["required"] == ["ghost", "model_config", "name"]
    assert after["properties"]["model_config"] == ODD["properties"]["status"]  # type: ignore[index]  # plain dict


def test_two_fields_may_share_a_name_while_typing_and_part_again() -> None:
    draft = from_json_schema(
        {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}
    )

    both = update(draft, ("a",), name="b")
    apart = update(both, (0,), name="c")

    assert [(field.name, field.required) for field in both.fields] == [("b", True), ("b", False)]
    assert [problem.place for problem in both.problems()] == ["/properties/b"]
    assert apart.to_json_schema() == {
        "type": "object",
        "properties": {"c": {"type": "string"}, "b": {"type": "integer"}},
        "required": ["c"],
    }


def test_fields_move_within_their_object_and_stop_at_the_ends() -> None:
    draft = draft_of_odd()

    assert [f.name for f in draft.move_field(("tags",), -2).fields] == ["name", "tags", "status", "score", "odd"]
    assert [f.name for f in draft.move_field((0,), 99).fields][-1] == "name"
    assert [f.name for f in draft.move_field((0,), -1).fields] == [f.name for f in draft.fields]
    assert text(draft.move_field((0,), 1).move_field((1,), -1).to_json_schema()) == text(ODD)


def test_removing_a_field_forgets_its_requirement_only() -> None:
    after = draft_of_odd().remove_field(("status",)).to_json_schema()

    assert "status" not in after["properties"]
    assert after["required"] == ["ghost", "name"]


def test_a_draft_is_never_changed_by_an_edit() -> None:
    draft = draft_of_odd()

    update(draft, ("name",), type=FieldType.OBJECT, description="x")
    draft.remove_field(("tags",))
    draft.to_json_schema()["properties"]["name"]["title"] = "changed outside"

    assert text(draft.to_json_schema()) == text(ODD)


def test_a_three_level_schema_is_built_from_nothing() -> None:
    draft = (
        new_draft()
        .add_field(make_field("order", FieldType.OBJECT, description="The order"))
        .add_field(make_field("lines", FieldType.ARRAY), parent=("order",))
        .replace_field(("order", "lines", ITEM), make_field("", FieldType.OBJECT))
        .add_field(make_field("sku"), parent=("order", "lines", ITEM))
        .add_field(
            make_field("count", FieldType.INTEGER, minimum=1, maximum=9, required=False, nullable=True),
            parent=("order", "lines", ITEM),
            index=0,
        )
    )

    line = {
        "type": "object",
        "properties": {
            "count": {"type": ["integer", "null"], "minimum": 1, "maximum": 9},
            "sku": {"type": "string"},
        },
        "additionalProperties": False,
        "required": ["sku"],
    }
    order = {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": line}},
        "additionalProperties": False,
        "description": "The order",
        "required": ["lines"],
    }
    assert draft.to_json_schema() == {
        "type": "object",
        "properties": {"order": order},
        "required": ["order"],
        "additionalProperties": False,
    }
    assert draft.problems() == []


@pytest.mark.parametrize("start", list(FieldType))
@pytest.mark.parametrize("end", [one for one in FieldType if one is not FieldType.OTHER])
def test_any_type_can_become_any_other_and_keeps_what_is_not_of_its_type(start: FieldType, end: FieldType) -> None:
    first = {"not": {"type": "string"}} if start is FieldType.OTHER else make_field("f", start).to_json_schema()
    schema = {"type": "object", "properties": {"f": {**first, "title": "T", "x-own": [1]}}}

    after = update(from_json_schema(schema), ("f",), type=end)

    field = after.get_field(("f",))
    assert field.type is end
    assert field.title == "T"
    assert field.kept_keywords == {"x-own": [1]}


@pytest.mark.parametrize(
    ("schema", "places"),
    [
        ({"properties": {"": {}}}, ["/properties/"]),
        ({"properties": {" ": {}}}, ["/properties/ "]),
        ({"properties": {"a": {"enum": []}}}, ["/properties/a/enum"]),
        ({"properties": {"a": {"enum": ["x", "", "x"]}}}, ["/properties/a/enum", "/properties/a/enum"]),
        ({"properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}}, ["/properties/a"]),
        ({"properties": {"a/b": {"type": "array", "items": {"enum": []}}}}, ["/properties/a~1b/items/enum"]),
        ({"properties": {"a": {"type": "integer", "minimum": 1, "maximum": 1}}}, []),
        ({"properties": {"a b": {}, "ünï": {}, "model_config": {}}}, []),
        ({"anyOf": [{"properties": {"": {}}}]}, ["/anyOf/0/properties/"]),
        ({"not": {"properties": {"": {}}}}, []),
    ],
)
def test_problems_name_the_place(schema: Json, places: list[str]) -> None:
    assert [problem.place for problem in from_json_schema(schema).problems()] == places


def test_edits_that_make_no_sense_are_refused_with_a_sentence() -> None:
    draft = draft_of_odd()

    with pytest.raises(InvalidInputError, match="no field"):
        draft.get_field(("nothing",))
    with pytest.raises(InvalidInputError, match="no field"):
        draft.remove_field((99,))
    with pytest.raises(InvalidInputError, match="Only an object"):
        draft.add_field(make_field("x"), parent=("name",))
    with pytest.raises(InvalidInputError, match="not a choice"):
        update(draft, ("name",), choices=("a",))
    with pytest.raises(InvalidInputError, match="not a number"):
        update(draft, ("name",), minimum=1)
    with pytest.raises(InvalidInputError, match="root"):
        draft.move_field((), 1)
    with pytest.raises(InvalidInputError, match="description"):
        update(from_json_schema({"type": "object", "properties": {"no": False}}), ("no",), description="x")
