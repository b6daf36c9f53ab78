"""What a run's journal must not lose is written once, however often a commit fails or only seems to."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from core.actors import LOCAL_USER
from core.errors import DashboardError, DatabaseUnavailableError
from core.runs.journal import RunJournal
from core.runs.records import AttemptStatus
from core.services import Services
from core.store import Store
from db.session import Connection, Database, Session
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


class DoubtfulStore(Store):
    """Says of every other transaction that the connection broke; whether it was committed is the test's choice."""

    def __init__(self, database: Database, *, is_committed: bool) -> None:
        super().__init__(database)
        self._is_committed = is_committed
        self._count = 0

    @contextmanager
    def transaction(self, *, refusals: Mapping[str, DashboardError] | None = None) -> Iterator[Session]:
        is_doubtful = self._is_doubtful()
        with super().transaction(refusals=refusals) as session:
            yield session
            session.flush()
            if is_doubtful and not self._is_committed:
                raise DatabaseUnavailableError("The connection broke before the commit.")
        if is_doubtful:
            raise DatabaseUnavailableError("The connection broke during the commit.")

    @contextmanager
    def single(self) -> Iterator[Connection]:
        is_doubtful = self._is_doubtful()
        if is_doubtful and not self._is_committed:
            raise DatabaseUnavailableError("The connection broke before the statement.")
        with super().single() as connection:
            yield connection
        if is_doubtful:
            raise DatabaseUnavailableError("The connection broke behind the statement.")

    def _is_doubtful(self) -> bool:
        self._count += 1
        return self._count % 2 == 1


@pytest.fixture
def run_id(workshop: Workshop, model_server: FakeModelServer) -> uuid.UUID:
    """A run with an attempt of its own, numbered 1."""
    return workshop.run(*workshop.make_pair(model_server.base_url)).id


@pytest.mark.parametrize("is_committed", [True, False])
def test_an_attempt_is_stored_once_when_its_commits_break(
    services: Services, database: Database, run_id: uuid.UUID, is_committed: bool
) -> None:
    store = DoubtfulStore(database, is_committed=is_committed)
    journal = RunJournal(run_id, store=store, background=services.background, exchanges=[])
    journal.attempt_count = 1

    async def attempt() -> None:
        await journal.start_attempt()
        journal.take_answer("{}", finish_reason="stop", input_tokens=3, output_tokens=2)
        await journal.end_attempt(AttemptStatus.PASSED)
        await journal.write()

    services.background.submit(attempt()).result(timeout=20)

    _, stored = services.runs.list_attempts(LOCAL_USER, run_id)
    assert (stored.number, stored.status, stored.raw_answer) == (2, AttemptStatus.PASSED, "{}")
    events = services.runs.list_events(LOCAL_USER, run_id)
    assert [event.kind for event in events if event.data.get("number") == 2] == ["attempt_started", "attempt_passed"]
