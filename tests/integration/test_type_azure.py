"""Azure OpenAI as a provider: its two APIs, its deployments, and the header its key goes in."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import date

import pytest
from httpx2 import AsyncClient
from pydantic import ValidationError

from core.actors import LOCAL_USER
from core.providers.base_urls import clean_base_url
from core.providers.diagnoses import Diagnosis
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.providers.types.azure import TYPE
from core.providers.types.base import CallParts
from core.runs.records import RunReason, RunStatus
from core.services import Services
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.integration.test_providers import settled

KEY = "azure-resource-key"
DATED = {"api_version": "2024-10-21"}
RETIRED_AT = {"deprecation": {"fine_tune": 1_767_225_600, "inference": 1_798_761_600}}
Connect = Callable[..., ProviderRecord]


@pytest.fixture
def azure_server() -> Iterator[FakeModelServer]:
    """A resource with two base models that chat and one that does not."""
    details = {"ok": ModelDetails(extra=RETIRED_AT), "embed": ModelDetails(capabilities=("embedding",))}
    with FakeModelServer(kind="azure", api_key=KEY, models=["ok", "other", "embed"], details=details) as server:
        yield server


@pytest.fixture
def connect(services: Services, azure_server: FakeModelServer) -> Connect:
    """Make a provider of the resource and wait for its check."""

    def connect(*, api_key: str = KEY, **options: str) -> ProviderRecord:
        draft = {"name": "Azure", "type": "azure", "base_url": azure_server.root_url, "api_key": api_key}
        made = services.providers.create_provider(
            LOCAL_USER, ProviderDraft.model_validate({**draft, "options": options})
        )
        return settled(services, made.id)

    return connect


@pytest.mark.parametrize(
    "pasted",
    [
        "https://team.openai.azure.com/",
        "https://team.openai.azure.com/openai",
        "https://team.openai.azure.com/openai/v1/",
        "https://team.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
    ],
)
def test_whatever_the_portal_gives_is_kept_as_the_resource(pasted: str) -> None:
    draft = ProviderDraft.model_validate({"name": "A", "type": "azure", "base_url": pasted})

    assert clean_base_url(draft.base_url, provider_type="azure") == "https://team.openai.azure.com"


def test_an_address_is_needed_and_one_of_another_path_is_kept() -> None:
    draft = ProviderDraft.model_validate({"name": "A", "type": "azure"})

    assert (draft.base_url, TYPE.clean_address("https://x.example/openai-gate")) == (
        "",
        "https://x.example/openai-gate",
    )
    with pytest.raises(ValidationError, match="no field"):
        ProviderDraft.model_validate({"name": "A", "type": "azure", "options": {"region": "eu"}})


@pytest.mark.parametrize("options", [{}, DATED], ids=["v1", "dated"])
def test_the_base_models_that_can_chat_are_listed(
    connect: Connect, azure_server: FakeModelServer, options: dict[str, str]
) -> None:
    found = connect(**options)

    assert (found.validation_status, found.model_names) == (ValidationStatus.CONNECTED, ("ok", "other"))
    assert {request.headers["api-key"] for request in azure_server.requests} == {KEY}


def test_deployments_that_are_named_are_the_models(connect: Connect) -> None:
    found = connect(deployments="ok, triage ,,ok")

    assert found.model_names == ("ok", "triage")


@pytest.mark.parametrize(
    ("entry", "day"), [(RETIRED_AT, date(2027, 1, 1)), ({"deprecation": {"inference": 10**30}}, None)]
)
def test_the_day_a_model_retires_is_read(entry: dict[str, object], day: date | None) -> None:
    class Listing:
        parts = CallParts(base_url="https://team.openai.azure.com", http=AsyncClient())

        async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> object:
            return {"data": [{"id": "ok", **entry}]}

    [found] = asyncio.run(TYPE.list_models(Listing()))

    assert found.retires_on == day


@pytest.mark.parametrize("options", [{}, DATED], ids=["v1", "dated"])
@pytest.mark.parametrize(("model_name", "count"), [("ok", 1), ("wrong-then-right", 2)])
def test_a_structured_run_passes(
    workshop: Workshop,
    connect: Connect,
    azure_server: FakeModelServer,
    options: dict[str, str],
    model_name: str,
    count: int,
) -> None:
    agent, task = workshop.make_agent(connect(**options), model_name=model_name, max_tokens=99), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert (run.status, run.message) == (RunStatus.PASSED, "")
    assert len(azure_server.chat_requests) == count
    assert [request.headers.get("authorization") for request in azure_server.requests] == [None] * (count + 1)
    body = azure_server.chat_requests[0].body
    assert body["response_format"]["json_schema"]["schema"]["required"] == TRIAGE_SCHEMA["required"]
    assert (body.get("max_completion_tokens"), body.get("max_tokens")) == (99, None)


def test_nothing_of_the_environment_goes_out(
    workshop: Workshop, connect: Connect, azure_server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "OPENAI_ORG_ID",
        "OPENAI_PROJECT_ID",
        "AZURE_OPENAI_AD_TOKEN",
        "AZURE_OPENAI_API_KEY",
        "OPENAI_API_KEY",
    ):
        monkeypatch.setenv(name, "of-the-environment")
    monkeypatch.setenv("OPENAI_API_VERSION", "2020-01-01")
    agent, task = workshop.make_agent(connect(**DATED)), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert run.status is RunStatus.PASSED
    told = str([(request.path, request.headers) for request in azure_server.requests])
    assert "of-the-environment" not in told
    assert "2020-01-01" not in told


def test_a_refused_key_is_told_by_the_check_and_by_the_run(workshop: Workshop, connect: Connect) -> None:
    provider = connect(api_key="another-key")
    agent, task = workshop.make_agent(provider), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert (provider.diagnosis, run.reason) == (Diagnosis.KEY_REFUSED, RunReason.KEY_REFUSED)
    assert "another-key" not in provider.model_dump_json() + run.model_dump_json()
