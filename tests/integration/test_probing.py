"""A probe finds out what a server does, in at most ten tiny questions, and whatever happens it ends with a sentence."""

import json
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError, NotFoundError, StateConflictError
from core.providers.dialects import (
    DialectFindings,
    MaxTokensField,
    OutputMode,
    SchemaSupport,
    Support,
)
from core.providers.probing.prober import MAX_QUESTIONS
from core.providers.probing.records import DialectRecord
from core.providers.probing.service import DialectService
from core.providers.records import ProviderChange, ProviderDraft, ProviderLimits, ProviderRecord
from core.providers.transport import OutboundPolicy
from core.runs.records import RunStatus
from core.services import Services
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import Traits
from tests.integration.own_services import read_everything
from tests.integration.test_provider_types import FAKES, KEY, MODELS

ASKED = "/v1/chat/completions"


def connect(services: Services, url: str, **values: Any) -> ProviderRecord:  # Any: fields of a draft
    """Make a plain compatible provider, of which nothing is known."""
    draft = {"name": "P", "type": "compatible", "base_url": url, **values}
    return services.providers.create_provider(LOCAL_USER, ProviderDraft.model_validate(draft))


def probe(services: Services, provider: ProviderRecord, model_name: str = "ok") -> DialectRecord:
    """Probe a model and wait for the end."""
    services.dialects.start_probe(LOCAL_USER, provider.id, model_name)
    return ended(services, provider, model_name)


def ended(services: Services, provider: ProviderRecord, model_name: str = "ok") -> DialectRecord:
    def read() -> DialectRecord:
        return services.dialects.get_dialect(LOCAL_USER, provider.id, model_name)

    wait_until(lambda: not read().is_probing, what="the probe to end")
    return read()


FINDINGS: dict[str, tuple[Traits, dict[str, object]]] = {
    "everything": (
        Traits(),
        {
            "json_schema": SchemaSupport.ENFORCED,
            "output_mode": OutputMode.NATIVE,
            "tools": Support.YES,
            "tool_choice": Support.YES,
            "json_object": Support.YES,
            "streaming": Support.YES,
            "usage": Support.YES,
            "max_tokens_field": MaxTokensField.MAX_TOKENS,
            "system_messages": Support.YES,
            "seed": Support.YES,
        },
    ),
    "schema ignored": (
        Traits(schema="ignored"),
        {"json_schema": SchemaSupport.IGNORED, "output_mode": OutputMode.TOOL},
    ),
    "schema refused": (
        Traits(schema="refused"),
        {"json_schema": SchemaSupport.REFUSED, "output_mode": OutputMode.TOOL},
    ),
    "schema ignored, no tools": (
        Traits(schema="ignored", tools=False),
        {"tools": Support.NO, "tool_choice": Support.NO, "output_mode": OutputMode.PROMPTED},
    ),
    "tools cannot be demanded": (
        Traits(schema="ignored", tool_choice=False),
        {"tools": Support.YES, "tool_choice": Support.NO, "output_mode": OutputMode.PROMPTED},
    ),
    "no object": (Traits(json_object=False), {"json_object": Support.NO}),
    "does not stream": (Traits(streams=False), {"streaming": Support.NO}),
    "tells no usage": (Traits(tells_usage=False), {"streaming": Support.YES, "usage": Support.NO}),
    "the old limit": (
        Traits(max_tokens_fields=frozenset({"max_tokens"})),
        {"max_tokens_field": MaxTokensField.MAX_TOKENS},
    ),
    "the new limit": (
        Traits(max_tokens_fields=frozenset({"max_completion_tokens"})),
        {"max_tokens_field": MaxTokensField.MAX_COMPLETION_TOKENS},
    ),
    "no limit": (Traits(max_tokens_fields=frozenset()), {"max_tokens_field": MaxTokensField.NEITHER}),
    "no system messages": (Traits(system=False), {"system_messages": Support.NO}),
    "no seed": (Traits(seed=False), {"seed": Support.NO}),
}


@pytest.mark.parametrize(("traits", "expected"), FINDINGS.values(), ids=FINDINGS)
def test_each_finding_both_ways(services: Services, traits: Traits, expected: dict[str, object]) -> None:
    with FakeModelServer(traits=traits) as server:
        record = probe(services, connect(services, server.base_url))

        asked = server.chat_requests

    assert record.probe_note == ""
    assert {name: getattr(record.effective, name) for name in expected} == expected
    assert len(asked) <= MAX_QUESTIONS
    assert max(len(json.dumps(request.body)) for request in asked) < 600


@pytest.mark.parametrize("kind", FAKES)
def test_every_kind_of_server_is_probed_and_then_asked_as_found(
    services: Services, workshop: Workshop, kind: str
) -> None:
    fake = FAKES[kind]
    with FakeModelServer(kind=kind, models=MODELS) as server:
        address = server.base_url if fake.has_path else server.root_url
        options = {"type": fake.type, "preset": fake.preset, "options": fake.options, "api_key": KEY}
        provider = connect(services, address, **options)
        record = probe(services, provider)
        agent, task = workshop.make_agent(provider), workshop.make_task()
        workshop.assign(agent, task)
        run = workshop.run(agent, task)

    assert record.probe_note == ""
    assert record.kept.probed_with == "ok"
    assert record.effective.output_mode is not None
    assert services.dialects.get_dialect(LOCAL_USER, provider.id).kept.probed.json_schema is not None
    assert record.effective.streaming is Support.YES
    assert run.status is RunStatus.PASSED, run


NOTES = {
    "unauthorized": "refused the key (HTTP 401)",
    "not-found": "no such model or address (HTTP 404)",
    "rate-limited:60": "limiting requests (HTTP 429)",
    "server-error": "refused (HTTP 500)",
    "redirect": "redirects elsewhere",
    "html": "could not be read",
    "hang-up": "ended the connection",
    "deep-json": "could not be read",
    "empty": "empty or cut off",
}


@pytest.mark.parametrize(("mode", "note"), NOTES.items(), ids=NOTES)
def test_a_probe_that_finds_nothing_says_why(services: Services, mode: str, note: str) -> None:
    with FakeModelServer() as server:
        server.set_mode(mode, path=ASKED)
        provider = connect(services, server.base_url, api_key=KEY)
        record = probe(services, provider)

    assert note in record.probe_note
    assert KEY not in record.probe_note
    assert KEY not in read_everything(services.database)


def test_a_dead_server_ends_the_probe_with_a_sentence(services: Services, unused_port: int) -> None:
    record = probe(services, connect(services, f"http://127.0.0.1:{unused_port}/v1"))

    assert "Nothing answers" in record.probe_note
    assert record.kept.probed == DialectFindings()


def test_a_server_that_never_answers_is_given_up_in_time(services: Services, model_server: FakeModelServer) -> None:
    model_server.set_mode("hang", path=ASKED)
    hasty = _build_service(services, probe_seconds=0.5)
    provider = connect(services, model_server.base_url)

    hasty.start_probe(LOCAL_USER, provider.id, "ok")

    assert "not through after 0.5 s" in ended(services, provider).probe_note


def test_saving_the_provider_gives_the_probe_up(services: Services, model_server: FakeModelServer) -> None:
    model_server.set_mode("hang", path=ASKED)
    provider = connect(services, model_server.base_url)
    services.dialects.start_probe(LOCAL_USER, provider.id, "ok")
    model_server.wait_until(lambda requests: any(request.path == ASKED for request in requests))

    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(name="Another"))

    assert "changed meanwhile" in ended(services, provider).probe_note


def test_one_probe_at_a_time(services: Services, model_server: FakeModelServer) -> None:
    model_server.set_mode("hang", path=ASKED)
    provider = connect(services, model_server.base_url)

    first = services.dialects.start_probe(LOCAL_USER, provider.id, "ok")
    again = services.dialects.start_probe(LOCAL_USER, provider.id, "ok")

    assert first.is_probing
    assert again.kept == first.kept
    assert services.dialects.get_dialect(LOCAL_USER, provider.id).is_probing
    with pytest.raises(StateConflictError, match="being probed"):
        services.dialects.start_probe(LOCAL_USER, provider.id, "slow")
    services.providers.delete_provider(LOCAL_USER, provider.id)


def test_the_first_model_speaks_for_the_server_and_others_for_themselves(services: Services) -> None:
    with FakeModelServer(traits=Traits(schema="ignored")) as server:
        provider = connect(services, server.base_url)
        probe(services, provider, "ok")
        server.set_mode("prose", path=ASKED)
        other = probe(services, provider, "other")

    whole, *models = services.dialects.list_dialects(LOCAL_USER, provider.id)
    assert (whole.model_name, [model.model_name for model in models]) == ("", ["ok", "other"])
    assert whole.kept.probed.json_schema is SchemaSupport.IGNORED
    assert whole.kept.probed_with == "ok"
    assert whole.kept.probed.tools is None
    assert other.kept.probed.json_schema is None
    assert other.kept.probed.tools is Support.NO
    assert (whole.effective.output_mode, other.effective.output_mode) == (OutputMode.TOOL, OutputMode.PROMPTED)


def test_what_is_set_by_hand_goes_before_what_was_found(services: Services, model_server: FakeModelServer) -> None:
    provider = connect(services, model_server.base_url)
    by_hand = DialectFindings(output_mode=OutputMode.PROMPTED, seed=Support.NO)
    services.dialects.edit_dialect(LOCAL_USER, provider.id, "ok", by_hand)

    found = probe(services, provider)

    assert (found.effective.output_mode, found.effective.seed) == (OutputMode.PROMPTED, Support.NO)
    back = services.dialects.edit_dialect(LOCAL_USER, provider.id, "ok", DialectFindings())
    assert (back.effective.output_mode, back.effective.seed) == (OutputMode.NATIVE, Support.YES)
    assert back.kept.edited_at is None


def test_taking_back_the_only_setting_leaves_nothing(services: Services) -> None:
    provider = connect(services, "http://127.0.0.1:9/v1")

    services.dialects.edit_dialect(LOCAL_USER, provider.id, "m", DialectFindings(seed=Support.NO))
    services.dialects.edit_dialect(LOCAL_USER, provider.id, "m", DialectFindings())

    assert [one.model_name for one in services.dialects.list_dialects(LOCAL_USER, provider.id)] == [""]


def test_questions_wait_for_the_limits_of_the_provider_which_does_not_end_the_probe(
    services: Services, model_server: FakeModelServer
) -> None:
    services.limiter.window_seconds = 2.5
    provider = connect(services, model_server.base_url, limits=ProviderLimits(requests_per_minute=3))
    hasty = _build_service(services, probe_seconds=3.0)

    hasty.start_probe(LOCAL_USER, provider.id, "ok")
    record = ended(services, provider)

    asked = [request.arrived_at for request in model_server.chat_requests]
    assert record.probe_note == ""
    assert asked[-1] - asked[0] > 3.0
    assert services.dialects.get_dialect(LOCAL_USER, provider.id).kept.probed.json_schema is SchemaSupport.ENFORCED


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 500])
def test_a_probe_needs_the_name_of_a_model(services: Services, name: str) -> None:
    provider = connect(services, "http://127.0.0.1:9/v1")

    with pytest.raises(InvalidInputError):
        services.dialects.start_probe(LOCAL_USER, provider.id, name)


def test_a_provider_that_is_gone_has_no_dialect(services: Services) -> None:
    provider = connect(services, "http://127.0.0.1:9/v1")
    services.providers.delete_provider(LOCAL_USER, provider.id)

    for call in (services.dialects.list_dialects, services.dialects.get_dialect):
        with pytest.raises(NotFoundError):
            call(LOCAL_USER, provider.id)
    with pytest.raises(NotFoundError):
        services.dialects.start_probe(LOCAL_USER, provider.id, "ok")


def _build_service(services: Services, *, probe_seconds: float) -> DialectService:
    """Return a service like that of the process, in more of a hurry."""
    return DialectService(
        services.store,
        background=services.background,
        find_keyring=services.find_keyring,
        policy=OutboundPolicy(allow_private=True),
        builtin=services.builtin,
        limiter=services.limiter,
        probe_seconds=probe_seconds,
    )
