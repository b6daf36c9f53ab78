"""Comparisons afterwards: judged, cancelled, listed, deleted and restored; and any runs side by side."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core.actors import LOCAL_USER, Actor
from core.agents.records import AgentVariation
from core.errors import InvalidInputError, NotFoundError, StateConflictError
from core.events import Topic
from core.runs.comparing.aligning import align
from core.runs.comparing.records import MAX_WINNER_NOTE, ComparisonColumnDraft, ComparisonRecord, ComparisonSummary
from core.runs.comparing.stored import read_comparison
from core.runs.records import RunReason, RunStatus, StartRun
from core.runs.retention import Retention
from core.services import Services
from core.settings import Settings
from core.tasks.records import TaskDraft
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.comparing import compare, draft, make_columns, wait_for_end
from tests.integration.own_services import execute, running

COLLEAGUE = Actor(kind="local", name="a colleague")


def id_of(comparison: ComparisonRecord) -> uuid.UUID:
    assert comparison.id is not None
    return comparison.id


@pytest.fixture
def comparison(services: Services, workshop: Workshop, model_server: FakeModelServer) -> ComparisonRecord:
    """A comparison of two agents, over and stored."""
    agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
    return compare(services, task, *agents)


def test_the_last_word_about_the_winner_counts(services: Services, comparison: ComparisonRecord) -> None:
    comparisons, key = services.comparisons, id_of(comparison)

    first = comparisons.pick_winner(LOCAL_USER, key, 1, "Quicker.")
    second = comparisons.pick_winner(COLLEAGUE, key, 2, " More exact. ")
    again = comparisons.pick_winner(LOCAL_USER, key, 2, "More exact.")
    taken_back = comparisons.pick_winner(LOCAL_USER, key, None, "Not kept.")

    assert (first.winner, first.winner_note, first.decided_by) == (1, "Quicker.", LOCAL_USER.name)
    assert (second.winner, second.winner_note, second.decided_by) == (2, "More exact.", COLLEAGUE.name)
    assert again == second
    assert (taken_back.winner, taken_back.winner_note, taken_back.decided_by, taken_back.decided_at) == (
        None,
        "",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("position", "note", "place"),
    [(3, "", "position"), (0, "", "position"), (1, "x" * (MAX_WINNER_NOTE + 1), "note"), (1, "a\x00b", "note")],
)
def test_a_choice_that_cannot_be_kept_is_refused(
    services: Services, comparison: ComparisonRecord, position: int, note: str, place: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.comparisons.pick_winner(LOCAL_USER, id_of(comparison), position, note)

    assert [detail.place for detail in refused.value.details] == [place]
    assert services.comparisons.get_comparison(LOCAL_USER, id_of(comparison)) == comparison


def test_cancelling_ends_what_runs_and_what_waits_and_nothing_that_is_over(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=2) as services:
        agents, task = make_columns(Workshop(services), model_server, "ok", "hang")
        started = services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents, repeat_count=3))
        model_server.wait_until(
            lambda _: sum(request.body["model"] == "hang" for request in model_server.chat_requests) == 2,
            timeout_seconds=20,
        )
        services.comparisons.cancel_comparison(LOCAL_USER, id_of(started))
        ended = wait_for_end(services, started)
        with pytest.raises(StateConflictError, match="already over"):
            services.comparisons.cancel_comparison(LOCAL_USER, id_of(started))

    passed, cancelled = ended.columns
    assert passed.runs[0].status is RunStatus.PASSED
    assert {(run.status, run.reason) for run in cancelled.runs} == {(RunStatus.CANCELLED, RunReason.CANCELLED)}
    assert cancelled.runs[-1].started_at is None
    assert all(column.is_over for column in ended.columns)


def test_a_comparison_is_deleted_and_restored_with_its_runs(services: Services, comparison: ComparisonRecord) -> None:
    key = id_of(comparison)

    services.comparisons.delete_comparison(LOCAL_USER, key)
    with pytest.raises(NotFoundError):
        services.comparisons.get_comparison(LOCAL_USER, key)
    with pytest.raises(NotFoundError):
        services.comparisons.compare_runs(LOCAL_USER, [run.id for run in comparison.runs])
    with pytest.raises(NotFoundError):
        services.comparisons.delete_comparison(LOCAL_USER, key)
    hidden = services.comparisons.page_comparisons(LOCAL_USER)
    restored = services.comparisons.restore_comparison(LOCAL_USER, key)

    assert (hidden.items, hidden.total) == ((), 0)
    assert restored == comparison
    with pytest.raises(NotFoundError):
        services.comparisons.restore_comparison(LOCAL_USER, key)


def test_a_run_that_was_deleted_by_itself_is_not_restored_with_its_comparison(
    services: Services, comparison: ComparisonRecord, database: Database
) -> None:
    gone = comparison.columns[1].runs[0]
    execute(database, "UPDATE runs SET deleted_at = now() - interval '1 minute' WHERE id = :id", id=gone.id)

    services.comparisons.delete_comparison(LOCAL_USER, id_of(comparison))
    restored = services.comparisons.restore_comparison(LOCAL_USER, id_of(comparison))

    assert [len(column.runs) for column in restored.columns] == [1, 0]


def test_a_comparison_that_goes_on_is_not_deleted(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agents, task = make_columns(workshop, model_server, "hang", "ok")
    started = services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents))

    with pytest.raises(StateConflictError, match="not over"):
        services.comparisons.delete_comparison(LOCAL_USER, id_of(started))

    services.comparisons.cancel_comparison(LOCAL_USER, id_of(started))
    wait_for_end(services, started)
    services.comparisons.delete_comparison(LOCAL_USER, id_of(started))


def test_a_deleted_comparison_is_erased_once_none_of_its_runs_is_left(
    services: Services, comparison: ComparisonRecord, database: Database
) -> None:
    key = id_of(comparison)
    services.comparisons.delete_comparison(LOCAL_USER, key)
    execute(database, "UPDATE comparisons SET deleted_at = now() - interval '2 hours' WHERE id = :id", id=key)

    services.housekeeper.forget()
    assert services.comparisons.restore_comparison(LOCAL_USER, key).id == key
    services.comparisons.delete_comparison(LOCAL_USER, key)
    for table in ("comparisons", "runs"):
        execute(database, f"UPDATE {table} SET deleted_at = now() - interval '2 hours'")
    services.housekeeper.forget()

    with pytest.raises(NotFoundError):
        services.comparisons.restore_comparison(LOCAL_USER, key)
    with database.transaction() as session:
        left = session.connection().exec_driver_sql("SELECT count(*) FROM comparison_columns")
        assert left.scalar_one() == 0


def test_inputs_are_erased_once_they_are_old(
    services: Services, comparison: ComparisonRecord, database: Database
) -> None:
    for table, moment in (("runs", "queued_at"), ("runs", "ended_at"), ("comparisons", "created_at")):
        execute(database, f"UPDATE {table} SET {moment} = {moment} - interval '3 days'")

    Retention(services.store, keep_days=2).erase_due()

    erased = services.comparisons.get_comparison(LOCAL_USER, id_of(comparison))

    assert erased.content_erased_at is not None
    assert (erased.input, {run.input for run in erased.runs}) == (None, {None})
    assert align(erased).rows == ()


def test_comparisons_are_paged_newest_first(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "unauthorized")
    made = [id_of(compare(services, task, *agents)) for _ in range(5)]
    # Two of the same moment are told apart by their ids.
    moment = datetime.now(UTC) + timedelta(hours=1)
    execute(database, "UPDATE comparisons SET created_at = :at WHERE id = ANY(:ids)", at=moment, ids=made[:2])
    services.comparisons.pick_winner(LOCAL_USER, made[4], 1)

    seen: list[ComparisonSummary] = []
    cursor: str | None = None
    while not seen or cursor is not None:
        page = services.comparisons.page_comparisons(LOCAL_USER, limit=2, cursor=cursor)
        assert (len(page.items) <= 2, page.total) == (True, 5)
        seen += page.items
        cursor = page.next_cursor

    assert [line.id for line in seen] == [*sorted(made[:2], reverse=True), made[4], made[3], made[2]]
    newest = seen[2]
    assert (newest.task_name, newest.winner, newest.started_by) == (task.name, 1, LOCAL_USER.name)
    assert newest.column_labels == tuple(f"{agent.name} v1" for agent in agents)
    assert newest.run_counts == {RunStatus.PASSED: 1, RunStatus.FAILED: 1}
    assert newest.is_over
    with pytest.raises(InvalidInputError):
        services.comparisons.page_comparisons(LOCAL_USER, cursor="bm90aGluZw==")


def test_any_runs_of_one_task_stand_side_by_side(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    (agent, other), task = make_columns(workshop, model_server, "ok", "always-wrong")
    first, second = workshop.run(agent, task, "One."), workshop.run(other, task, "Two.")
    request = StartRun(agent_id=agent.id, task_id=task.id, input="One.", variation=AgentVariation(temperature=0.5))
    services.tasks.update_task(LOCAL_USER, task.id, TaskDraft(name="Renamed", response_schema=task.response_schema))
    varied = workshop.wait_for_end(services.runs.start_run(LOCAL_USER, request).id)

    same = services.comparisons.compare_runs(LOCAL_USER, [varied.id, first.id, varied.id])
    mixed = services.comparisons.compare_runs(LOCAL_USER, [first.id, second.id])

    assert [column.runs for column in same.columns] == [(varied,), (first,)]
    assert (same.id, same.input, same.has_one_input, same.repeat_count) == (None, "One.", True, 1)
    assert (same.task_name, same.task_version, same.created_at) == ("Renamed", 2, first.queued_at)
    assert (mixed.input, mixed.has_one_input) == (None, False)
    assert [column.runs[0].input for column in mixed.columns] == ["One.", "Two."]


def test_runs_that_cannot_stand_side_by_side_are_refused(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url))
    elsewhere = workshop.run(*workshop.make_pair(model_server.base_url))
    compare_runs = services.comparisons.compare_runs

    with pytest.raises(InvalidInputError, match="these are 1 run"):
        compare_runs(LOCAL_USER, [run.id, run.id])
    with pytest.raises(InvalidInputError, match="these are 9 runs"):
        compare_runs(LOCAL_USER, [uuid.uuid4() for _ in range(9)])
    with pytest.raises(InvalidInputError, match="different tasks"):
        compare_runs(LOCAL_USER, [run.id, elsewhere.id])
    with pytest.raises(NotFoundError):
        compare_runs(LOCAL_USER, [run.id, uuid.uuid4()])


def test_every_change_of_a_comparison_is_announced(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    (agent,), task = make_columns(workshop, model_server, "ok")
    before = services.events.newest_seq(LOCAL_USER)
    varied = ComparisonColumnDraft(agent_id=agent.id, variation=AgentVariation(retries=0))
    key = id_of(compare(services, task, agent, varied))

    services.comparisons.pick_winner(LOCAL_USER, key, 1)
    services.comparisons.pick_winner(LOCAL_USER, key, 1)
    services.comparisons.delete_comparison(LOCAL_USER, key)
    services.comparisons.restore_comparison(LOCAL_USER, key)

    told = services.events.replay(LOCAL_USER, after_seq=before, topics=[Topic.COMPARISONS]).events
    assert [each.event for each in told] == ["created", "updated", "deleted", "restored"]
    assert {each.data["id"] for each in told} == {str(key)}


def test_reading_eighty_runs_takes_three_queries(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agents, task = make_columns(workshop, model_server, *["ok"] * 8)
    key = id_of(compare(services, task, *agents, repeat_count=10))
    statements: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # Any: SQLAlchemy's own
        statements.append(statement)

    with database.reading() as session:
        comparison = read_comparison(session, key, complete=lambda run: run)

    assert len(comparison.runs) == 80
    assert len(statements) == 3
