"""A pasted schema of an older draft judges the same after it was taken in, and every change is told."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.errors import InvalidSchemaError
from core.tasks.judge import check
from core.tasks.sources.schema_import import ImportedSchema, import_schema

Json = Any  # Any: tests handle arbitrary JSON

DRAFT_07 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"

VALUES: list[Json] = [
    *(None, True, 0, 3, 2.5, "", "x", [], {}, [1], ["x"], [1, "x"], [1, 2], [1, "x", True], ["x", 1]),
    *({"a": 1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": "x"}, {"a": {"a": 1}}, {"a": {"a": "x"}}),
    *({"child": {}}, {"child": {"child": 3}}, {"child": {"b": 1}}, {"a": [1, "x"]}, {"a": ["x", "x"]}),
]

OLDER: list[Json] = [
    {"definitions": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/n"}}},
    {"definitions": {"a/b c": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/a~1b%20c"}}},
    {"definitions": {"yes": True, "no": False}, "properties": {"a": {"$ref": "#/definitions/no"}}},
    {
        "definitions": {"n": {"definitions": {"m": {"type": "null"}}}},
        "items": {"$ref": "#/definitions/n/definitions/m"},
    },
    {"definitions": {"n": {"type": "null"}}, "$defs": {"m": {"type": "array"}}, "allOf": [{"$ref": "#/$defs/m"}]},
    {"items": [{"type": "integer"}, {"type": "string"}]},
    {"items": [{"type": "integer"}], "additionalItems": {"type": "string"}},
    {"items": [{"type": "integer"}], "additionalItems": False},
    {"items": [True], "additionalItems": {"type": "string"}},
    {"items": [{"type": "integer"}, {"$ref": "#/items/0"}]},
    {"items": [{}], "additionalItems": {"type": "null"}, "properties": {"a": {"$ref": "#/additionalItems"}}},
    {"dependencies": {"a": ["b"]}},
    {"dependencies": {"a": {"required": ["b"]}, "b": ["a"]}},
    {"dependencies": {"a": False, "b": []}},
    {"dependencies": {"a": {"type": "null"}}, "properties": {"child": {"$ref": "#/dependencies/a"}}},
    {"properties": {"a": {"items": [{"type": "integer"}, True]}}, "definitions": {}},
]
OF_2019: list[Json] = [
    {"properties": {"child": {"$recursiveRef": "#"}}, "additionalProperties": {"type": "integer"}},
    {"$recursiveAnchor": True, "type": "object", "properties": {"child": {"$recursiveRef": "#"}}},
    {"$recursiveAnchor": False, "properties": {"child": {"$recursiveRef": "#"}}, "type": "object"},
    {"properties": {"a": {"$ref": "#/$defs/n", "$recursiveRef": "#"}}, "$defs": {"n": {"type": "object"}}},
    {"items": {"type": "integer"}, "additionalItems": {"type": "string"}},
    {"properties": {"a": {"$ref": "#n", "minimum": 1}}, "$defs": {"n": {"$anchor": "n", "type": "integer"}}},
    {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"b": {"required": ["a"]}}},
    {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
    {"items": [{"type": "integer"}], "unevaluatedItems": False},
    {"dependencies": {"a": {"properties": {"a": {}}}}, "unevaluatedProperties": False},
]


def verdicts(validator: jsonschema_rs.Validator) -> list[bool]:
    return [validator.is_valid(value) for value in VALUES]


def judged(imported: ImportedSchema) -> list[bool]:
    return [check(imported.schema, value) == [] for value in VALUES]


@pytest.mark.parametrize("schema", [*OLDER, *OF_2019], ids=json.dumps)
def test_a_2019_09_schema_judges_the_same_in_2020_12(schema: Json) -> None:
    before = json.dumps(schema)
    imported = import_schema({"$schema": DRAFT_2019, **schema})

    assert judged(imported) == verdicts(jsonschema_rs.Draft201909Validator(schema, offline=True))
    assert next(iter(imported.schema.items())) == ("$schema", DRAFT_2020)
    assert json.dumps(schema) == before


@pytest.mark.parametrize("schema", OLDER, ids=json.dumps)
def test_an_older_schema_that_names_no_draft_judges_as_in_draft_07(schema: Json) -> None:
    imported = import_schema(schema)

    assert judged(imported) == verdicts(jsonschema_rs.Draft7Validator(schema, offline=True))
    assert imported.notes


@pytest.mark.parametrize("schema", OLDER, ids=json.dumps)
def test_a_schema_that_names_draft_07_is_kept_as_it_is(schema: Json) -> None:
    named = {"$schema": DRAFT_07, **schema}
    imported = import_schema(json.dumps(named))

    assert json.dumps(imported.schema) == json.dumps(named)
    assert judged(imported) == verdicts(jsonschema_rs.Draft7Validator(schema, offline=True))
    assert [note.place for note in imported.notes] == ["/$schema"]


@pytest.mark.parametrize("named", [{}, {"$schema": DRAFT_2020}], ids=["unnamed", "named"])
def test_a_schema_of_today_is_kept_without_a_note(named: Json) -> None:
    schema = {**named, "type": "object", "prefixItems": [{}], "x-extra": [1], "$defs": {"n": {"$dynamicAnchor": "n"}}}

    assert import_schema(schema) == ImportedSchema(schema)


def test_every_change_is_told_with_the_place_it_was_made_at() -> None:
    schema = {
        "$schema": DRAFT_2019,
        "$recursiveAnchor": True,
        "type": "object",
        "properties": {"a": {"items": [{"$ref": "#/definitions/n"}], "additionalItems": False}},
        "dependencies": {"a": ["b"], "b": {"required": ["a"]}},
        "definitions": {"n": {"$recursiveRef": "#"}},
    }

    imported = import_schema(schema)

    assert imported.schema == {
        "$schema": DRAFT_2020,
        "$dynamicAnchor": "recursive",
        "type": "object",
        "properties": {"a": {"prefixItems": [{"$ref": "#/$defs/n"}], "items": False}},
        "dependentRequired": {"a": ["b"]},
        "dependentSchemas": {"b": {"required": ["a"]}},
        "$defs": {"n": {"$dynamicRef": "#recursive"}},
    }
    assert {note.place for note in imported.notes} == {
        *("/$schema", "/$recursiveAnchor", "/properties/a/items", "/properties/a/additionalItems", "/dependencies"),
        *("/definitions", "/definitions/n/$recursiveRef", "/properties/a/items/0/$ref"),
    }


def test_what_differs_between_drafts_and_cannot_be_kept_is_told() -> None:
    schema = {"definitions": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/n", "minimum": 3}}}

    notes = [note.message for note in import_schema(schema).notes if note.place == "/properties/a/$ref"]

    assert any("minimum" in message for message in notes)


def test_names_of_fields_that_look_like_keywords_are_left_alone() -> None:
    schema = {
        "$schema": DRAFT_2019,
        "type": "object",
        "properties": {
            "definitions": {"const": {"items": [1]}},
            "items": {},
            "dependencies": {"enum": [{"$id": "#x"}]},
        },
    }

    imported = import_schema(schema)

    assert imported.schema == {**schema, "$schema": DRAFT_2020}


@pytest.mark.parametrize(
    ("pasted", "place"),
    [
        ({"name": "n", "strict": True, "schema": {"type": "object"}}, "/schema"),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}, "/json_schema/schema"),
        ({"name": "n", "description": "d", "parameters": {"type": "object"}}, "/parameters"),
        ({"name": "n", "input_schema": {"type": "object"}}, "/input_schema"),
    ],
    ids=str,
)
def test_a_schema_is_taken_out_of_a_request_for_a_provider(pasted: Json, place: str) -> None:
    imported = import_schema(pasted)

    assert imported.schema == {"type": "object"}
    assert imported.notes[-1].place == place


def test_the_short_form_and_references_by_the_schemas_own_name_are_understood() -> None:
    short = import_schema({"category": {"type": "string"}, "sure": {"type": "number"}})
    named = import_schema(
        {"$id": "https://example.com/x", "items": {"$ref": "https://example.com/x#/$defs/n"}, "$defs": {"n": {}}}
    )

    assert short.schema["required"] == ["category", "sure"]
    assert named.schema["items"] == {"$ref": "#/$defs/n"}
    assert [note.place for note in (*short.notes, *named.notes)] == ["", "/items/$ref"]


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "is empty"),
        ('{"type": "object",\n "properties" {}}', "line 2, column 15"),
        ("[1]", "curly brackets"),
        ('{"type": "object", "type": "string"}', "stands twice"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "not understood"),
        ({"$schema": DRAFT_2019, "$ref": "https://example.com/other"}, "outside this schema"),
        ({"$schema": DRAFT_2019, "definitions": {"n": {"$ref": "file:///etc/passwd"}}}, "outside this schema"),
        ({"definitions": {"n": {"type": "strnig"}}}, "/$defs/n/type"),
        ({"$schema": DRAFT_2019, "items": []}, "/prefixItems"),
        ({"$schema": DRAFT_2019, "$recursiveRef": "#"}, "refers back to itself"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_with_the_reason(pasted: Json, words: str) -> None:
    with pytest.raises(InvalidSchemaError) as caught:
        import_schema(pasted)
    assert words in caught.value.message


def test_a_schema_nested_thousands_deep_is_refused_without_recursion() -> None:
    deep: Json = {"items": []}
    for _ in range(5_000):
        deep = {"not": deep}

    with pytest.raises(InvalidSchemaError):
        import_schema({"$schema": DRAFT_2019, **deep})


LEAVES = st.sampled_from([True, False, {}, {"type": "integer"}, {"const": "x"}, {"$ref": "#/definitions/a"}])
NAMES = st.sampled_from(["a", "b", "child"])


def extend(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    maps = st.dictionaries(NAMES, inner, max_size=2)
    optional = {
        "items": inner | st.lists(inner, min_size=1, max_size=2),
        "additionalItems": inner,
        "dependencies": st.dictionaries(NAMES, inner | st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "definitions": maps,
        "$defs": maps,
        "properties": maps,
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "contains": inner,
        "not": inner,
        "unevaluatedProperties": inner,
    }
    pairs = st.sampled_from(list(optional)).flatmap(lambda key: st.tuples(st.just(key), optional[key]))
    return st.lists(pairs, max_size=4).map(dict)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(LEAVES, extend, max_leaves=8), st.dictionaries(NAMES, LEAVES, max_size=2))
def test_any_2019_09_schema_judges_the_same(schema: Json, definitions: Json) -> None:
    assume(isinstance(schema, dict))
    definitions = {"a": {"type": "array"}, **definitions}
    document = {**schema, "definitions": {**schema.get("definitions", {}), **definitions}}
    try:
        imported = import_schema({"$schema": DRAFT_2019, **document})
    except InvalidSchemaError:
        return

    assert judged(imported) == verdicts(jsonschema_rs.Draft201909Validator(document, offline=True))
