"""Runs are deleted, brought back, and after an hour gone for good."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError, NotFoundError
from core.runs.history.records import ExportFormat, RunDeletion
from core.services import Services
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, read_everything
from tests.integration.stored_runs import StoredRuns

_AGE = "UPDATE runs SET deleted_at = deleted_at - CAST(:age AS interval) WHERE id = :id"


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def listed(services: Services) -> list[uuid.UUID]:
    page = services.history.page_runs(LOCAL_USER)
    assert page.total == len(page.items)
    return [run.id for run in page.items]


def test_a_deleted_run_is_nowhere_until_it_is_restored(services: Services, runs: StoredRuns) -> None:
    kept, gone = runs.add(), runs.add()

    deletion = services.history.delete_runs(LOCAL_USER, [gone])

    assert deletion == RunDeletion(deleted=(gone,), kept=())
    assert listed(services) == [kept]
    assert b"".join(services.history.export_runs(LOCAL_USER, None, ExportFormat.JSONL)).count(b"\n") == 1
    with pytest.raises(NotFoundError):
        services.runs.get_run(LOCAL_USER, gone)
    assert services.history.restore_runs(LOCAL_USER, [gone, kept, uuid.uuid4()]) == 1
    assert listed(services) == [gone, kept]
    assert services.runs.get_run(LOCAL_USER, gone).id == gone


def test_runs_that_go_on_are_kept_and_others_are_not_there(services: Services, runs: StoredRuns) -> None:
    over, already = runs.add(), runs.add()
    running = runs.add(status="running", seconds=0)
    services.history.delete_runs(LOCAL_USER, [already])

    deletion = services.history.delete_runs(LOCAL_USER, [running, over, over, already, uuid.uuid4()])

    assert deletion == RunDeletion(deleted=(over,), kept=(running,))
    assert services.history.delete_runs(LOCAL_USER, []) == RunDeletion(deleted=(), kept=())
    assert services.history.restore_runs(LOCAL_USER, []) == 0


def test_at_most_a_thousand_go_at_once(services: Services) -> None:
    ids = [uuid.uuid4() for _ in range(1001)]

    for act in (services.history.delete_runs, services.history.restore_runs):
        with pytest.raises(InvalidInputError, match="at most 1,000"):
            act(LOCAL_USER, ids)
        act(LOCAL_USER, ids[:1000])


def test_deletion_and_return_are_announced(services: Services, database: Database, runs: StoredRuns) -> None:
    ids = [runs.add(), runs.add()]

    services.history.delete_runs(LOCAL_USER, ids)
    services.history.restore_runs(LOCAL_USER, ids[:1])

    with database.reading() as session:
        found = session.connection().exec_driver_sql(
            "SELECT event, data->>'id' FROM events WHERE topic = 'runs' ORDER BY seq"
        )
        told = [(event, run_id) for event, run_id in found]
    assert sorted(told[:2]) == sorted(("deleted", str(run_id)) for run_id in ids)
    assert told[2:] == [("restored", str(ids[0]))]


def test_after_an_hour_a_deleted_run_is_gone_with_all_it_did(
    services: Services, database: Database, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url), "The raven is wrong.")
    services.history.delete_runs(LOCAL_USER, [run.id])

    execute(database, _AGE, age="59 minutes", id=run.id)
    services.housekeeper.forget()
    assert services.history.restore_runs(LOCAL_USER, [run.id]) == 1
    services.history.delete_runs(LOCAL_USER, [run.id])
    execute(database, _AGE, age="61 minutes", id=run.id)
    services.housekeeper.forget()

    assert services.history.restore_runs(LOCAL_USER, [run.id]) == 0
    assert services.runs.list_attempts(LOCAL_USER, run.id) == []
    assert services.runs.list_events(LOCAL_USER, run.id) == []
    assert "raven" not in read_everything(database)
