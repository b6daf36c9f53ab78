"""Providers: stored at once, checked in the background, their keys sealed, and deleted only when nobody needs them."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr, ValidationError

from core.actors import LOCAL_USER
from core.errors import InUseError, InvalidInputError, NameTakenError, NotFoundError, StateConflictError
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, read_everything, running

CANARY_KEY = "sk-CANARY-7f3a-not-to-be-seen"


def settled(services: Services, provider_id: uuid.UUID) -> ProviderRecord:
    """Return the provider once its check is over."""

    def read() -> ProviderRecord:
        return services.providers.get_provider(LOCAL_USER, provider_id)

    wait_until(lambda: read().validation_status.is_settled, what="the check to end")
    return read()


def draft_of(provider: ProviderRecord, **changes: object) -> ProviderDraft:
    """Return what a form of this provider would send, with some fields changed."""
    values = {"name": provider.name, "type": provider.type, "base_url": provider.base_url}
    return ProviderDraft.model_validate(values | changes)


def read_sealed_key(database: Database, provider_id: uuid.UUID) -> object:
    with database.engine.connect() as connection:
        statement = "SELECT sealed_key FROM llm_providers WHERE id = %(id)s"
        return connection.exec_driver_sql(statement, {"id": provider_id}).scalar_one()


@pytest.mark.parametrize("provider_type", ["openai", "ollama"])
def test_a_saved_provider_is_there_at_once_and_turns_connected(
    services: Services, workshop: Workshop, model_server: FakeModelServer, provider_type: str
) -> None:
    address = model_server.base_url if provider_type == "openai" else model_server.root_url

    saved = workshop.make_provider(address, provider_type=provider_type)
    found = settled(services, saved.id)

    assert saved.validation_status in (ValidationStatus.PENDING, ValidationStatus.VALIDATING)
    assert found.validation_status is ValidationStatus.CONNECTED
    assert found.validation_message == f"Connected: {len(model_server.models)} models."
    assert found.model_names == tuple(sorted(model_server.models))
    assert found.validated_at is not None
    assert found.validation_latency_ms is not None
    assert found.validation_latency_ms > 0


def test_a_check_can_be_repeated_and_shows_what_changed(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    before = settled(services, provider.id)
    model_server.stop()

    asked = services.providers.check_provider(LOCAL_USER, provider.id)
    after = settled(services, provider.id)

    assert before.validation_status is ValidationStatus.CONNECTED
    assert asked.validation_status is ValidationStatus.VALIDATING
    assert after.validation_status is ValidationStatus.ERROR
    assert after.model_names == before.model_names


def test_the_key_is_sealed_and_seen_nowhere(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    model_server.set_mode("unauthorized")
    provider = workshop.make_provider(model_server.base_url, api_key=CANARY_KEY)

    found = settled(services, provider.id)
    dump = read_everything(database)

    assert {request.key for request in model_server.requests} == {CANARY_KEY}
    assert found.has_key
    assert CANARY_KEY not in repr(found) + found.model_dump_json()
    assert CANARY_KEY not in dump
    assert provider.name in dump
    assert str(read_sealed_key(database, provider.id)).startswith("gAAAA")


def test_a_blank_key_keeps_the_ciphertext_byte_for_byte(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key=CANARY_KEY)
    sealed = read_sealed_key(database, provider.id)

    draft = draft_of(provider, name="Renamed", api_key="  ", base_url=model_server.base_url + "/other")
    changed = services.providers.update_provider(LOCAL_USER, provider.id, draft)

    assert changed.name == "Renamed"
    assert changed.has_key
    assert read_sealed_key(database, provider.id) == sealed


@pytest.mark.parametrize("mask", ["****", "••••••••", "..."])
def test_a_mask_is_refused_as_a_key(mask: str) -> None:
    with pytest.raises(ValidationError, match="a mask, not a key"):
        ProviderDraft(name="Masked", type="openai", api_key=SecretStr(mask))


@pytest.mark.parametrize("changed", ["http://127.0.0.1:1/v1", "https://127.0.0.1:9/v1", "http://localhost:9/v1"])
def test_another_origin_demands_the_key_again(
    services: Services, workshop: Workshop, database: Database, changed: str
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", api_key=CANARY_KEY)
    sealed = read_sealed_key(database, provider.id)

    with pytest.raises(InvalidInputError, match="key must be entered again") as caught:
        services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, base_url=changed))

    assert [detail.place for detail in caught.value.details] == ["api_key"]
    assert services.providers.get_provider(LOCAL_USER, provider.id).base_url == "http://127.0.0.1:9/v1"
    assert read_sealed_key(database, provider.id) == sealed


def test_with_the_key_entered_again_it_goes_to_the_new_origin_only(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", api_key=CANARY_KEY)

    draft = draft_of(provider, base_url=model_server.base_url, api_key="sk-another-key")
    services.providers.update_provider(LOCAL_USER, provider.id, draft)
    found = settled(services, provider.id)

    assert found.validation_status is ValidationStatus.CONNECTED
    assert {request.key for request in model_server.requests} == {"sk-another-key"}


def test_a_provider_with_a_key_can_become_the_builtin_one_and_loses_the_key(
    services: Services, workshop: Workshop
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", api_key=CANARY_KEY)

    draft = draft_of(provider, type="builtin")
    changed = services.providers.update_provider(LOCAL_USER, provider.id, draft)

    assert (changed.type, changed.base_url, changed.has_key) == ("builtin", "", False)


def test_an_address_changed_behind_the_apps_back_never_gets_the_key(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")
    provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)
    services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, api_key=CANARY_KEY))
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET base_url = :url", url=model_server.base_url)

    run = workshop.run(agent, task)
    services.providers.check_provider(LOCAL_USER, provider.id)
    checked = settled(services, provider.id)

    assert (run.status, run.reason) == ("failed", "key_locked")
    assert "belongs to another provider or address" in run.message
    assert checked.validation_status is ValidationStatus.ERROR
    assert [request.headers.get("authorization") for request in model_server.requests] == []


def test_a_key_whose_encryption_key_is_gone_locks_its_runs_and_breaks_no_list(
    services: Services, workshop: Workshop, settings: Settings, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)
    services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, api_key=CANARY_KEY))

    with running(settings, encryption_key=SecretStr("b" * 43 + "=")) as others:
        run = Workshop(others).run(agent, task)
        listed = others.providers.list_providers(LOCAL_USER)

    assert (run.status, run.reason) == ("failed", "key_locked")
    assert "is not loaded" in run.message
    assert [one.has_key for one in listed] == [True]


def test_a_provider_that_agents_use_is_not_deleted_and_they_are_named(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    agent = workshop.make_agent(provider, name="Sorter")

    with pytest.raises(InUseError, match="“Sorter”"):
        services.providers.delete_provider(LOCAL_USER, provider.id)

    services.agents.delete_agent(LOCAL_USER, agent.id)
    services.providers.delete_provider(LOCAL_USER, provider.id)
    with pytest.raises(NotFoundError):
        services.providers.get_provider(LOCAL_USER, provider.id)


def test_a_deleted_provider_comes_back_with_its_key(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key=CANARY_KEY)
    services.providers.delete_provider(LOCAL_USER, provider.id)

    restored = services.providers.restore_provider(LOCAL_USER, provider.id)

    assert restored.has_key
    assert restored.validation_status is ValidationStatus.PENDING
    assert settled(services, provider.id).validation_status is ValidationStatus.CONNECTED
    assert [one.id for one in services.providers.list_providers(LOCAL_USER)] == [provider.id]


def test_a_provider_is_not_restored_over_another_of_its_name(services: Services, workshop: Workshop) -> None:
    first = workshop.make_provider(name="Local")
    services.providers.delete_provider(LOCAL_USER, first.id)
    workshop.make_provider(name="LOCAL")

    with pytest.raises(NameTakenError):
        services.providers.restore_provider(LOCAL_USER, first.id)


def test_of_twenty_created_at_once_under_one_name_one_is_stored(services: Services, workshop: Workshop) -> None:
    def create(number: int) -> bool:
        try:
            workshop.make_provider(name="Same" if number % 2 else "SAME")
        except NameTakenError:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        created = list(threads.map(create, range(20)))

    assert created.count(True) == 1
    assert len(services.providers.list_providers(LOCAL_USER)) == 1


def test_a_save_over_a_newer_one_is_refused(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    draft = draft_of(provider, base_url="http://127.0.0.1:9/other")
    services.providers.update_provider(LOCAL_USER, provider.id, draft, expected_revision=provider.revision)

    with pytest.raises(StateConflictError):
        services.providers.update_provider(LOCAL_USER, provider.id, draft, expected_revision=provider.revision)


def test_of_two_renames_from_one_form_the_second_is_refused(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    first, second = draft_of(provider, name="First"), draft_of(provider, name="Second")
    services.providers.update_provider(LOCAL_USER, provider.id, first, expected_revision=provider.revision)

    with pytest.raises(StateConflictError, match="“First”"):
        services.providers.update_provider(LOCAL_USER, provider.id, second, expected_revision=provider.revision)


def test_a_save_that_changes_nothing_is_no_new_revision(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()

    saved = services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider))

    assert saved.revision == provider.revision


def test_a_mere_rename_asks_the_server_nothing(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    settled(services, provider.id)

    renamed = services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, name="Renamed"))

    assert renamed.validation_status is ValidationStatus.CONNECTED
    assert renamed.model_names == tuple(sorted(model_server.models))
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    "changes",
    [{"base_url": "http://127.0.0.1:9/v1"}, {"type": "ollama"}, {"type": "builtin"}],
    ids=["address", "type", "built-in"],
)
def test_what_another_server_served_is_forgotten(
    services: Services, workshop: Workshop, model_server: FakeModelServer, changes: dict[str, object]
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    before = settled(services, provider.id)

    changed = services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, **changes))

    assert before.model_names
    assert changed.model_names == ()
    assert changed.validated_at is None
    assert changed.validation_latency_ms is None
