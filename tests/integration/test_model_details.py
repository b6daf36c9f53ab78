"""What servers tell of their models, as far as it can be read and believed."""

import json
from datetime import date
from typing import Any

import pytest

from core.providers.discovery.entries import read_openai_models
from core.providers.listings import ListedModel
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.integration.checked import check, connect
from tests.integration.scripted_server import Page, serving

SAID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "openai": ({"shutdown_date": "2027-01-31"}, {"retires_on": date(2027, 1, 31)}),
    "vllm": ({"max_model_len": 32_768, "root": "m"}, {"context_tokens": 32_768}),
    "llama.cpp": (
        {"meta": {"n_ctx": 4_096, "n_ctx_train": 8_192, "n_params": 8_190_735_360, "size": 5_027_783_488}},
        {"context_tokens": 4_096, "parameter_size": "8.2B", "size_bytes": 5_027_783_488},
    ),
    "llama.cpp of many": ({"status": {"value": "unloaded"}}, {"is_loaded": False}),
    "openrouter": (
        {"context_length": 131_072, "architecture": {"input_modalities": ["text", "image"]}, "expiration_date": None},
        {"context_tokens": 131_072, "modalities": ("text", "image")},
    ),
    "mistral": (
        {
            "max_context_length": 131_072,
            "capabilities": {"completion_chat": True, "vision": False, "function_calling": True},
            "deprecation": "2026-11-30T12:00:00Z",
            "type": "base",
        },
        {
            "context_tokens": 131_072,
            "modalities": ("completion_chat", "function_calling"),
            "retires_on": date(2026, 11, 30),
        },
    ),
    "groq": ({"context_window": 8_192, "active": True}, {"context_tokens": 8_192}),
    "together": ({"context_length": 16_384, "type": "chat"}, {"context_tokens": 16_384, "modalities": ("chat",)}),
    "fireworks": (
        {"context_length": 9, "supports_image_input": True},
        {"context_tokens": 9, "modalities": ("vision",)},
    ),
    "lm studio": (
        {"type": "vlm", "quantization": "Q4_K_M", "state": "not-loaded", "max_context_length": 40_960},
        {"modalities": ("vlm",), "quantization": "Q4_K_M", "is_loaded": False, "context_tokens": 40_960},
    ),
    "seconds since 1970": ({"shutdown_date": 1_800_000_000}, {"retires_on": date(2027, 1, 15)}),
    "nonsense": (
        {"context_length": -1, "meta": [], "architecture": "x", "capabilities": 7, "shutdown_date": "soon", "state": 3},
        {},
    ),
    "more nonsense": ({"max_model_len": True, "context_length": 1e400, "n_ctx": 2**70, "status": "loaded"}, {}),
}


@pytest.mark.parametrize(("said", "known"), SAID.values(), ids=SAID)
def test_what_servers_with_openais_api_tell_of_a_model_is_read(said: dict[str, Any], known: dict[str, Any]) -> None:
    models = read_openai_models({"data": [{"id": "m", "object": "model", **said}]})

    assert models == [ListedModel(name="m", **known)]


def test_a_bare_list_is_read_as_together_sends_it() -> None:
    with serving({"/v1/models": Page(json.dumps([{"id": "b", "context_length": 5}, {"id": "a"}]))}) as server:
        found = check(connect(server.origin + "/v1", preset="together"))

    assert found.models == (ListedModel(name="a"), ListedModel(name="b", context_tokens=5))


def test_ollama_tells_size_window_what_is_loaded_and_what_a_model_can_do() -> None:
    told = ModelDetails(
        context_tokens=40_960, size_bytes=5, parameter_size="8.2B", quantization="Q4_K_M", capabilities=("vision",)
    )
    with FakeModelServer(kind="ollama", models=["qwen3:8b"], details={"qwen3:8b": told}) as server:
        server.state.loaded.add("qwen3:8b")
        found = check(connect(server.root_url, provider_type="ollama"))

    assert found.models == (
        ListedModel(
            name="qwen3:8b",
            context_tokens=40_960,
            size_bytes=5,
            parameter_size="8.2B",
            quantization="Q4_K_M",
            is_loaded=True,
            modalities=("vision",),
        ),
    )


def test_only_so_many_models_are_asked_about_those_in_use_first() -> None:
    names = [f"model-{number:03}" for number in range(60)]
    with FakeModelServer(kind="ollama", models=names) as server:
        found = check(connect(server.root_url, provider_type="ollama"), used={"model-059": ["Sorter"]})
        shown = [request.model_name for request in server.requests if request.path == "/api/show"]

    assert len(found.models) == 60
    assert len(shown) == 21
    assert "model-059" in shown


def test_details_that_cannot_be_had_do_no_harm() -> None:
    with FakeModelServer(kind="ollama", models=["a"]) as server:
        server.set_mode("server-error", path="/api/show")
        without_window = check(connect(server.root_url, provider_type="ollama"))
        server.set_mode("hang-up", path="/api/ps")
        without_loaded = check(connect(server.root_url, provider_type="ollama"))

    assert (without_window.is_connected, without_window.models[0].is_loaded) == (True, False)
    assert (without_loaded.is_connected, without_loaded.models[0].is_loaded) == (True, None)


def test_lm_studio_tells_more_by_its_own_list() -> None:
    told = ModelDetails(context_tokens=4_096, quantization="Q8_0", capabilities=("vision",))
    with FakeModelServer(kind="lmstudio", models=["qwen3-8b"], details={"qwen3-8b": told}) as server:
        found = check(connect(server.base_url, preset="lmstudio"))

    expected = {"context_tokens": 4_096, "quantization": "Q8_0", "is_loaded": False, "modalities": ("vlm",)}
    assert found.models == (ListedModel(name="qwen3-8b", **expected),)


def test_llama_cpp_tells_the_window_it_was_started_with() -> None:
    props = Page(json.dumps({"default_generation_settings": {"n_ctx": 2_048}}))
    listed = Page(json.dumps({"data": [{"id": "m", "meta": {"n_ctx_train": 40_960}}]}))
    with serving({"/v1/models": listed, "/props": props}) as server:
        found = check(connect(server.origin + "/v1", preset="llamacpp"))

    assert found.models == (ListedModel(name="m", context_tokens=2_048),)


def test_litellm_tells_windows_beside_its_list() -> None:
    told = Page(json.dumps({"data": [{"model_name": "m", "model_info": {"max_input_tokens": 7, "max_tokens": 3}}]}))
    with serving({"/v1/models": Page('{"data": [{"id": "m"}]}'), "/model/info": told}) as server:
        found = check(connect(server.origin + "/v1", preset="litellm"))

    assert found.models == (ListedModel(name="m", context_tokens=7),)


def test_a_name_that_repeats_the_key_is_not_kept() -> None:
    key = "sk-listed-canary-key"
    names = [{"id": "fine", "quantization": "x\x00y"}, {"id": f"hello {key}"}]
    with serving({"/v1/models": Page(json.dumps({"data": names}))}) as server:
        found = check(connect(server.origin + "/v1", key=key))

    assert found.models == (ListedModel(name="fine"),)


def test_hostile_lists_are_borne() -> None:
    entries = [{"id": "名" * 300, "context_length": [], "meta": {"n_ctx": "9"}}, {"id": 7}, "x", None]
    many = [{"id": f"m{number}"} for number in range(5_000)]
    with serving({"/v1/models": Page(json.dumps({"data": entries + many}))}) as server:
        found = check(connect(server.origin + "/v1"), used={"z" * 300: ["Sorter"]})

    assert found.is_connected
    assert len(found.models) == 1_997
