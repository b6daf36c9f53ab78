"""Google Gemini as a provider: its addresses, its pages of models, how it is asked, and what its SDK must not heed."""

import asyncio
from collections.abc import Callable, Iterator
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
from core.providers.types.base import CallParts
from core.providers.types.google import TYPE
from core.runs.records import RunStatus
from core.services import Services
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.integration.agents_asked import ask_agent, run_alone
from tests.integration.test_providers import settled

KEY = "google-key-CANARY"
MODELS = ["gemini-one", "embed", "gemini-two", "ok"]
DETAILS = {"gemini-one": ModelDetails(context_tokens=2_097_152), "embed": ModelDetails(capabilities=("embedding",))}
Connect = Callable[..., ProviderRecord]


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    """Google with three models that answer and one that does not, two on a page."""
    with FakeModelServer(kind="gemini", api_key=KEY, models=MODELS, details=DETAILS) as running:
        running.state.page_size = 2
        yield running


@pytest.fixture
def connect(services: Services, server: FakeModelServer) -> Connect:
    """Make a provider and wait for its check."""

    def connect(**values: object) -> ProviderRecord:
        draft = {"name": "Gemini", "type": "google", "base_url": server.root_url, "api_key": KEY}
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


@pytest.mark.parametrize("pasted", ["", "/v1beta", "/v1beta/models"])
def test_whatever_is_pasted_is_kept_as_the_root(pasted: str) -> None:
    assert TYPE.clean_address(f"{TYPE.default_base_url}{pasted}") == "https://generativelanguage.googleapis.com"


def test_every_page_is_read_and_models_that_write_nothing_are_left_out(server: FakeModelServer) -> None:
    found = list_models(server)

    assert list(found) == ["gemini-one", "gemini-two", "ok"]
    assert found["gemini-one"].context_tokens == 2_097_152
    assert [request.path.partition("?")[2] for request in server.requests] == [
        "pageSize=1000",
        "pageSize=1000&pageToken=2",
    ]


def test_a_list_without_end_is_left_after_some_pages(server: FakeModelServer) -> None:
    server.models = [f"model-{number}" for number in range(50)]

    assert len(list_models(server)) == 20
    assert len(server.requests) == 10


def test_an_empty_list_is_no_fault(connect: Connect, server: FakeModelServer) -> None:
    server.models = []

    assert connect().diagnosis == Diagnosis.NO_MODELS


def test_the_key_is_in_a_header_and_never_in_a_url(
    connect: Connect, workshop: Workshop, server: FakeModelServer
) -> None:
    agent = workshop.make_agent(connect(), model_name="ok")

    assert run_alone(workshop, agent).status is RunStatus.PASSED
    for request in server.requests:
        assert request.headers["x-goog-api-key"] == KEY
        assert KEY not in request.path


def test_googles_400_for_a_wrong_key_is_told_as_one(connect: Connect) -> None:
    provider = connect(api_key="another-key")

    assert (provider.validation_status, provider.diagnosis) == (ValidationStatus.ERROR, Diagnosis.KEY_REFUSED)


def test_the_environment_is_not_heeded(
    connect: Connect, workshop: Workshop, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_CLIENT_MODE", "replay")
    agent = workshop.make_agent(connect(), model_name="ok")

    run = run_alone(workshop, agent)

    assert run.status is RunStatus.PASSED, run
    assert all("of-the-environment" not in request.headers.values() for request in server.requests)


@pytest.mark.parametrize("mode", OutputMode)
@pytest.mark.parametrize("model_name", ["ok", "models/ok"])
def test_each_way_of_asking_is_understood(server: FakeModelServer, mode: OutputMode, model_name: str) -> None:
    dialect = TYPE.find_dialect(base_url=server.root_url).model_copy(update={"output_mode": mode})

    answer = ask_agent(TYPE, server, key=KEY, dialect=dialect, model_name=model_name)

    (request,) = server.chat_requests
    body: dict[str, Any] = request.body
    config = body["generationConfig"]
    assert request.path == "/v1beta/models/ok:streamGenerateContent?alt=sse"
    assert answer["category"] == "billing"
    assert config["maxOutputTokens"] == 500
    assert ("tools" in body) == (mode is OutputMode.TOOL)
    assert ("responseJsonSchema" in config) == (mode is OutputMode.NATIVE)
    if mode is OutputMode.NATIVE:
        assert config["responseJsonSchema"]["properties"] == TRIAGE_SCHEMA["properties"]
