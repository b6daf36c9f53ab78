"""Each diagnosis of an answer, provoked at a real socket, and the sentence and the next step it comes with."""

import json

import pytest

from core.providers.checking.listed import explain_models
from core.providers.diagnoses import Diagnosis
from core.providers.listings import ListedModel
from core.providers.types import find_type
from tests.fake_model_server import FakeModelServer
from tests.integration.checked import KEY, check, connect, expect
from tests.integration.scripted_server import Page, serving

MODELS = Page(json.dumps({"object": "list", "data": [{"id": "qwen3-8b", "object": "model"}]}))


def test_a_gateway_that_says_that_it_wants_https() -> None:
    said = Page("Client sent an HTTP request to an HTTPS server.\n", 400)
    with serving(other=said) as server:
        found = check(connect(server.origin + "/v1"))

    expect(found, Diagnosis.TLS_FAULT, message="speaks https", hint="https://")
    assert server.paths == ["/v1/models"]


SIGN_IN = "<!doctype html><html><head><title>Sign in</title></head></html>"
PROXIES = {
    "wants a password": (Page("", 407), "a proxy on the way to it, which wants a password (HTTP 407)"),
    "squid": (Page("<html>", 503, {"X-Squid-Error": "ERR_DNS_FAIL 0"}), "a Squid proxy"),
    "zscaler": (Page("<html>", 403, {"Server": "Zscaler/6.2"}), "a Zscaler gateway"),
    "captive portal": (Page(SIGN_IN, 511), "a network that wants a sign-in first"),
    "challenge": (Page(SIGN_IN, 403, {"Server": "cloudflare", "Cf-Mitigated": "challenge"}), "Cloudflare"),
    "page with via": (Page(SIGN_IN, 200, {"Via": "1.1 gate.example (\x07old)"}), "a proxy (1.1 gate.example (old))"),
}


@pytest.mark.parametrize(("page", "named"), PROXIES.values(), ids=PROXIES)
def test_something_in_between_answers(page: Page, named: str) -> None:
    with serving(other=page) as server:
        found = check(connect(server.origin + "/v1", key=KEY))

    expect(found, Diagnosis.PROXY, message=named, hint="Benchtop uses no proxy")
    assert server.paths == ["/v1/models"]


def test_a_key_that_is_refused_and_one_that_is_missing() -> None:
    said = Page(json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}}), 401)
    with serving(other=said) as server:
        refused = check(connect(server.origin + "/v1", key=KEY))
        missing = check(connect(server.origin + "/v1"))

    expect(refused, Diagnosis.KEY_REFUSED, message="refused the key (HTTP 401)", hint="paste a current key")
    assert "“Incorrect API key provided: [secret].”" in refused.message
    expect(missing, Diagnosis.KEY_MISSING, message="wants a key, and none is stored", hint="paste a current key")


def test_a_key_that_may_not_do_this() -> None:
    with serving(other=Page("{}", 403)) as server:
        found = check(connect(server.origin + "/v1", key=KEY))

    expect(found, Diagnosis.KEY_REFUSED, message="may not do this (HTTP 403)", hint="allowed to do")


def test_a_key_that_cannot_be_opened() -> None:
    with serving({"/v1/models": MODELS}) as server:
        connection = connect("http://127.0.0.1:1/v1", key=KEY)
        found = check(connection.model_copy(update={"base_url": server.origin + "/v1"}))

    assert found.diagnosis is Diagnosis.KEY_LOCKED
    assert server.asked == []


PATHS = {
    "": "/v1",
    "/v1/chat/completions": "/v1",
    "/v1/v1": "/v1",
    "/gateway": "/gateway/v1",
    "/v1": "/api/v1",
    "/x": "/openai/v1",
}


@pytest.mark.parametrize(("given", "right"), PATHS.items(), ids=[path or "none" for path in PATHS])
def test_an_address_with_the_wrong_path_and_the_right_one_found(given: str, right: str) -> None:
    with serving({f"{right}/models": MODELS}) as server:
        found = check(connect(server.origin + given, key=KEY))

    expect(found, Diagnosis.NOT_FOUND, message="but not at the path", hint=server.origin + right)
    assert found.suggested_base_url == server.origin + right


def test_an_ollama_below_a_path_and_one_at_an_openai_address() -> None:
    tags = Page(json.dumps({"models": [{"name": "qwen3:8b"}]}))
    ollama = {"/": Page("Ollama is running"), "/api/tags": tags, "/api/version": Page('{"version": "0.12.0"}')}
    with serving(ollama) as server:
        below = check(connect(server.origin + "/api/tags", provider_type="ollama"))
        taken_for_openai = check(connect(server.origin + "/v1"))

    expect(below, Diagnosis.NOT_FOUND, message="like an Ollama server, but not at the path", hint=server.origin)
    assert below.suggested_base_url == server.origin
    expect(taken_for_openai, Diagnosis.WRONG_KIND, message="It is Ollama.", hint="choose the type “Ollama”")


@pytest.mark.parametrize(
    ("kind", "named"), [("vllm", "It is vLLM."), ("llamacpp", "It is llama.cpp."), ("lmstudio", "It is LM Studio.")]
)
def test_another_server_where_ollama_was_expected(kind: str, named: str) -> None:
    with FakeModelServer(kind=kind) as server:
        found = check(connect(server.root_url, provider_type="ollama"))

    expect(found, Diagnosis.WRONG_KIND, message=named, hint=f"and the address {server.root_url}/v1")


def test_lm_studio_without_v1_is_found_below_it() -> None:
    with FakeModelServer(kind="lmstudio") as server:
        found = check(connect(server.root_url))

    expect(found, Diagnosis.NOT_FOUND, message="not at the path /", hint=server.base_url)


def page(title: str) -> Page:
    return Page(f"<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>")


HEALTH = Page(json.dumps({"status": "ok", "database": "ok", "migrations": "current", "version": "1"}))
STRANGERS = {
    "open webui": ({}, page("Open WebUI"), "It is Open WebUI."),
    "nginx": ({}, page("Welcome to nginx!"), "It is a page of nginx."),
    "apache": ({}, page("Apache2 Ubuntu Default Page: It works"), "It is a page of Apache."),
    "any page": (
        {},
        page("Our \x1b[31mintranet &amp; wiki" + "y" * 500),
        "It is a web page titled “Our [31mintranet & wiki",
    ),
    "benchtop": ({"/api/health": HEALTH}, page("Streamlit"), "It is Benchtop itself."),
    "other json": ({}, Page('{"hello": "world"}'), "its answer holds no list of data"),
    "a list": ({}, Page("[]"), "its answer holds no list of data"),
    "no json": ({}, Page("hello"), "something that is not JSON"),
}


@pytest.mark.parametrize(("pages", "other", "named"), STRANGERS.values(), ids=STRANGERS)
def test_another_kind_of_server(pages: dict[str, Page], other: Page, named: str) -> None:
    with serving(pages, other=other) as server:
        found = check(connect(server.origin + "/v1", key=KEY))

    expect(found, Diagnosis.WRONG_KIND, message=named)
    assert len(found.message) < 400
    without_key = [path for path, headers in server.asked if KEY not in str(headers)]
    assert set(without_key) >= {"/", "/api/version", "/api/health"}


def test_nothing_at_all_at_the_path() -> None:
    with serving() as server:
        found = check(connect(server.origin + "/gateway"))

    expect(found, Diagnosis.NOT_FOUND, message="no such address (HTTP 404)", hint=f"try {server.origin}/gateway/v1")


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("/v1/models?key=secret", "points to the same server: /v1/models. If"),
        ("https://elsewhere.example/v1/models", "points to another server: https://elsewhere.example/v1/models"),
    ],
)
def test_a_redirect_is_told_and_not_followed(target: str, hint: str) -> None:
    with serving(other=Page("", 308, {"Location": target})) as server:
        found = check(connect(server.origin + "/v1"))

    expect(found, Diagnosis.REDIRECTED, message="redirects elsewhere (HTTP 308), which is not followed", hint=hint)
    assert server.paths == ["/v1/models"]


def test_a_server_that_limits_and_one_with_a_fault() -> None:
    with serving({"/v1/models": Page("{}", 429), "/broken/models": Page("{}", 500)}) as server:
        limited = check(connect(server.origin + "/v1"))
        broken = check(connect(server.origin + "/broken"))

    expect(limited, Diagnosis.RATE_LIMITED, message="limiting requests", hint="Wait a minute")
    expect(broken, Diagnosis.SERVER_FAULT, message="a fault of its own (HTTP 500)", hint="that server's log")


def test_a_gateway_whose_server_is_away() -> None:
    with serving(other=Page("<html><title>502 Bad Gateway</title>", 502, {"Server": "nginx/1.27"})) as server:
        found = check(connect(server.origin + "/v1"))

    expect(found, Diagnosis.SERVER_FAULT, message="nginx/1.27 in front of", hint="the server behind it runs")


def test_models_that_are_still_loading() -> None:
    hugging = Page(json.dumps({"error": "Model some/model is currently loading", "estimated_time": 20.0}), 503)
    with FakeModelServer(kind="llamacpp") as llama, serving(other=hugging) as endpoint:
        llama.state.is_loading = True
        found = [check(connect(llama.base_url)), check(connect(endpoint.origin + "/v1"))]

    for outcome in found:
        assert outcome.diagnosis is Diagnosis.MODEL_LOADING
        assert not outcome.is_connected
        assert "still loading its model" in outcome.message
        assert "Wait until it is loaded" in outcome.hint


def test_no_models_and_none_that_agents_use() -> None:
    with FakeModelServer(kind="ollama", models=["qwen3:8b", "llama3.2:latest"]) as server:
        connection = connect(server.root_url, provider_type="ollama")
        missing = check(connection, used={"qwen3:32b": ["Sorter", "Reader"], "llama3.2": ["Fine"]})
        server.state.models.clear()
        none = check(connection, used={"qwen3:32b": ["Sorter"]})

    told = "Connected: 2 models, but not “qwen3:32b”, which “Sorter” and “Reader” use."
    expect(missing, Diagnosis.MODEL_MISSING, message=told, hint="The nearest name it lists is “qwen3:8b”.")
    assert "ollama pull qwen3:32b" in missing.hint
    expect(none, Diagnosis.NO_MODELS, message="no model yet", hint="ollama pull")


def test_a_model_that_is_not_in_memory_yet() -> None:
    with FakeModelServer(kind="ollama", models=["big:latest", "small:1b"]) as server:
        connection = connect(server.root_url, provider_type="ollama")
        cold = check(connection, used={"big": ["Sorter"]})
        server.state.loaded.add("big:latest")
        warm = check(connection, used={"big": ["Sorter"]})

    expect(cold, Diagnosis.MODEL_LOADING, message="“big”, which “Sorter” uses, is not in memory", hint="Warm it up")
    assert cold.waiting_model == "big"
    expect(warm, Diagnosis.CONNECTED, message="Connected: 2 models.")
    assert warm.waiting_model == ""


def test_a_list_that_is_slow_to_come() -> None:
    models = [ListedModel(name="a")]

    found = explain_models(models, listed_count=1, kind=find_type("compatible"), used={}, seconds=5.1)

    expect(found, Diagnosis.SLOW, message="Connected: 1 model, but the list took longer than 5 s", hint="busy")


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(find_type("anthropic"))
    absent = kind.extra
    assert absent is not None
    monkeypatch.setattr(kind, "extra", type(absent)(absent.name, ("no_such_module",)))

    found = check(connect("http://127.0.0.1:9", provider_type="anthropic"))

    expect(found, Diagnosis.EXTRA_MISSING, message="not installed: no_such_module", hint="pip install")


def test_words_of_a_server_are_cut_and_cleaned() -> None:
    with serving(other=Page(json.dumps({"error": "No\x1b[2J\n\t way" + "!" * 1_500}), 401)) as server:
        found = check(connect(server.origin + "/v1", key=KEY))

    expect(found, Diagnosis.KEY_REFUSED, message="“No[2J way!!!")
    assert len(found.message) < 300
