"""Every check of a provider comes to its end: overtaken, interrupted, given up, or with the database away."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from core.actors import LOCAL_USER
from core.errors import DashboardError, DatabaseUnavailableError
from core.providers.checking.background import BackgroundChecks
from core.providers.checking.checker import NONE_USED, ProviderChecker
from core.providers.checking.listed import UsedModels
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.records import ValidationStatus
from core.providers.service import ProviderService
from core.services import Services
from core.settings import Settings
from core.store import Store
from db.session import Database, Session
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running
from tests.integration.test_providers import draft_of, settled


@pytest.mark.parametrize("status", ["pending", "validating"])
def test_a_check_that_a_killed_process_left_open_is_done_at_the_next_start(
    services: Services,
    workshop: Workshop,
    settings: Settings,
    database: Database,
    model_server: FakeModelServer,
    status: str,
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET validation_status = :status", status=status)

    with running(settings) as next_ones:
        found = settled(next_ones, provider.id)

    assert found.validation_status is ValidationStatus.CONNECTED


def test_a_provider_renamed_during_its_check_is_checked_to_the_end(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.set_mode("slow:0.3", path="/v1/models")
    provider = workshop.make_provider(model_server.base_url)
    model_server.wait_until(lambda requests: len(requests) == 1)

    services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, name="Renamed"))
    model_server.set_mode(None, path="/v1/models")

    assert settled(services, provider.id).validation_status is ValidationStatus.CONNECTED


def test_a_provider_deleted_during_its_check_and_restored_is_checked(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.set_mode("slow:0.2", path="/v1/models")
    provider = workshop.make_provider(model_server.base_url)
    model_server.wait_until(lambda requests: len(requests) == 1)
    services.providers.delete_provider(LOCAL_USER, provider.id)
    wait_until(lambda: model_server.requests[0].is_answered, what="the first check to end")

    services.providers.restore_provider(LOCAL_USER, provider.id)

    assert settled(services, provider.id).validation_status is ValidationStatus.CONNECTED


def test_checks_that_are_going_on_are_not_started_again(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.set_mode("slow:0.3", path="/v1/models")
    provider = workshop.make_provider(model_server.base_url)
    model_server.wait_until(lambda requests: len(requests) == 1)

    for _ in range(5):
        services.providers.resume_checks()
    settled(services, provider.id)
    services.providers.resume_checks()

    assert len(model_server.requests) == 1


def test_a_check_that_was_given_up_is_taken_up_again_without_a_restart(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET validation_status = 'validating'")

    services.providers.resume_checks()

    assert settled(services, provider.id).validation_status is ValidationStatus.CONNECTED


class BreakingChecker(ProviderChecker):
    """Finds every provider connected, and loses the database while it does."""

    def __init__(self, store: "BreakingStore") -> None:
        self._store = store

    async def check(self, connection: ProviderConnection, *, used_models: UsedModels = NONE_USED) -> CheckOutcome:
        self._store.refusals_left = 2
        return CheckOutcome(is_connected=True, diagnosis=Diagnosis.CONNECTED, message="Found.")


class BreakingStore(Store):
    """A store whose database is away for the next few transactions."""

    refusals_left = 0

    @contextmanager
    def transaction(self, *, refusals: Mapping[str, DashboardError] | None = None) -> Iterator[Session]:
        if self.refusals_left:
            self.refusals_left -= 1
            raise DatabaseUnavailableError("The database does not answer.")
        with super().transaction(refusals=refusals) as session:
            yield session


def test_what_was_found_while_the_database_was_away_is_stored_when_it_is_back(
    services: Services, workshop: Workshop, database: Database
) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)
    store = BreakingStore(database)
    checks = BackgroundChecks(store, background=services.background, checker=BreakingChecker(store))

    checks.start(provider.id, revision=provider.revision)
    wait_until(
        lambda: services.providers.get_provider(LOCAL_USER, provider.id).validation_message == "Found.",
        what="the finding to be stored",
    )

    assert store.refusals_left == 0


class HeldChecker(ProviderChecker):
    """Finds a provider failing in its first check and connected in the second, each when it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = [threading.Event(), threading.Event()]

    async def check(self, connection: ProviderConnection, *, used_models: UsedModels = NONE_USED) -> CheckOutcome:
        number = self.begun
        self.begun += 1
        await asyncio.to_thread(self.let_go[number].wait, 30)
        diagnosis = (Diagnosis.REFUSED, Diagnosis.CONNECTED)[number]
        return CheckOutcome(is_connected=number == 1, diagnosis=diagnosis, message="Found.")


class CountingStore(Store):
    """A store that counts the transactions that ended."""

    ended = 0

    @contextmanager
    def transaction(self, *, refusals: Mapping[str, DashboardError] | None = None) -> Iterator[Session]:
        with super().transaction(refusals=refusals) as session:
            yield session
        self.ended += 1


def test_a_check_asked_for_by_hand_supersedes_the_one_that_is_going_on(
    services: Services, workshop: Workshop, database: Database
) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)
    store, checker = CountingStore(database), HeldChecker()
    providers = ProviderService(
        store, find_keyring=services.find_keyring, background=services.background, checker=checker
    )

    providers.check_provider(LOCAL_USER, provider.id)
    wait_until(lambda: checker.begun == 1, what="the first check to begin")
    providers.check_provider(LOCAL_USER, provider.id)
    wait_until(lambda: checker.begun == 2, what="the second check to begin")
    before = store.ended
    checker.let_go[0].set()
    wait_until(lambda: store.ended == before + 1, what="the first check to end")

    assert providers.get_provider(LOCAL_USER, provider.id).validation_status is ValidationStatus.VALIDATING
    checker.let_go[1].set()
    assert settled(services, provider.id).validation_status is ValidationStatus.CONNECTED
