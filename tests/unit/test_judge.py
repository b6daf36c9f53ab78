"""The judge's verdicts, its words, and its bounds."""

import json
import time
from enum import StrEnum
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidSchemaError
from core.tasks import judge
from core.tasks.judge import FieldError, check, output_type
from core.tasks.schemas.json_values import copy_json

Json = Any  # Any: tests handle arbitrary JSON
DRAFT_07 = "http://json-schema.org/draft-07/schema#"

PERSON = {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]}
SHAPES = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"kind": {"const": "circle"}, "r": {"type": "number"}},
            "required": ["kind", "r"],
        },
        {
            "type": "object",
            "properties": {"kind": {"const": "box"}, "w": {"type": "number"}},
            "required": ["kind", "w"],
        },
    ]
}


def make_deep_list(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, 3, [((), "must be a string", "type")]),
        ({"type": ["null", "integer"]}, "x", [((), "must be a whole number or null", "type")]),
        ({"enum": ["billing", "bug", None]}, "x", [((), "must be one of: billing, bug, null", "enum")]),
        ({"enum": ["a, b", "c"]}, "a", [((), "must be one of: “a, b”, “c”", "enum")]),
        ({"const": "x"}, "y", [((), "must be exactly “x”", "const")]),
        (PERSON, {}, [(("zip",), "is required", "required")]),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1, "c": 2},
            [
                (("b",), "is not expected here", "additionalProperties"),
                (("c",), "is not expected here", "additionalProperties"),
            ],
        ),
        ({"maximum": 100}, 101, [((), "must be at most 100", "maximum")]),
        ({"minimum": 0.5}, 0, [((), "must be at least 0.5", "minimum")]),
        ({"exclusiveMinimum": 0}, 0, [((), "must be more than 0", "exclusiveMinimum")]),
        ({"exclusiveMaximum": 1}, 1, [((), "must be less than 1", "exclusiveMaximum")]),
        ({"multipleOf": 5}, 7, [((), "must be a multiple of 5", "multipleOf")]),
        ({"minLength": 1}, "", [((), "must not be empty", "minLength")]),
        ({"maxLength": 1}, "ab", [((), "must be at most 1 character long", "maxLength")]),
        ({"pattern": "^a"}, "b", [((), "must match the pattern ^a", "pattern")]),
        ({"format": "email"}, "x", [((), "must be a valid email address", "format")]),
        ({"format": "date"}, "2026-02-30", [((), "must be a date like 2026-03-31", "format")]),
        ({"format": "uri"}, "x y", [((), "must be a full URL like https://example.com/page", "format")]),
        ({"minItems": 2}, [1], [((), "must have at least 2 items", "minItems")]),
        ({"maxItems": 1}, [1, 2], [((), "must have at most 1 item", "maxItems")]),
        ({"uniqueItems": True}, [1, 1], [((), "must not hold the same item twice", "uniqueItems")]),
        ({"items": PERSON}, [{"zip": "1"}, {}], [((1, "zip"), "is required", "required")]),
        ({"anyOf": [PERSON, {"type": "null"}]}, {"zip": 1}, [(("zip",), "must be a string", "type")]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 3, [((), "must be a string or null", "type")]),
        (SHAPES, {"kind": "box"}, [(("w",), "is required", "required")]),
        (SHAPES, {"kind": "star"}, [((), "matches none of the 2 allowed shapes", "oneOf")]),
        (
            {"oneOf": [True, {}]},
            3,
            [((), "matches more than one of the allowed shapes, and must match exactly one", "oneOf")],
        ),
        ({"not": {"type": "string"}}, "x", [((), "is a value that is ruled out", "not")]),
        ({"contains": {"const": 1}}, [2], [((), "must hold at least one item of the required kind", "contains")]),
        (
            {"propertyNames": {"maxLength": 1}},
            {"ab": 1},
            [((), "has the field name “ab”, which must be at most 1 character long", "propertyNames")],
        ),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [(("b",), "is required", "dependentRequired")]),
        ({"properties": {"a": False}}, {"a": 1}, [(("a",), "is not allowed here", "false")]),
        ({"unevaluatedProperties": False}, {"a": 1}, [(("a",), "is not expected here", "unevaluatedProperties")]),
        ({"$schema": DRAFT_07, "items": [{"type": "string"}]}, [1], [((0,), "must be a string", "type")]),
        (False, 1, [((), "is not allowed here", "false")]),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_findings_are_plain_words_at_the_field(schema: Json, value: Json, expected: list[Any]) -> None:
    found = check(schema, value)

    assert sorted((error.loc, error.message) for error in found) == sorted((loc, words) for loc, words, _ in expected)
    if expected[0][1] != "must be a string or null":
        assert {error.keyword for error in found} == {keyword for _, _, keyword in expected}


def test_a_finding_carries_the_value_and_shows_it_short() -> None:
    (found,) = check({"properties": {"a": {"type": "integer"}}}, {"a": "x" * 500})

    assert found.value == "x" * 500
    assert len(found.shown) < 100


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        "[" * 300 + "]" * 300,
        "1" * 5_000,
        '{"a": ' + "1" * 4_250 + "}",
        '{"a": NaN}',
        '{"a": [1e999]}',
        '{"a": "\\ud800"}',
        '{"a": 1,\n oops}',
        "",
        "[" + "1," * 150_000 + "1]",
    ],
    ids=lambda text: text[:12],
)
def test_an_unreadable_answer_is_refused_whatever_the_schema(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(output_type({})).validate_json(text)


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    answers = TypeAdapter(output_type({"properties": {"a": {"const": "2"}}}))

    assert answers.validate_json('{"a": "1", "a": "2"}') == {"a": "2"}


@pytest.mark.parametrize(
    "value",
    [
        make_deep_list(200),
        make_deep_list(100_000),
        {"a": {1, 2}},
        {"a": (1,)},
        {1: 2},
        float("nan"),
        10**5_000,
        "\udfff",
    ],
    ids=["deep", "very deep", "set", "tuple", "key", "nan", "huge", "surrogate"],
)
def test_a_value_that_is_no_json_is_a_finding_not_a_crash(value: Json) -> None:
    (found,) = check({}, value)

    assert found.keyword == "json"


def test_a_doubled_recursive_schema_is_judged_at_once_however_deep_the_value() -> None:
    node = {"properties": {"a": {"anyOf": [{"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}]}}, "required": ["z"]}
    schema = {"$ref": "#/$defs/t", "$defs": {"t": node}}
    shallow: Json = {"a": {"a": {}, "z": 1}, "z": 1}
    deep: Json = {}
    for _ in range(40):
        deep = {"a": deep, "z": 1}

    started = time.process_time()

    assert check(schema, deep) == [FieldError((), "does not match the schema", deep, "schema")]
    assert check(schema, shallow)[0].loc == ("a",)
    assert time.process_time() - started < 1


def test_large_unique_lists_are_judged_in_time() -> None:
    started = time.process_time()

    assert check({"uniqueItems": True}, [{"a": {"b": n}} for n in range(30_000)]) == []
    assert time.process_time() - started < 1


def test_findings_are_bounded() -> None:
    schema = {"items": {"type": "string"}}

    assert len(check(schema, list(range(1_000)))) == judge.MAX_ERRORS
    assert [error.message for error in check(schema, list(range(50_000)))] == ["must be a string"]


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "file:///etc/hostname"}, {"$ref": "http://127.0.0.1:1/x"}, {"pattern": "(?=a)"}, {"type": "strin"}],
)
def test_an_unusable_schema_is_refused_by_the_judge_too(schema: Json) -> None:
    with pytest.raises(InvalidSchemaError):
        check(schema, 1)
    with pytest.raises(InvalidSchemaError):
        output_type(schema)


def test_a_schema_changed_in_place_is_judged_anew() -> None:
    schema: Json = {"type": "string"}
    assert check(schema, "x") == []

    schema["type"] = "integer"

    assert check(schema, "x")


def test_the_cache_stays_bounded() -> None:
    for number in range(300):
        check({"minimum": number}, 0)

    assert len(judge._judges) <= 256


def test_one_judge_serves_a_schema_however_its_keys_are_ordered() -> None:
    one = {"type": "object", "properties": {"a": {"const": 1}, "b": {}}}
    other = {"properties": {"b": {}, "a": {"const": 1}}, "type": "object"}

    assert judge._judges.find(one) is judge._judges.find(other)
    assert judge._judges.find(one) is judge._judges.find(copy_json(one))


def test_schemas_that_python_calls_equal_are_told_apart() -> None:
    assert check({"const": True}, True) == []
    assert check({"const": 1}, True) != []
    assert check({"const": 1}, 1) == []
    assert check({"const": True}, 1) != []


def test_a_schema_of_other_than_plain_python_values_is_judged_by_too() -> None:
    class Name(StrEnum):
        TEXT = "string"

    assert check({"type": Name.TEXT}, "x") == []
    assert check({"type": Name.TEXT}, 3)[0].keyword == "type"
