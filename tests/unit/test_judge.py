"""The judge's verdicts, its words, and the same verdict through pydantic and pydantic-ai."""

import asyncio
import json
import time
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from core.errors import InvalidSchemaError
from core.tasks import judge
from core.tasks.judge import AnswerTextError, FieldError, check, field_errors, is_recursive, output_type, parse_answer

Json = Any  # Any: tests handle arbitrary JSON
DRAFT_07 = "http://json-schema.org/draft-07/schema#"

TICKET = {
    "type": "object",
    "title": "Ticket triage",
    "description": "What to do with a ticket.",
    "properties": {
        "state": {"enum": ["in progress, on hold", "done"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "contact": {"$ref": "#/$defs/contact"},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1}},
    },
    "required": ["state", "contact"],
    "additionalProperties": False,
    "$defs": {
        "contact": {
            "type": "object",
            "properties": {"email": {"type": "string", "format": "email"}},
            "required": ["email"],
        }
    },
}
GOOD_TICKET = {"state": "done", "score": 0.5, "contact": {"email": "a@example.com"}, "tags": ["x"]}
TREE = {
    "type": "object",
    "description": "A tree.",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name"],
}
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
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, [(("b",), "is required", "required")]),
        ({"properties": {"a": False}}, {"a": 1}, [(("a",), "is not allowed here", "properties")]),
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


VALUES: list[Json] = [
    *(GOOD_TICKET, {}, [], "x", "", 3, 3.5, True, None, {"state": "done"}, {**GOOD_TICKET, "more": 1}),
    *({"name": "a", "children": [{"name": "b", "children": []}]}, {"name": "a", "children": [{"name": 1}]}),
    *({"kind": "circle", "r": 1}, {"kind": "circle", "r": "1"}, {"tags": [""]}, [1, "a", None], {"a": float("inf")}),
]


@pytest.mark.parametrize("schema", [TICKET, TREE, SHAPES, {"type": "array"}, {"minimum": 3}, {}, True, False])
def test_the_output_type_accepts_and_refuses_exactly_what_check_does(schema: Json) -> None:
    adapter = TypeAdapter(output_type(schema, name="answer"))

    for value in VALUES:
        expected = check(schema, value)
        if not expected:
            assert adapter.validate_python(value) == value
            assert adapter.validate_json(json.dumps(value)) == value
            continue
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(value)
        assert [(error.loc, error.message, error.keyword) for error in field_errors(caught.value)] == [
            (error.loc, error.message, error.keyword) for error in expected
        ]


def test_the_schema_handed_out_is_a_copy_with_its_references_written_out() -> None:
    before = json.dumps(TICKET)
    made = output_type(TICKET, name="ticket")

    handed = TypeAdapter(made).json_schema()
    handed["properties"]["state"]["enum"].append("changed outside")

    assert made.__name__ == "ticket"
    assert not made.is_stub
    again = TypeAdapter(made).json_schema()
    assert list(again["properties"]) == list(TICKET["properties"])  # type: ignore[call-overload]  # plain dict
    assert again["properties"]["contact"]["properties"] == {"email": {"type": "string", "format": "email"}}
    assert "$defs" not in again
    assert again["properties"]["state"]["enum"] == ["in progress, on hold", "done"]
    assert json.dumps(TICKET) == before
    assert json.dumps(made.schema_document) == before


def test_a_reference_with_rules_beside_it_keeps_both() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/s", "description": "here"},
            "b": {"$ref": "#/$defs/s", "maxLength": 3},
        },
        "$defs": {"s": {"type": "string", "description": "there"}},
    }

    handed = TypeAdapter(output_type(schema)).json_schema()

    assert handed["properties"]["a"] == {"type": "string", "description": "here"}
    assert handed["properties"]["b"] == {"allOf": [{"type": "string", "description": "there"}], "maxLength": 3}


@pytest.mark.parametrize("schema", [TREE, {"type": "object", "properties": {"$ref": {"type": "string"}}}])
def test_what_pydantic_cannot_carry_becomes_a_stub_with_the_document_beside_it(schema: Json) -> None:
    made = output_type(schema)

    assert made.is_stub
    assert made.schema_document == schema
    assert TypeAdapter(made).json_schema()["type"] == "object"


def test_recursion_is_told_from_repetition() -> None:
    assert is_recursive(TREE)
    assert not is_recursive(TICKET)
    assert not is_recursive({"type": "object", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}})


@pytest.mark.parametrize("mode", [NativeOutput, ToolOutput, PromptedOutput])
@pytest.mark.parametrize(
    ("schema", "wrong", "right", "loc"),
    [
        (TICKET, {**GOOD_TICKET, "contact": {"email": "x"}}, GOOD_TICKET, ["contact", "email"]),
        (TREE, {"name": "a", "children": [{}]}, {"name": "a", "children": [{"name": "b"}]}, ["children", 0, "name"]),
    ],
    ids=["ticket", "recursive"],
)
def test_a_wrong_answer_goes_back_with_its_place_and_is_mended(
    mode: Any, schema: Json, wrong: Json, right: Json, loc: list[str | int]
) -> None:
    requests: list[ModelMessage] = []

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        requests.append(messages[-1])
        value = wrong if len(requests) == 1 else right
        if info.output_tools:
            return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, value)])
        return ModelResponse(parts=[TextPart(json.dumps(value))])

    language_model = FunctionModel(answer, profile={"supports_json_schema_output": True})
    agent = Agent(language_model, output_type=mode(output_type(schema), name="answer"), retries={"output": 1})

    result = asyncio.run(agent.run("go"))

    assert result.output == right
    assert len(requests) == 2
    feedback = str(requests[1].parts[0].content)  # type: ignore[union-attr]  # a retry part always has content
    assert json.dumps(loc, separators=(",", ":")) in feedback.replace("'", '"').replace(", ", ",")


def test_the_feedback_does_not_repeat_a_whole_answer_for_each_missing_field() -> None:
    names = [f"f{n}" for n in range(20)]
    schema = {"type": "object", "required": names}

    with pytest.raises(ValidationError) as caught:
        TypeAdapter(output_type(schema)).validate_python({"text": "x" * 5_000})

    assert len(caught.value.json(include_url=False)) < 20 * 500


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 200_000, "nested too deep"),
        ('{"a":' * 200_000, "nested too deep"),
        ("[" * 300 + "]" * 300, "more than 128 levels"),
        ("1" * 5_000, "too long to read"),
        ('{"a": ' + "1" * 4_250 + "}", "too long a number at a"),
        ('{"a": NaN}', "NaN"),
        ('{"a": [1e999]}', "number JSON can hold at a/0"),
        ('{"a": "\\ud800"}', "not valid Unicode at a"),
        ('{"a": 1,\n oops}', "line 2, column 2"),
        ("", "line 1, column 1"),
        ("[" + "1," * 150_000 + "1]", "more than 100,000 values"),
    ],
)
def test_an_unreadable_answer_is_an_error_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(AnswerTextError, match=words) as caught:
        parse_answer(text)

    assert str(caught.value).endswith(".")
    with pytest.raises(ValidationError):
        TypeAdapter(output_type({})).validate_json(text)


def test_a_readable_answer_is_read() -> None:
    assert parse_answer(' {"a": [1, 2.5, null, "ü"]} ') == {"a": [1, 2.5, None, "ü"]}


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

    started = time.perf_counter()

    assert check(schema, deep) == [FieldError((), "does not match the schema", deep, "schema")]
    assert check(schema, shallow)[0].loc == ("a",)
    assert time.perf_counter() - started < 1


def test_large_unique_lists_are_judged_in_time() -> None:
    started = time.perf_counter()

    assert check({"uniqueItems": True}, [{"a": {"b": n}} for n in range(30_000)]) == []
    assert time.perf_counter() - started < 1


def test_findings_are_bounded() -> None:
    assert len(check({"items": {"type": "string"}}, list(range(5_000)))) == judge.MAX_ERRORS


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
