"""The fake model server answers as its docstring says, or the other tests prove nothing."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import httpx2
import jsonschema_rs
import openai
import pytest

from tests.fake_model_server import FakeModelServer
from tests.fake_server.schema_values import make_valid_value, make_wrong_value

Json = Any  # whatever JSON can hold

TICKET: dict[str, Json] = {
    "type": "object",
    "properties": {
        "category": {"enum": ["billing", "bug", "other"]},
        "urgency": {"type": "integer", "minimum": 1, "maximum": 5},
        "summary": {"type": "string", "minLength": 3, "maxLength": 80},
    },
    "required": ["category", "urgency", "summary"],
    "additionalProperties": False,
}

SCHEMAS: dict[str, Json] = {
    "ticket": TICKET,
    "formats": {
        "type": "object",
        "properties": {
            name: {"type": "string", "format": name}
            for name in ("date", "date-time", "time", "email", "uri", "uuid", "ipv4", "ipv6", "hostname", "duration")
        },
    },
    "nested": {
        "type": "object",
        "properties": {
            "person": {"$ref": "#/$defs/person"},
            "people": {"type": "array", "items": {"$ref": "#/$defs/person"}, "minItems": 3, "uniqueItems": True},
        },
        "required": ["person", "people"],
        "$defs": {
            "person": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "email": {"type": "string", "format": "email"},
                    "role": {"anyOf": [{"const": "boss"}, {"type": "null"}]},
                },
                "required": ["name", "role"],
            }
        },
    },
    "numbers": {
        "type": "object",
        "properties": {
            "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "steps": {"type": "integer", "multipleOf": 5, "exclusiveMinimum": 10},
            "below": {"type": "integer", "maximum": -3},
            "fraction": {"type": "number", "multipleOf": 0.25, "minimum": 0.3, "maximum": 1},
            "price": {"type": "number", "minimum": 0},
        },
        "required": ["share", "steps", "below", "fraction", "price"],
    },
    "nullable": {"type": "object", "properties": {"score": {"type": ["null", "number"]}}, "required": ["score"]},
    "recursive": {
        "type": "object",
        "properties": {"value": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["value"],
    },
    "patterns": {
        "type": "object",
        "properties": {
            "code": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
            "word": {"type": "string", "pattern": "^(red|green)( \\w+)?$"},
            "long": {"type": "string", "pattern": "^[a-z]+$", "minLength": 10},
        },
        "required": ["code", "word", "long"],
    },
    "merged": {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}, "required": ["b"]},
        ]
    },
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}], "items": False, "minItems": 2},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
    "unique choices": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
}


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as running:
        yield running


@pytest.fixture
def client(server: FakeModelServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.base_url, api_key="sk-canary-123", max_retries=0, timeout=10) as made:
        yield made


def ask(client: openai.OpenAI, name: str, **options: Json) -> Json:
    messages = options.pop("messages", [{"role": "user", "content": "Hello"}])
    return client.chat.completions.create(model=name, messages=messages, **options)


def in_schema(schema: Json) -> Json:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


def as_tool(schema: Json) -> Json:
    return {"type": "function", "function": {"name": "final_result", "parameters": schema}}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_valid_value_satisfies_schema_and_wrong_value_does_not(schema: Json) -> None:
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)

    assert list(validator.iter_errors(make_valid_value(schema))) == []
    assert not validator.is_valid(make_wrong_value(schema))


def test_plain_question_gets_text(client: openai.OpenAI) -> None:
    answer = ask(client, "ok")

    assert answer.choices[0].message.content == "This is the answer of the fake model."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0


def test_schema_is_satisfied_as_response_format(client: openai.OpenAI) -> None:
    answer = ask(client, "ok", response_format=in_schema(TICKET))

    jsonschema_rs.validate(TICKET, json.loads(answer.choices[0].message.content))


def test_schema_is_satisfied_as_tool(client: openai.OpenAI) -> None:
    answer = ask(client, "ok", tools=[as_tool(TICKET)], tool_choice="required")

    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "final_result"
    jsonschema_rs.validate(TICKET, json.loads(call.function.arguments))
    assert answer.choices[0].finish_reason == "tool_calls"


def test_schema_is_satisfied_when_written_in_the_system_prompt(client: openai.OpenAI) -> None:
    messages = [
        {"role": "system", "content": f"Answer with {{json}} for this schema:\n\n{json.dumps(TICKET)}\n\nOnly that."},
        {"role": "user", "content": "Hello"},
    ]

    answer = ask(client, "ok", messages=messages, response_format={"type": "json_object"})

    jsonschema_rs.validate(TICKET, json.loads(answer.choices[0].message.content))


def test_stream_carries_content_and_usage(client: openai.OpenAI) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}, "response_format": in_schema(TICKET)}

    chunks = list(ask(client, "ok", **options))

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    jsonschema_rs.validate(TICKET, json.loads(text))
    assert len(chunks) > 4
    assert chunks[-1].usage.completion_tokens > 0
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_stream_carries_tool_call(client: openai.OpenAI) -> None:
    chunks = list(ask(client, "ok", stream=True, tools=[as_tool(TICKET)]))

    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert calls[0].function.name == "final_result"
    jsonschema_rs.validate(TICKET, json.loads("".join(call.function.arguments for call in calls)))


def test_wrong_then_right_mends_itself_after_feedback(client: openai.OpenAI) -> None:
    first = [{"role": "user", "content": "Hello"}]
    feedback = [{"role": "assistant", "content": "{}"}, {"role": "user", "content": "That was wrong."}]
    validator = jsonschema_rs.validator_for(TICKET)

    before = ask(client, "wrong-then-right", messages=first, response_format=in_schema(TICKET))
    after = ask(client, "wrong-then-right", messages=first + feedback, response_format=in_schema(TICKET))
    still = ask(client, "wrong-then-right:2", messages=first + feedback, response_format=in_schema(TICKET))

    assert not validator.is_valid(json.loads(before.choices[0].message.content))
    assert validator.is_valid(json.loads(after.choices[0].message.content))
    assert not validator.is_valid(json.loads(still.choices[0].message.content))


def test_contents_that_cannot_be_used(client: openai.OpenAI) -> None:
    def content(name: str) -> str:
        return str(ask(client, name, response_format=in_schema(TICKET)).choices[0].message.content)

    assert json.loads(content("answer:" + quote_plus('{"a": "b c+d"}'))) == {"a": "b c+d"}
    assert not jsonschema_rs.is_valid(TICKET, json.loads(content("always-wrong")))
    assert content("empty") == ""
    for name in ("prose", "invalid-json", "truncated"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(content(name))
    assert ask(client, "truncated").choices[0].finish_reason == "length"


def test_refusals_have_their_status_and_headers(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided: sk-canary-123"):
        ask(client, "unauthorized")
    with pytest.raises(openai.NotFoundError, match="`not-found` does not exist"):
        ask(client, "not-found")
    with pytest.raises(openai.RateLimitError) as limited:
        ask(client, "rate-limited:7")
    with pytest.raises(openai.InternalServerError):
        ask(client, "server-error")
    with pytest.raises(openai.BadRequestError, match="does not support tools"):
        ask(client, "refuse-tools", tools=[as_tool(TICKET)])

    assert limited.value.response.headers["retry-after"] == "7"
    assert ask(client, "refuse-tools").choices[0].finish_reason == "stop"


def test_first_n_requests_fail_and_then_it_works(client: openai.OpenAI) -> None:
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as limited:
            ask(client, "rate-limited-first:2:0")
        assert limited.value.response.headers["retry-after"] == "0"

    assert ask(client, "rate-limited-first:2:0").choices[0].message.content


def test_hostile_bodies(server: FakeModelServer) -> None:
    def post(name: str) -> httpx2.Response:
        return httpx2.post(f"{server.base_url}/chat/completions", json={"model": name, "messages": []})

    assert post("html").headers["content-type"].startswith("text/html")
    assert post("redirect").headers["location"] == f"http://127.0.0.2:{server.port}/v1/chat/completions"
    assert post("redirect:http%3A%2F%2Felsewhere%2F").headers["location"] == "http://elsewhere/"
    with pytest.raises(RecursionError):
        post("deep-json").json()
    with pytest.raises(httpx2.RemoteProtocolError):
        post("hang-up")
    with pytest.raises(httpx2.RemoteProtocolError):
        post("cut-stream:2")
    with httpx2.stream("POST", f"{server.base_url}/chat/completions", json={"model": "gzip-bomb"}) as response:
        assert response.headers["content-encoding"] == "gzip"
        assert sum(len(chunk) for chunk in response.iter_raw()) < 100_000
    with httpx2.stream("POST", f"{server.base_url}/chat/completions", json={"model": "endless"}) as response:
        received = 0
        for chunk in response.iter_raw():
            received += len(chunk)
            if received > 20_000_000:
                break
    server.wait_until(lambda requests: requests[-1].is_disconnected)


def test_hang_notices_that_the_client_left(server: FakeModelServer) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{server.base_url}/chat/completions", json={"model": "hang"}, timeout=0.1)

    server.wait_until(lambda requests: requests[0].is_disconnected)
    assert not server.requests[0].is_answered


def test_slow_and_drip_end_with_the_ok_answer(client: openai.OpenAI) -> None:
    quick = ask(client, "ok").choices[0].message

    assert ask(client, "slow:0").choices[0].message == quick
    assert ask(client, "drip:0").choices[0].message == quick
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in ask(client, "slow:0", stream=True)) == quick.content
    )


def test_lists_for_both_dialects(server: FakeModelServer, client: openai.OpenAI) -> None:
    server.models = ["one", "two:7b"]

    tags = httpx2.get(f"{server.root_url}/api/tags").json()
    version = httpx2.get(f"{server.root_url}/api/version").json()

    assert [listed.id for listed in client.models.list()] == ["one", "two:7b"]
    assert [listed["name"] for listed in tags["models"]] == ["one", "two:7b"]
    assert version["version"]
    assert httpx2.get(f"{server.root_url}/api/ps").json() == {"models": []}
    assert httpx2.get(f"{server.root_url}/api/nothing").status_code == 404


def test_mode_can_be_set_for_the_server_and_for_a_path(server: FakeModelServer, client: openai.OpenAI) -> None:
    httpx2.post(f"{server.root_url}/__mode", json={"mode": "html", "path": "/api/tags"})
    assert httpx2.get(f"{server.root_url}/api/tags").headers["content-type"].startswith("text/html")
    assert ask(client, "ok").choices

    server.set_mode("unauthorized")
    with pytest.raises(openai.AuthenticationError):
        client.models.list()
    with pytest.raises(openai.AuthenticationError):
        ask(client, "ok")

    server.set_mode(None)
    assert ask(client, "ok").choices


def test_required_key_is_checked() -> None:
    with FakeModelServer(api_key="sk-right") as server:
        refused = httpx2.get(f"{server.base_url}/models", headers={"Authorization": "Bearer sk-wrong"})
        accepted = httpx2.get(f"{server.base_url}/models", headers={"Authorization": "Bearer sk-right"})

    assert refused.status_code == 401
    assert "sk-wrong" in refused.text
    assert accepted.status_code == 200


def test_requests_are_recorded(server: FakeModelServer, client: openai.OpenAI) -> None:
    before = time.monotonic()
    ask(client, "ok:latest")

    (request,) = server.chat_requests
    (told,) = httpx2.get(f"{server.root_url}/__requests").json()
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == "Bearer sk-canary-123"
    assert request.body["messages"] == [{"role": "user", "content": "Hello"}]
    assert request.model_name == "ok"
    assert before < request.arrived_at < time.monotonic()
    assert told["body"] == request.body
    httpx2.delete(f"{server.root_url}/__requests")
    assert server.requests == []


def test_stopped_server_starts_again_on_the_same_port() -> None:
    server = FakeModelServer()
    for _ in range(3):
        server.start()
        with httpx2.Client() as client:
            assert client.get(f"{server.root_url}/api/version").status_code == 200
            server.stop()
            with pytest.raises(httpx2.TransportError):
                client.get(f"{server.root_url}/api/version")


def test_stop_cuts_a_hanging_answer() -> None:
    async def hang_and_stop() -> None:
        with FakeModelServer() as server:
            async with httpx2.AsyncClient(timeout=10) as client:
                call = asyncio.create_task(client.post(f"{server.base_url}/chat/completions", json={"model": "hang"}))
                await asyncio.to_thread(server.wait_until, bool)
                await asyncio.to_thread(server.stop)
                with pytest.raises(httpx2.TransportError):
                    await call

    asyncio.run(hang_and_stop())


def test_command_serves_until_told_to_end() -> None:
    command = [sys.executable, "-m", "tests.fake_model_server", "--models", "a,b", "--api-key", "sk-x"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        listed = httpx2.get(f"{address}/v1/models", headers={"Authorization": "Bearer sk-x"}).json()
        process.terminate()
        assert process.wait(10) == 0

    assert [entry["id"] for entry in listed["data"]] == ["a", "b"]
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))),
    ):
        pass
