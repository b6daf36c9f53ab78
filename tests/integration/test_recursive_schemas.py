"""A recursive schema reaches the model whole, and its answer is judged by it, in every output mode."""

import asyncio
import json
from typing import Any

import pytest
from pydantic_ai import Agent, NativeOutput, PromptedOutput, RunContext, ToolOutput
from pydantic_ai.capabilities import Hooks
from pydantic_ai.models import ModelRequestContext

from core.providers.dialects import ServerDialect
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types import find_type
from core.providers.types.base import CallParts
from core.runs.verbatim_schemas import with_verbatim_schema
from core.tasks.judge import check, output_type
from tests.fake_model_server import FakeModelServer

Json = Any  # Any: tests handle arbitrary JSON

TREE: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "children": {"type": "array", "items": {"$ref": "#/$defs/child"}, "minItems": 1},
    },
    "required": ["name", "children"],
    "additionalProperties": False,
    "$defs": {
        "child": {
            "type": "object",
            "properties": {
                "name": {"const": "leaf"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/child"}},
            },
            "required": ["name"],
        }
    },
}


def build_hooks(schema: Json) -> Hooks[object]:
    hooks: Hooks[object] = Hooks()

    @hooks.on.before_model_request
    async def put_schema(ctx: RunContext[object], request_context: ModelRequestContext) -> ModelRequestContext:
        return with_verbatim_schema(request_context, schema)

    return hooks


async def ask(server: FakeModelServer, mode: Any, *, model_name: str) -> Json:  # Any: one of three output modes
    async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
        kind = find_type("compatible")
        client = kind.open_client(CallParts(base_url=server.base_url, http=http))
        agent = Agent(
            kind.build_model(client, model_name=model_name, dialect=ServerDialect()),
            output_type=mode(output_type(TREE, name="tree"), name="tree"),
            retries={"output": 1},
        )
        return (await agent.run("Draw a tree.", capabilities=[build_hooks(TREE)])).output


def schema_sent(body: Json) -> Json:
    """Return the schema where the request's mode has it."""
    if body.get("tools"):
        return body["tools"][0]["function"]["parameters"]
    if body.get("response_format", {}).get("type") == "json_schema":
        return body["response_format"]["json_schema"]["schema"]
    text = next(message["content"] for message in body["messages"] if message["role"] == "system")
    return json.JSONDecoder().raw_decode(text[text.index("{") :])[0]


@pytest.mark.parametrize("mode", [NativeOutput, ToolOutput, PromptedOutput])
def test_the_model_is_told_all_of_it_and_its_wrong_answer_is_mended(mode: Any) -> None:
    with FakeModelServer() as server:
        answer = asyncio.run(ask(server, mode, model_name="wrong-then-right"))

        bodies = [request.body for request in server.chat_requests]

    assert check(TREE, answer) == []
    assert answer["children"][0]["name"] == "leaf"
    assert len(bodies) == 2
    for body in bodies:
        sent = schema_sent(body)
        assert sent["properties"]["children"]["items"] == {"$ref": "#/$defs/child"}
        assert sent["$defs"]["child"]["properties"]["children"]["items"] == {"$ref": "#/$defs/child"}
