"""Edits of the builder that move things: fields between objects, definitions and what refers to them."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import DEFINITIONS, ITEM, FieldType, SchemaDraft, from_json_schema, make_field, new_draft
from core.tasks.drafts.field_search import find_fields
from core.tasks.drafts.value_places import path_of_value

Json = Any  # Any: tests handle arbitrary JSON

TREE = {
    "type": "object",
    "properties": {
        "node": {"$ref": "#/$defs/node"},
        "best": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}], "default": None},
        "extra": {"type": "object", "additionalProperties": {"$ref": "#/$defs/node/properties/name"}},
        "text": {"const": {"$ref": "#/$defs/node"}},
    },
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
        },
        "idle": {"anyOf": [{"$ref": "#/$defs/idle2"}, {"type": "string"}]},
        "idle2": {"$ref": "#/$defs/idle"},
    },
}
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "buyer": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "city": {"type": "string"}},
            "required": ["city"],
        },
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"$ref": "#/properties/id"}}}},
    },
    "required": ["id", "buyer"],
}


def names(draft: SchemaDraft, path: tuple[str | int, ...] = ()) -> list[str]:
    return [field.name for field in draft.get_field(path).fields or ()]


def text(value: Json) -> str:
    return json.dumps(value)


def test_a_field_moves_into_an_object_with_what_it_is_and_references_follow() -> None:
    after = from_json_schema(ORDER).move_field_into(("id",), ("buyer",), index=1).to_json_schema()

    assert list(after["properties"]) == ["buyer", "lines"]
    assert list(after["properties"]["buyer"]["properties"]) == ["name", "id", "city"]
    assert after["properties"]["buyer"]["required"] == ["city", "id"]
    assert after["required"] == ["buyer"]
    sku = after["properties"]["lines"]["items"]["properties"]["sku"]
    assert sku == {"$ref": "#/properties/buyer/properties/id"}


def test_a_field_moves_out_and_back_in() -> None:
    draft = from_json_schema(ORDER)

    out = draft.move_field_out(("buyer", "name"))

    assert names(out) == ["id", "buyer", "name", "lines"]
    assert text(out.move_field_into(("name",), ("buyer",), index=0).to_json_schema()) == text(ORDER)
    assert names(draft.move_field_out(("lines", ITEM, "sku"))) == ["id", "buyer", "lines", "sku"]
    assert names(draft.move_field_to(("lines",), 0)) == ["lines", "id", "buyer"]
    assert names(draft.move_field_into(("id",), ())) == ["buyer", "lines", "id"]


def test_moves_that_make_no_sense_are_refused() -> None:
    draft = from_json_schema(ORDER).add_field(make_field("city"))
    recursive = from_json_schema(TREE)

    with pytest.raises(InvalidInputError, match="into itself"):
        draft.move_field_into(("buyer",), ("buyer",))
    with pytest.raises(InvalidInputError, match="between objects"):
        draft.move_field_into(("id",), ("lines",))
    with pytest.raises(InvalidInputError, match="“city” already"):
        draft.move_field_out(("buyer", "city"))
    with pytest.raises(InvalidInputError, match="no object outside"):
        draft.move_field_out(("id",))
    with pytest.raises(InvalidInputError, match="no object outside"):
        recursive.move_field_out((DEFINITIONS, "node", "name"))
    with pytest.raises(InvalidInputError, match="not a field"):
        recursive.move_field_into((DEFINITIONS, "node"), ())


def test_a_copy_stands_behind_the_field_under_a_free_name() -> None:
    draft = from_json_schema({"type": "object", "properties": {"a": {"type": "string"}, "a_2": {}}, "required": ["a"]})

    twice = draft.duplicate_field(("a",)).duplicate_field(("a_2",))

    assert names(twice) == ["a", "a_3", "a_2", "a_4"]
    assert twice.to_json_schema()["required"] == ["a", "a_3"]


def test_renaming_a_definition_takes_every_reference_along_and_nothing_else() -> None:
    draft = from_json_schema(TREE)

    renamed = draft.rename_definition("node", "a b/ü")

    written = "#/$defs/a%20b~1%C3%BC"
    expected = text(TREE).replace('"node": {"type"', '"a b/\\u00fc": {"type"').replace("#/$defs/node", written)
    expected = expected.replace('"const": {"$ref": "' + written, '"const": {"$ref": "#/$defs/node')
    assert text(renamed.to_json_schema()) == expected
    assert renamed.problems() == []
    assert text(renamed.rename_definition("a b/ü", "node").to_json_schema()) == text(TREE)
    assert renamed.target_of(("best",)) == "a b/ü"


def test_a_definition_is_removed_only_when_nothing_outside_refers_to_it() -> None:
    draft = from_json_schema(TREE)

    with pytest.raises(InvalidInputError, match="used in 3 places"):
        draft.remove_definition("node")
    with pytest.raises(InvalidInputError, match="used in one place"):
        draft.remove_field((DEFINITIONS, "idle"))
    assert draft.uses_of("node") == [(0,), (1,), (2,), (DEFINITIONS, 0, 1, ITEM)]
    assert draft.unused_definitions() == ["idle", "idle2"]
    assert [field.name for field in draft.remove_unused_definitions().definitions] == ["node"]
    unused = draft.remove_field(("node",)).remove_field(("best",)).remove_field(("extra",))
    assert "$defs" not in unused.remove_unused_definitions().to_json_schema()
    assert [field.name for field in unused.remove_definition("node").definitions] == ["idle", "idle2"]


def test_references_inside_a_part_with_its_own_address_are_none_of_ours() -> None:
    part = {"$id": "part", "type": "object", "properties": {"x": {"$ref": "#/$defs/node"}}}
    draft = from_json_schema({"type": "object", "properties": {"part": part}, "$defs": {"node": {}, "other": {}}})

    assert draft.problems() == []
    assert draft.uses_of("node") == []
    assert draft.rename_definition("node", "n").to_json_schema()["properties"]["part"] == part


def test_a_recursive_definition_is_built_from_nothing() -> None:
    draft = new_draft().add_definition("node")
    target = draft.reference_to("node")

    draft = (
        draft.add_field(make_field("name"), parent=(DEFINITIONS, "node"))
        .add_field(make_field("next", FieldType.REFERENCE, reference=target), parent=(DEFINITIONS, "node"))
        .change_field((DEFINITIONS, "node", "next"), nullable=True)
        .add_field(make_field("first", FieldType.REFERENCE, reference=target))
    )

    schema = draft.to_json_schema()
    assert schema["$defs"]["node"]["properties"]["next"] == {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}
    assert schema["properties"]["first"] == {"$ref": "#/$defs/node"}
    assert draft.problems() == []
    with pytest.raises(InvalidInputError, match="already"):
        draft.add_definition("node")
    with pytest.raises(InvalidInputError, match="needs a name"):
        draft.rename_definition("node", " ")


def test_the_older_keyword_for_definitions_is_used_where_the_schema_is_older() -> None:
    draft = from_json_schema({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"})

    assert list(draft.add_definition("a").to_json_schema()) == ["$schema", "type", "definitions"]
    assert draft.reference_to("a") == "#/definitions/a"


def test_a_shape_becomes_a_definition_and_is_written_out_again() -> None:
    draft = from_json_schema(ORDER).change_field(("buyer",), description="who pays")

    named = draft.extract_definition(("buyer",), "person")

    assert named.to_json_schema()["properties"]["buyer"] == {"$ref": "#/$defs/person", "description": "who pays"}
    assert named.to_json_schema()["$defs"]["person"] == ORDER["properties"]["buyer"]  # type: ignore[index]  # plain dict
    back = named.inline_definition(("buyer",)).remove_unused_definitions()
    assert text(back.to_json_schema()) == text(draft.to_json_schema())
    with pytest.raises(InvalidInputError, match="Only a reference"):
        back.inline_definition(("buyer",))


def test_renaming_a_field_takes_references_to_it_along_but_not_while_names_clash() -> None:
    draft = from_json_schema(ORDER)

    assert draft.rename_field(("id",), "number").get_field(("lines", ITEM, 0)).reference == "#/properties/number"
    assert draft.rename_field(("id",), "buyer").get_field(("lines", ITEM, 0)).reference == "#/properties/id"


def test_fields_are_found_by_words() -> None:
    draft = from_json_schema(ORDER).change_field(("buyer", "city"), description="Where to SEND it")

    assert find_fields(draft, "city") == [(1, 1)]
    assert find_fields(draft, "send buyer") == [(1, 1)]
    assert find_fields(draft, "sku") == [(2, ITEM, 0)]
    assert find_fields(draft, "reference") == [(2, ITEM, 0)]
    assert find_fields(draft, "  ") == []
    assert find_fields(from_json_schema(TREE), "node name") == [(DEFINITIONS, 0, 0)]


@pytest.mark.parametrize(
    ("loc", "path"),
    [
        ((), ()),
        (("node",), (0,)),
        (("node", "name"), (DEFINITIONS, 0, 0)),
        (("best", "children", 3, "children", 0), (DEFINITIONS, 0, 1, ITEM)),
        (("best", "children", 3, "gone", 0), (DEFINITIONS, 0, 1, ITEM)),
        (("x", "y"), ()),
        (("elsewhere",), ()),
    ],
)
def test_a_place_in_a_value_leads_to_its_field(loc: tuple[str | int, ...], path: tuple[str | int, ...]) -> None:
    assert path_of_value(from_json_schema(TREE), loc) == path


def test_a_place_in_one_of_several_shapes_leads_into_the_shape_that_has_it() -> None:
    shapes = [{"type": "string"}, {"type": "object", "properties": {"a": {}}}, {"$ref": "#"}]

    draft = from_json_schema({"type": "object", "properties": {"x": {"anyOf": shapes}}})

    assert path_of_value(draft, ("x", "a")) == (0, 1, 0)
    assert path_of_value(draft, ("x", "x")) == (0,)


def test_shapes_that_only_offer_themselves_end_the_search() -> None:
    draft = from_json_schema({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#"}]}}})

    assert path_of_value(draft, ("x",)) == (DEFINITIONS, 0)


def test_only_a_real_change_counts_as_one() -> None:
    draft = from_json_schema(ORDER)

    assert not draft.is_changed(ORDER)
    assert not draft.rename_field((0,), "x").rename_field((0,), "id").is_changed(draft)
    assert draft.move_field((0,), 1).is_changed(ORDER)
    assert from_json_schema({"default": 1}).is_changed({"default": True})
    assert from_json_schema({"default": 1}).is_changed(from_json_schema({"default": 1.0}))


def test_unnamed_fields_are_left_out_of_a_preview() -> None:
    schema = {"type": "object", "properties": {"": {"enum": []}, "a": {"anyOf": [{}, True]}}, "required": ["", "a"]}
    draft = from_json_schema(schema).add_field(make_field(" "))

    assert draft.without_unnamed().to_json_schema() == {
        "type": "object",
        "properties": {"a": {"anyOf": [{}, True]}},
        "required": ["a"],
    }


def test_an_edit_of_two_hundred_fields_takes_no_time_to_speak_of() -> None:
    properties = {f"f{index}": {"type": "string", "description": "d"} for index in range(200)}
    draft = from_json_schema({"type": "object", "properties": properties, "required": list(properties)})
    edits: list[Callable[[], SchemaDraft]] = [
        lambda: draft.change_field((150,), description="x"),
        lambda: draft.rename_field((150,), "x"),
        lambda: draft.move_field_to((150,), 3),
        lambda: draft.duplicate_field((150,)).remove_field((3,)),
        lambda: draft.change_field((150,), type=FieldType.ARRAY),
    ]

    for edit in edits:
        times = []
        for _ in range(20):
            started = time.perf_counter()
            edit()
            times.append(time.perf_counter() - started)
        assert min(times) < 0.002
