"""The judge's verdict as a type: for pydantic, and in every output mode of pydantic-ai."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel

from core.tasks.judge import check, output_type

Json = Any  # Any: tests handle arbitrary JSON

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
        assert [(line["loc"], line["ctx"]["reason"], line["ctx"]["keyword"]) for line in caught.value.errors()] == [
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
    unused = {"type": "object", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}

    assert [output_type(schema).is_stub for schema in (TREE, TICKET, unused)] == [True, False, False]


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
