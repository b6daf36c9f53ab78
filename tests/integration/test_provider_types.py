"""Every type of provider against a fake of its server: it connects, lists models with details, and its runs pass."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from core.actors import LOCAL_USER
from core.errors import MissingPackageError
from core.providers.answers import BadAnswer
from core.providers.checking.calling import HttpCaller
from core.providers.diagnoses import Diagnosis
from core.providers.listings import ListedModel
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types import find_type, list_types
from core.providers.types.base import CallParts, Extra, ProviderType, require_extra
from core.runs.records import RunReason, RunRecord, RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.kinds import list_kinds
from tests.fake_server.traits import ModelDetails
from tests.integration.agents_asked import run_alone
from tests.integration.test_providers import settled

KEY = "a-key-of-sixteen"
WINDOW = ModelDetails(context_tokens=32_768, shutdown_date="2030-01-31")
PASSING = {"ok": 1, "wrong-then-right": 2, "server-error-first:1": 2}
"""Models whose runs pass, and how often each is asked until then."""
FAILING = {
    "truncated": RunReason.TRUNCATED,
    "unauthorized": RunReason.KEY_REFUSED,
    "rate-limited:60": RunReason.RATE_LIMITED,
    "redirect": RunReason.REQUEST_REFUSED,
    "cut-stream:2": RunReason.PROVIDER_UNREACHABLE,
    "html": RunReason.UNREADABLE_ANSWER,
}
"""Models whose runs fail, after being asked once."""
MODELS = [*PASSING, *FAILING]
MISSING = Extra("no-such-extra", ("no_such_module", "no_such_package.inside"))


@dataclass(frozen=True)
class Fake:
    """A kind of fake server, and the provider that is made of it."""

    type: str
    has_path: bool = False
    preset: str = ""
    options: dict[str, str] = field(default_factory=dict)
    tells_window: bool = True


FAKES = {
    "openai": Fake("openai", has_path=True, tells_window=False),
    "ollama": Fake("ollama"),
    "vllm": Fake("compatible", has_path=True, preset="vllm"),
    "lmstudio": Fake("compatible", has_path=True, preset="lmstudio"),
    "llamacpp": Fake("compatible", has_path=True, preset="llamacpp"),
    "azure": Fake("azure", options={"deployments": ", ".join(MODELS)}, tells_window=False),
    "anthropic": Fake("anthropic"),
    "gemini": Fake("google"),
    "bedrock": Fake("bedrock", options={"region": "eu-central-1"}, tells_window=False),
}


@pytest.fixture(params=FAKES)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Fake, FakeModelServer]]:
    """A fake server of each kind in turn, with the type it is for."""
    kind = request.param
    with FakeModelServer(kind=kind, models=MODELS, details=dict.fromkeys(MODELS, WINDOW)) as server:
        yield FAKES[kind], server


@contextmanager
def without_packages(kind: ProviderType) -> Iterator[None]:
    """Have a type miss a package while the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(kind), "extra", MISSING)
        yield


def connect(services: Services, fake: Fake, server: FakeModelServer) -> ProviderRecord:
    """Make a provider and wait for its check."""
    address = server.base_url if fake.has_path else server.root_url
    draft: dict[str, Any] = {"name": "P", "type": fake.type, "preset": fake.preset, "options": fake.options}
    made = ProviderDraft.model_validate({**draft, "base_url": address, "api_key": KEY})
    return settled(services, services.providers.create_provider(LOCAL_USER, made).id)


def list_models(fake: Fake, server: FakeModelServer) -> dict[str, ListedModel]:
    """Ask a server for its models as a check does."""
    kind = find_type(fake.type)

    async def ask() -> dict[str, ListedModel]:
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            address = server.base_url if fake.has_path else server.root_url
            parts = CallParts(
                base_url=address, http=http, api_key=SecretStr(KEY), options=fake.options, preset=fake.preset
            )
            caller = HttpCaller(kind, parts)
            listed = await kind.list_models(caller)
            return {model.name: model for model in await kind.describe_models(caller, listed, used=[])}

    return asyncio.run(ask())


def test_every_kind_of_server_and_every_type_is_tried() -> None:
    assert set(FAKES) == set(list_kinds())
    assert {fake.type for fake in FAKES.values()} == {one.name for one in list_types()} - {"builtin"}


def test_provider_connects_and_knows_its_models(services: Services, served: tuple[Fake, FakeModelServer]) -> None:
    provider = connect(services, *served)

    assert provider.validation_status is ValidationStatus.CONNECTED, provider
    assert provider.diagnosis == Diagnosis.CONNECTED
    assert set(provider.model_names) == set(MODELS)


def test_models_are_listed_with_what_the_server_tells(served: tuple[Fake, FakeModelServer]) -> None:
    found = list_models(*served)

    assert set(found) >= set(MODELS)
    if served[0].tells_window:
        assert {model.context_tokens for model in found.values()} == {32_768}


def run_all(
    services: Services, served: tuple[Fake, FakeModelServer], model_names: Iterable[str]
) -> dict[str, RunRecord]:
    """Run an agent on each of the models, all at once, and return the runs when they are over."""
    workshop = Workshop(services)
    provider, task = connect(services, *served), workshop.make_task()
    started = {}
    for name in model_names:
        agent = workshop.make_agent(provider, model_name=name, temperature=0.2, max_tokens=500)
        workshop.assign(agent, task)
        started[name] = workshop.start_run(agent, task)
    return {name: workshop.wait_for_end(run.id) for name, run in started.items()}


def test_structured_runs_pass_and_are_asked_again_for_what_is_wrong(
    services: Services, served: tuple[Fake, FakeModelServer]
) -> None:
    runs = run_all(services, served, PASSING)

    asked = Counter(request.model_name for request in served[1].chat_requests)
    assert asked == PASSING
    for run in runs.values():
        assert (run.status, run.reason) == (RunStatus.PASSED, RunReason.NONE), run
        assert run.result is not None
        assert run.result["category"] == "billing"
        assert (run.input_tokens or 0) * (run.output_tokens or 0) > 0
    assert all(KEY not in request.path for request in served[1].requests)


def test_failures_are_told_apart_and_hold_no_key(services: Services, served: tuple[Fake, FakeModelServer]) -> None:
    runs = run_all(services, served, FAILING)

    assert {name: run.reason for name, run in runs.items()} == FAILING
    asked = Counter(request.model_name for request in served[1].chat_requests)
    assert set(asked.values()) == {1}
    assert all(KEY not in run.model_dump_json() for run in runs.values())


@pytest.mark.parametrize("kind", [one for one in list_types() if one.extra is not None], ids=lambda one: one.name)
def test_a_missing_package_is_told_with_what_to_install(
    services: Services, workshop: Workshop, kind: ProviderType
) -> None:
    name = next(name for name, fake in FAKES.items() if fake.type == kind.name)
    with FakeModelServer(kind=name, models=MODELS) as server:
        agent = workshop.make_agent(connect(services, FAKES[name], server), model_name="ok")
        with without_packages(kind):
            with pytest.raises(MissingPackageError, match=kind.label):
                require_extra(kind)
            run = run_alone(workshop, agent)
            services.providers.check_provider(LOCAL_USER, agent.provider_id)
            checked = settled(services, agent.provider_id)

    assert (run.status, run.reason) == (RunStatus.FAILED, RunReason.EXTRA_MISSING)
    assert kind.label in run.message
    assert checked.diagnosis == Diagnosis.EXTRA_MISSING
    for hint in (run.hint, checked.validation_hint):
        assert MISSING.install_command in hint
    assert server.chat_requests == []


def test_a_key_that_is_refused_is_told_apart_from_another_kind_of_server(served: tuple[Fake, FakeModelServer]) -> None:
    fake, server = served
    server.api_key = "another-key"

    if fake.type == "ollama":  # its list wants no key
        return
    with pytest.raises(BadAnswer) as raised:
        list_models(fake, server)
    assert raised.value.status in (401, 403)
