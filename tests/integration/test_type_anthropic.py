"""Anthropic as a provider: its addresses, its pages of models, how it is asked, and what its SDK must not heed."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from core.actors import LOCAL_USER
from core.providers.checking.calling import HttpCaller
from core.providers.diagnoses import Diagnosis
from core.providers.dialects import OutputMode
from core.providers.listings import ListedModel
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types.anthropic import TYPE
from core.providers.types.base import CallParts
from core.runs.records import RunReason, RunStatus
from core.services import Services
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.integration.agents_asked import ask_agent, run_alone
from tests.integration.test_providers import settled

KEY = "anthropic-key-CANARY"
MODELS = ["claude-one", "claude-two", "claude-three", "ok"]
DETAILS = {
    "claude-one": ModelDetails(context_tokens=1_000_000, capabilities=("vision",)),
    "claude-two": ModelDetails(shutdown_date="2027-03-01"),
}
# As the format of an answer, Anthropic takes no bounds: the SDK leaves them out.
PLAIN_SCHEMA = {**TRIAGE_SCHEMA, "properties": {"category": {"enum": ["billing", "bug"]}}, "required": ["category"]}
Connect = Callable[..., ProviderRecord]


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    """Anthropic with four models, two on a page."""
    with FakeModelServer(kind="anthropic", api_key=KEY, models=MODELS, details=DETAILS) as running:
        running.state.page_size = 2
        yield running


@pytest.fixture
def connect(services: Services, server: FakeModelServer) -> Connect:
    """Make a provider and wait for its check."""

    def connect(**values: object) -> ProviderRecord:
        draft = {"name": "Claude", "type": "anthropic", "base_url": server.root_url, "api_key": KEY}
        made = ProviderDraft.model_validate({**draft, **values})
        return settled(services, services.providers.create_provider(LOCAL_USER, made).id)

    return connect


def list_models(server: FakeModelServer) -> dict[str, ListedModel]:
    """Ask for the models as a check does."""

    async def ask() -> dict[str, ListedModel]:
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            parts = CallParts(base_url=server.root_url, http=http, api_key=SecretStr(KEY))
            return {model.name: model for model in await TYPE.list_models(HttpCaller(TYPE, parts))}

    return asyncio.run(ask())


@pytest.mark.parametrize("pasted", ["", "/", "/v1", "/v1/", "/v1/messages"])
def test_whatever_is_pasted_is_kept_as_the_root(pasted: str) -> None:
    draft = ProviderDraft.model_validate(
        {"name": "A", "type": "anthropic", "base_url": f"https://api.anthropic.com{pasted}", "api_key": KEY}
    )

    assert TYPE.clean_address(draft.base_url) == "https://api.anthropic.com"


def test_a_blank_address_is_anthropics_own() -> None:
    draft = ProviderDraft.model_validate({"name": "A", "type": "anthropic", "api_key": KEY})

    assert draft.base_url == "https://api.anthropic.com"


def test_every_page_of_models_is_read_with_window_inputs_and_retirement(server: FakeModelServer) -> None:
    found = list_models(server)

    assert list(found) == MODELS
    assert (found["claude-one"].context_tokens, found["claude-one"].modalities) == (1_000_000, ("text", "image"))
    assert found["claude-two"].retires_on == date(2027, 3, 1)
    assert [request.path.partition("?")[2] for request in server.requests] == [
        "limit=1000",
        "limit=1000&after_id=claude-two",
    ]


def test_a_list_without_end_is_left_after_some_pages(server: FakeModelServer) -> None:
    server.models = [f"model-{number}" for number in range(50)]

    assert len(list_models(server)) == 20
    assert len(server.requests) == 10


def test_key_and_version_are_in_the_headers_of_every_request(connect: Connect, server: FakeModelServer) -> None:
    provider = connect()

    assert provider.validation_status is ValidationStatus.CONNECTED
    for request in server.requests:
        assert request.key == KEY
        assert request.headers["anthropic-version"] == "2026-10-21"
        assert KEY not in request.path


def test_a_wrong_key_is_told(connect: Connect) -> None:
    provider = connect(api_key="another-key")

    assert (provider.validation_status, provider.diagnosis) == (ValidationStatus.ERROR, Diagnosis.KEY_REFUSED)


def test_the_environment_is_not_heeded(
    connect: Connect, workshop: Workshop, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "of-the-environment")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "of-the-environment")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Extra: of-the-environment")
    agent = workshop.make_agent(connect(), model_name="ok")

    run = run_alone(workshop, agent)

    assert run.status is RunStatus.PASSED, run
    assert all("of-the-environment" not in request.headers.values() for request in server.requests)
    assert server.chat_requests[-1].key == KEY


@pytest.mark.parametrize("mode", OutputMode)
def test_each_way_of_asking_is_understood(server: FakeModelServer, mode: OutputMode) -> None:
    dialect = TYPE.find_dialect(base_url=server.root_url).model_copy(update={"output_mode": mode})

    answer = ask_agent(TYPE, server, key=KEY, dialect=dialect, schema=PLAIN_SCHEMA)

    (request,) = server.chat_requests
    body: dict[str, Any] = request.body
    assert answer["category"] == "billing"
    assert body["max_tokens"] == 500
    assert ("tools" in body) == (mode is OutputMode.TOOL)
    assert ("output_config" in body) == (mode is OutputMode.NATIVE)
    if mode is OutputMode.TOOL:
        assert body["tool_choice"] == {"type": "any"}
        assert body["tools"][0]["input_schema"]["properties"] == PLAIN_SCHEMA["properties"]


def test_the_tool_takes_the_schema_as_it_is() -> None:
    dialect = TYPE.find_dialect(base_url="https://api.anthropic.com")

    assert dialect.output_mode is OutputMode.TOOL
    with FakeModelServer(kind="anthropic") as server:
        schema = {**TRIAGE_SCHEMA, "additionalProperties": {"type": "integer"}}
        ask_agent(TYPE, server, key=KEY, dialect=dialect, schema=schema)
        sent = server.chat_requests[0].body["tools"][0]["input_schema"]

    assert sent["additionalProperties"] == {"type": "integer"}


def test_an_overloaded_server_is_asked_again_by_the_transport_alone(
    connect: Connect, workshop: Workshop, server: FakeModelServer
) -> None:
    provider = connect()
    once = workshop.make_agent(provider, model_name="overloaded-first:1")
    always = workshop.make_agent(provider, model_name="overloaded")

    assert run_alone(workshop, once).status is RunStatus.PASSED
    assert len(server.chat_requests) == 2

    run = run_alone(workshop, always)
    assert (run.reason, "529" in run.message) == (RunReason.PROVIDER_FAULT, True), run
    assert len(server.chat_requests) == 2 + 3
