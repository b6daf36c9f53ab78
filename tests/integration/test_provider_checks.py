"""What a check over the network finds, and says with the next step."""

import pytest

from core.actors import LOCAL_USER
from core.errors import StateConflictError
from core.providers.diagnoses import Diagnosis
from core.providers.records import ProviderDraft, ValidationStatus
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running
from tests.integration.test_providers import draft_of, settled

FINDINGS = {
    "unauthorized": ("refused the key (HTTP 401)", "current key"),
    "not-found": ("knows no such address (HTTP 404)", "/v1"),
    "server-error": ("has a fault of its own (HTTP 500)", "log"),
    "rate-limited": ("is limiting requests", "Wait a minute"),
    "html": ("not JSON", "/v1"),
    "deep-json": ("not JSON", "/v1"),
    "redirect": ("redirects elsewhere (HTTP 307)", "/v1"),
    "hang-up": ("ended the connection", "Check that the server runs"),
    "gzip-bomb": ("compressed answer", "as they are"),
    "endless": ("more than the 3 MiB", "much shorter"),
}


@pytest.mark.parametrize(("mode", "finding"), FINDINGS.items(), ids=FINDINGS)
def test_a_fault_is_told_in_a_sentence_with_the_next_step(
    services: Services, workshop: Workshop, model_server: FakeModelServer, mode: str, finding: tuple[str, str]
) -> None:
    model_server.set_mode(mode)

    found = settled(services, workshop.make_provider(model_server.root_url, api_key="sk-some-key").id)

    assert found.validation_status is ValidationStatus.ERROR
    assert finding[0] in found.validation_message
    assert finding[1] in found.validation_hint
    assert found.validation_latency_ms is None
    assert "sk-some-key" not in found.model_dump_json()


def test_a_server_that_never_answers_is_told_when_the_time_is_up(
    settings: Settings, database: Database, model_server: FakeModelServer
) -> None:
    model_server.set_mode("hang")

    with running(settings, request_timeout_seconds=0.5) as hasty:
        found = settled(hasty, Workshop(hasty).make_provider(model_server.base_url).id)

    assert found.validation_status is ValidationStatus.ERROR
    assert "did not answer completely within 0.5 s" in found.validation_message


UNREACHABLE = {
    "http://127.0.0.1:9": ("Nothing answers at 127.0.0.1:9", "container"),
    "http://no-such-host.invalid": ("could not be found", "spelling"),
}


@pytest.mark.parametrize(("address", "finding"), UNREACHABLE.items(), ids=UNREACHABLE)
def test_an_address_that_leads_nowhere_is_told(
    services: Services, workshop: Workshop, address: str, finding: tuple[str, str]
) -> None:
    found = settled(services, workshop.make_provider(address).id)

    assert found.validation_status is ValidationStatus.ERROR
    assert finding[0] in found.validation_message
    assert finding[1] in found.validation_hint


def test_a_private_address_is_refused_where_they_are_switched_off(
    settings: Settings, database: Database, model_server: FakeModelServer
) -> None:
    with running(settings, allow_private_addresses=False) as strict:
        found = settled(strict, Workshop(strict).make_provider(model_server.base_url).id)

    assert found.validation_status is ValidationStatus.ERROR
    assert "private address" in found.validation_message
    assert "BENCHTOP_ALLOW_PRIVATE_ADDRESSES" in found.validation_hint
    assert model_server.requests == []


def test_an_address_without_v1_is_offered_with_it_and_taken_over_key_included(
    services: Services, workshop: Workshop
) -> None:
    with FakeModelServer(api_key="sk-the-right-key") as server:
        provider = workshop.make_provider(server.root_url, api_key="sk-the-right-key")
        wrong = settled(services, provider.id)
        taken = services.providers.use_suggested_address(LOCAL_USER, provider.id)
        found = settled(services, provider.id)

    assert (wrong.diagnosis, wrong.suggested_base_url) == (Diagnosis.NOT_FOUND, server.base_url)
    assert (taken.base_url, taken.revision) == (server.base_url, provider.revision + 1)
    assert found.diagnosis is Diagnosis.CONNECTED
    assert found.suggested_base_url == ""


def test_without_a_suggested_address_none_is_taken_over(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)

    with pytest.raises(StateConflictError, match="no other address is known"):
        services.providers.use_suggested_address(LOCAL_USER, provider.id)


def test_an_address_at_another_origin_is_never_taken_over(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key="sk-for-this-server-only")
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET suggested_base_url = 'http://127.0.0.2:9/v1'")

    with pytest.raises(StateConflictError):
        services.providers.use_suggested_address(LOCAL_USER, provider.id)

    assert services.providers.get_provider(LOCAL_USER, provider.id).base_url == model_server.base_url


@pytest.mark.parametrize("provider_type", ["openai", "ollama"])
def test_a_server_without_models_is_connected_and_says_what_to_load(
    services: Services, workshop: Workshop, provider_type: str
) -> None:
    with FakeModelServer(models=[]) as bare:
        address = bare.base_url if provider_type == "openai" else bare.root_url
        found = settled(services, workshop.make_provider(address, provider_type=provider_type).id)

    assert found.validation_status is ValidationStatus.CONNECTED
    assert "no model yet" in found.validation_message
    assert found.validation_hint


def test_the_finding_of_an_older_revision_is_dropped(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.set_mode("slow:0.3", path="/v1/models")
    provider = workshop.make_provider(model_server.base_url)
    model_server.wait_until(lambda requests: len(requests) == 1)

    services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, base_url="http://127.0.0.1:9/v1"))
    found = settled(services, provider.id)
    wait_until(lambda: model_server.requests[0].is_answered, what="the overtaken check to end")

    assert found.validation_status is ValidationStatus.ERROR
    assert "127.0.0.1:9" in services.providers.get_provider(LOCAL_USER, provider.id).validation_message


def test_an_address_no_client_can_call_is_found_not_left_validating(
    services: Services, workshop: Workshop, database: Database
) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET base_url = 'http://-ü-.example'")

    services.providers.check_provider(LOCAL_USER, provider.id)
    found = settled(services, provider.id)

    assert found.validation_status is ValidationStatus.ERROR
    assert found.validation_message


def test_a_draft_without_an_address_takes_the_usual_one() -> None:
    draft = ProviderDraft(name="Here", type="ollama")

    assert draft.base_url == "http://localhost:11434"


LONG, CONTROL, NUL, HALF = "x" * 301, "a\x07b", "a\x00b", "a\ud800b"


@pytest.mark.parametrize("provider_type", ["openai", "ollama"])
def test_names_no_agent_could_take_are_left_out(services: Services, workshop: Workshop, provider_type: str) -> None:
    with FakeModelServer(models=["fine", "名 1", LONG, CONTROL, NUL, HALF]) as odd:
        address = odd.base_url if provider_type == "openai" else odd.root_url
        found = settled(services, workshop.make_provider(address, provider_type=provider_type).id)

    assert found.validation_status is ValidationStatus.CONNECTED
    assert found.model_names == ("fine", "名 1")


def test_a_server_whose_names_can_all_not_be_used_is_told(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(models=[LONG, NUL]) as odd:
        found = settled(services, workshop.make_provider(odd.base_url).id)

    assert found.validation_status is ValidationStatus.CONNECTED
    assert found.model_names == ()
    assert "none of the 2 model names" in found.validation_message
    assert "by hand" in found.validation_hint
