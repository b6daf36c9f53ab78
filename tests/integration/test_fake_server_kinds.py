"""The kinds and traits of the fake model server govern its answers as they are documented."""

import json
from typing import Any

import httpx2
import pytest

from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails, Traits

Json = Any  # whatever JSON can hold
SCHEMA = {"type": "object", "properties": {"word": {"enum": ["nonce-4711"]}}, "required": ["word"]}
IN_SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
TOOL = {"type": "function", "function": {"name": "take", "parameters": SCHEMA}}


def ask(server: FakeModelServer, *, status: int = 200, **parts: Json) -> Json:
    """Return the body of the answer to a chat completion request with these parts."""
    messages = parts.pop("messages", [{"role": "user", "content": "Say something."}])
    body = {"model": "ok", "messages": messages, **parts}
    response = httpx2.post(f"{server.root_url}/v1/chat/completions", json=body, trust_env=False)
    assert response.status_code == status, response.text
    return response.json()


def text_of(answer: Json) -> str:
    """Return the text of an answer."""
    return str(answer["choices"][0]["message"]["content"])


def get(server: FakeModelServer, path: str) -> Json:
    """Return the JSON at a path."""
    return httpx2.get(server.root_url + path, trust_env=False).json()


def test_an_enforced_schema_is_kept_and_an_ignored_one_is_not() -> None:
    with FakeModelServer() as server:
        assert json.loads(text_of(ask(server, response_format=IN_SCHEMA))) == {"word": "nonce-4711"}
    with FakeModelServer(traits=Traits(schema="ignored")) as server:
        assert "nonce-4711" not in text_of(ask(server, response_format=IN_SCHEMA))
        told = [{"role": "system", "content": json.dumps(SCHEMA)}, {"role": "user", "content": "Hello"}]
        assert json.loads(text_of(ask(server, response_format=IN_SCHEMA, messages=told))) == {"word": "nonce-4711"}


@pytest.mark.parametrize(
    ("traits", "parts"),
    [
        (Traits(schema="refused"), {"response_format": IN_SCHEMA}),
        (Traits(json_object=False), {"response_format": {"type": "json_object"}}),
        (Traits(tools=False), {"tools": [TOOL]}),
        (Traits(system=False), {"messages": [{"role": "system", "content": "Be brief."}]}),
    ],
)
def test_what_a_server_cannot_do_it_refuses(traits: Traits, parts: dict[str, Json]) -> None:
    with FakeModelServer(traits=traits) as server:
        assert ask(server, status=400, **parts)["error"]["message"]


def test_a_demanded_tool_is_called_only_where_that_is_a_trait() -> None:
    with FakeModelServer() as server:
        assert ask(server, tools=[TOOL], tool_choice="required")["choices"][0]["message"]["tool_calls"]
    with FakeModelServer(traits=Traits(tool_choice=False)) as server:
        assert "tool_calls" not in ask(server, tools=[TOOL], tool_choice="required")["choices"][0]["message"]
        assert ask(server, tools=[TOOL])["choices"][0]["message"]["tool_calls"]


def test_a_limit_of_tokens_counts_under_the_names_it_is_known_by() -> None:
    with FakeModelServer(traits=Traits(max_tokens_fields=frozenset({"max_tokens"}))) as server:
        cut = ask(server, max_tokens=3)
        whole = ask(server, max_completion_tokens=3)

    assert (len(text_of(cut)), cut["choices"][0]["finish_reason"]) == (11, "length")
    assert cut["usage"]["completion_tokens"] <= 3
    assert whole["choices"][0]["finish_reason"] == "stop"


def test_the_same_seed_gives_the_same_text_only_where_that_is_a_trait() -> None:
    with FakeModelServer() as server:
        assert text_of(ask(server, seed=7, temperature=1)) == text_of(ask(server, seed=7, temperature=1))
        assert text_of(ask(server, seed=7)) != text_of(ask(server, seed=8))
        assert text_of(ask(server, temperature=1)) != text_of(ask(server, temperature=1))
    with FakeModelServer(traits=Traits(seed=False)) as server:
        assert text_of(ask(server, seed=7)) != text_of(ask(server, seed=7))


def test_usage_and_streaming_can_be_left_out() -> None:
    with FakeModelServer(traits=Traits(tells_usage=False, streams=False)) as server:
        answer = ask(server, stream=True, stream_options={"include_usage": True})

    assert "usage" not in answer
    assert text_of(answer)


def test_ollama_loads_shows_and_unloads_models() -> None:
    details = {"ok": ModelDetails(context_tokens=8_192, quantization="Q8_0", capabilities=("vision",))}
    with FakeModelServer(kind="ollama", models=["ok"], details=details) as server:
        assert get(server, "/api/ps") == {"models": []}
        shown = httpx2.post(f"{server.root_url}/api/show", json={"model": "ok"}, trust_env=False).json()
        assert shown["model_info"]["fake.context_length"] == 8_192
        assert (shown["details"]["quantization_level"], shown["capabilities"]) == ("Q8_0", ["vision"])

        server.load_seconds = 0.2
        loaded = httpx2.post(f"{server.root_url}/api/generate", json={"model": "ok"}, trust_env=False)
        assert (loaded.json()["done_reason"], loaded.elapsed.total_seconds() >= 0.2) == ("load", True)
        assert [one["name"] for one in get(server, "/api/ps")["models"]] == ["ok"]
        httpx2.post(f"{server.root_url}/api/generate", json={"model": "ok", "keep_alive": 0}, trust_env=False)
        assert server.loaded == set()


def test_each_compatible_server_tells_the_window_in_its_own_way() -> None:
    details = {"ok": ModelDetails(context_tokens=16_384)}
    with FakeModelServer(kind="vllm", models=["ok"], details=details) as server:
        assert get(server, "/v1/models")["data"][0]["max_model_len"] == 16_384
        assert httpx2.get(f"{server.root_url}/api/tags", trust_env=False).status_code == 404
    with FakeModelServer(kind="llamacpp", models=["ok"], details=details) as server:
        assert get(server, "/v1/models")["data"][0]["meta"]["n_ctx"] == 16_384
        assert get(server, "/props")["default_generation_settings"]["n_ctx"] == 16_384
    with FakeModelServer(kind="lmstudio", models=["ok"], details=details) as server:
        assert get(server, "/api/v0/models")["data"][0]["state"] == "not-loaded"
        ask(server)
        assert get(server, "/api/v0/models")["data"][0]["loaded_context_length"] == 16_384


def test_lm_studio_refuses_json_object_in_its_own_words() -> None:
    with FakeModelServer(kind="lmstudio") as server:
        refused = ask(server, status=400, response_format={"type": "json_object"})

    assert refused == {"error": "'response_format.type' must be 'json_schema' or 'text'"}


def test_llama_cpp_says_that_it_is_loading() -> None:
    with FakeModelServer(kind="llamacpp") as server:
        server.state.is_loading = True
        assert ask(server, status=503)["error"]["message"] == "Loading model"
        assert get(server, "/health")["error"]["code"] == 503
        server.state.is_loading = False
        assert get(server, "/health") == {"status": "ok"}


@pytest.mark.parametrize(
    ("kind", "path", "status"), [("anthropic", "/v1/models", 401), ("gemini", "/v1beta/models", 403)]
)
def test_vendors_want_a_key(kind: str, path: str, status: int) -> None:
    with FakeModelServer(kind=kind) as server:
        assert httpx2.get(server.root_url + path, trust_env=False).status_code == status
