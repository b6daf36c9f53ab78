"""The database goes away in the middle: what runs is stored when it is back, and nothing hangs meanwhile."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.application import mount_api
from core.actors import LOCAL_USER
from core.errors import DatabaseUnavailableError
from core.runs.records import AttemptStatus, RunReason, RunStatus
from core.services import install_services
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.embedded_folders import clear_away, cluster_of, kill_all_of
from tests.integration.live_server import serving
from tests.integration.own_services import empty, make_settings, running


class MortalPostgres:
    """A PostgreSQL of its own that can be killed and brought back on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(folder)
        self.url = self._server.start()

    def kill(self) -> None:
        """Kill it as the system would when memory runs out."""
        kill_all_of(cluster_of(self._folder))

    def revive(self) -> None:
        assert self._server.ensure_running() == self.url

    def stop(self) -> None:
        self._server.stop()
        clear_away(self._folder)


@pytest.fixture(scope="module")
def mortal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalPostgres]:
    server = MortalPostgres(tmp_path_factory.mktemp("mortal") / "data")
    database = Database(lambda: server.url)
    migrate(database)
    database.close()
    yield server
    server.stop()


@pytest.fixture
def mortal(mortal_server: MortalPostgres) -> MortalPostgres:
    """Alive and empty."""
    mortal_server.revive()
    empty(mortal_server.url)
    return mortal_server


def test_a_run_whose_end_falls_into_an_outage_is_stored_when_it_is_over(
    mortal: MortalPostgres, tmp_path: Path, model_server: FakeModelServer
) -> None:
    with running(make_settings(mortal.url, tmp_path)) as services:
        workshop = Workshop(services)
        pair = workshop.make_pair(model_server.base_url, model_name="slow:0.15")
        run = workshop.start_run(*pair)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

        mortal.kill()
        model_server.wait_until(lambda _: model_server.chat_requests[0].is_answered, timeout_seconds=20)
        health_during = services.check_health()
        with pytest.raises(DatabaseUnavailableError, match="does not answer"):
            services.runs.get_run(LOCAL_USER, run.id)
        mortal.revive()
        ended = workshop.wait_for_end(run.id)
        attempts = services.runs.list_attempts(LOCAL_USER, run.id)
        again = workshop.run(*pair)
        health_after = services.check_health()

    assert not health_during.is_ready
    assert ended.status is RunStatus.PASSED
    assert [attempt.status for attempt in attempts] == [AttemptStatus.PASSED]
    assert again.status is RunStatus.PASSED
    assert health_after.is_ready


def test_who_waits_for_a_run_through_an_outage_is_answered_with_its_end(
    mortal: MortalPostgres, tmp_path: Path, model_server: FakeModelServer
) -> None:
    with running(make_settings(mortal.url, tmp_path)) as services, ThreadPoolExecutor(1) as pool:
        install_services(services)
        agent, task = Workshop(services).make_pair(model_server.base_url, model_name="slow:0.15")
        body = {"agent_id": str(agent.id), "task_id": str(task.id), "input": "The invoice is wrong.", "wait": 60}
        with serving(mount_api()) as server:
            headers = {"Idempotency-Key": "only once"}
            waiting = pool.submit(httpx.post, f"{server.url}/api/runs", json=body, headers=headers, timeout=90)
            model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

            mortal.kill()
            model_server.wait_until(lambda _: model_server.chat_requests[0].is_answered, timeout_seconds=20)
            mortal.revive()
            answer = waiting.result()
        install_services(None)

    assert answer.status_code == 201
    assert answer.json()["status"] == "passed"
    assert len(model_server.chat_requests) == 1


def test_stopping_without_a_database_takes_seconds_and_the_next_start_ends_the_run(
    mortal: MortalPostgres, tmp_path: Path, model_server: FakeModelServer
) -> None:
    settings = make_settings(mortal.url, tmp_path)
    with running(settings) as services:
        workshop = Workshop(services)
        run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)
        mortal.kill()
        started = time.monotonic()
    seconds = time.monotonic() - started
    mortal.revive()

    with running(settings) as next_ones:
        wait_until(lambda: next_ones.runs.get_run(LOCAL_USER, run.id).status.is_over, what="the run to be ended")
        ended = next_ones.runs.get_run(LOCAL_USER, run.id)
        (attempt,) = next_ones.runs.list_attempts(LOCAL_USER, run.id)

    assert seconds < 15
    assert (ended.status, ended.reason) == (RunStatus.INTERRUPTED, RunReason.INTERRUPTED)
    assert attempt.status is AttemptStatus.INTERRUPTED


def test_services_that_start_before_their_database_get_ready_when_it_comes(
    mortal: MortalPostgres, tmp_path: Path
) -> None:
    mortal.kill()

    with running(make_settings(mortal.url, tmp_path)) as services:
        before = services.readiness()
        mortal.revive()
        wait_until(lambda: services.readiness().is_ready, what="the services to get ready")

    assert not before.is_ready
    assert before.message
    assert before.hint
