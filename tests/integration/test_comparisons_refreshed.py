"""Comparisons read again and again while they go on: only what changed is read whole."""

import uuid
from typing import Any

import pytest
from sqlalchemy import event

from core.actors import LOCAL_USER
from core.errors import NotFoundError
from core.runs.comparing.records import ComparisonRecord
from core.runs.comparing.stored import refresh_comparison
from core.runs.progress import RunProgress
from core.runs.rating import RatingDraft
from core.runs.records import RunRecord, RunStatus
from core.services import Services
from core.tasks.records import TaskDraft
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.comparing import compare, draft, make_columns, wait_for_end


def start(services: Services, workshop: Workshop, model_server: FakeModelServer, *models: str) -> ComparisonRecord:
    agents, task = make_columns(workshop, model_server, *models)
    return services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents, repeat_count=2))


def test_what_changed_is_read_as_if_all_was_read(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    known = start(services, workshop, model_server, "ok", "held")
    assert known.id is not None
    workshop.wait_for_end(known.columns[0].runs[0].id)

    halfway = services.comparisons.refresh_comparison(LOCAL_USER, known)
    model_server.release()
    over = wait_for_end(services, known)

    assert halfway.columns[0].runs[0].status is RunStatus.PASSED
    assert halfway.columns[1].runs[0].status in (RunStatus.QUEUED, RunStatus.RUNNING)
    ended = services.comparisons.refresh_comparison(LOCAL_USER, halfway)
    assert ended == over
    assert services.comparisons.refresh_comparison(LOCAL_USER, ended) is ended


def test_what_happens_to_it_afterwards_is_seen(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
    known = compare(services, task, *agents, repeat_count=2)
    assert known.id is not None
    rated, deleted = known.columns[0].runs[0].id, known.columns[1].runs[1].id

    services.comparisons.pick_winner(LOCAL_USER, known.id, 2, note="Steady.")
    services.ratings.rate_run(LOCAL_USER, rated, RatingDraft(rating=1))
    services.history.delete_runs(LOCAL_USER, [deleted])
    changed = services.comparisons.refresh_comparison(LOCAL_USER, known)

    assert (changed.winner, changed.winner_note) == (2, "Steady.")
    assert changed.columns[0].runs[0].rating == 1
    assert deleted not in {run.id for run in changed.runs}
    assert changed == services.comparisons.get_comparison(LOCAL_USER, known.id)
    services.comparisons.delete_comparison(LOCAL_USER, known.id)
    with pytest.raises(NotFoundError):
        services.comparisons.refresh_comparison(LOCAL_USER, changed)


def test_content_that_is_not_stored_is_shown_no_longer_than_it_is_at_hand(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
    closed = TaskDraft.model_validate(task.draft().model_dump() | {"stores_content": False})
    task = services.tasks.update_task(LOCAL_USER, task.id, closed)
    known = compare(services, task, *agents)
    assert known.runs[0].result is not None

    with database.reading() as session:
        later = refresh_comparison(session, known, complete=lambda run: run)

    assert [run.result for run in later.runs] == [None, None]


def test_only_changed_runs_are_read_whole(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
    known = compare(services, task, *agents, repeat_count=10)
    services.ratings.rate_run(LOCAL_USER, known.runs[3].id, RatingDraft(rating=-1))
    read: list[uuid.UUID] = []
    statements: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # Any: SQLAlchemy's own
        statements.append(statement)

    def complete(run: RunRecord) -> RunRecord:
        read.append(run.id)
        return run

    with database.reading() as session:
        refresh_comparison(session, known, complete=complete)

    assert read == [known.runs[3].id]
    assert len(statements) == 3


def test_progress_of_several_runs_is_read_at_once(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    known = start(services, workshop, model_server, "hang", "hang")
    assert known.id is not None
    run_ids = [run.id for run in known.runs]

    def read() -> dict[uuid.UUID, RunProgress]:
        return services.comparisons.read_progress(LOCAL_USER, run_ids)

    wait_until(lambda: all(each.attempt_number == 1 for each in read().values()), what="all runs to ask")

    assert read() == {run_id: services.runs.get_progress(LOCAL_USER, run_id) for run_id in run_ids}
    services.comparisons.cancel_comparison(LOCAL_USER, known.id)
    wait_for_end(services, known)
