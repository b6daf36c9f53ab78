"""Comparisons: all columns at once, repeated, pinned to what they were started with, and refused as a whole."""

import uuid
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord, AgentVariation
from core.errors import DashboardError, InvalidInputError, NotFoundError, StateConflictError
from core.requests import parse_request
from core.runs.comparing.aligning import align
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft
from core.runs.records import RunStatus
from core.services import Services
from core.settings import Settings
from core.tasks.records import TaskDraft
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.comparing import compare, draft, make_columns, wait_for_end
from tests.integration.own_services import execute, read_everything, running

TICKET_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}},
    "required": ["subject"],
}


def test_columns_run_at_the_same_time(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    agents, task = make_columns(workshop, model_server, "hang", "hang", "hang")

    started = services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents))
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 3, timeout_seconds=20)
    cancelled = services.comparisons.cancel_comparison(LOCAL_USER, started.id or uuid.uuid4())
    ended = wait_for_end(services, cancelled)

    assert not started.is_over
    assert all(run.is_cancel_requested for run in cancelled.runs)
    assert {run.status for run in ended.runs} == {RunStatus.CANCELLED}


def test_each_column_repeats_in_order_and_every_run_is_in_the_history(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "wrong-then-right")

    comparison = compare(services, task, *agents, repeat_count=3)

    assert (comparison.task_name, comparison.repeat_count, comparison.input) == (task.name, 3, "The invoice is wrong.")
    assert [column.position for column in comparison.columns] == [1, 2]
    assert [column.label for column in comparison.columns] == [f"{agent.name} v1" for agent in agents]
    assert [column.changes for column in comparison.columns] == [("model ok",), ("model wrong-then-right",)]
    for column in comparison.columns:
        assert [run.comparison_repeat for run in column.runs] == [1, 2, 3]
        assert {(run.comparison_id, run.comparison_position) for run in column.runs} == {
            (comparison.id, column.position)
        }
        assert {run.status for run in column.runs} == {RunStatus.PASSED}
        assert {run.input for run in column.runs} == {"The invoice is wrong."}
    single = services.runs.get_run(LOCAL_USER, comparison.runs[-1].id)
    assert single == comparison.runs[-1]
    figures = align(comparison).columns
    assert [(column.pass_rate, column.attempts_per_run) for column in figures] == [(1, 1), (1, 2)]


def test_a_column_that_fails_stops_no_other(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agents, task = make_columns(workshop, model_server, "unauthorized", "ok", "always-wrong")

    comparison = compare(services, task, *agents)

    assert [column.runs[0].status for column in comparison.columns] == [
        RunStatus.FAILED,
        RunStatus.PASSED,
        RunStatus.FAILED,
    ]
    aligned = align(comparison)
    assert [row.place for row in aligned.rows] == ["category", "confidence"]
    assert [[cell.is_missing for cell in row.cells] for row in aligned.rows] == [[True, False, True]] * 2
    assert [figures.passed_count for figures in aligned.columns] == [0, 1, 0]


def test_runs_in_flight_keep_what_they_were_started_with(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=1) as services:
        workshop = Workshop(services)
        blocker = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
        agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
        started = services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents, repeat_count=2))

        changed = agents[0].draft().model_copy(update={"name": "Changed", "model_name": "unauthorized"})
        services.agents.update_agent(LOCAL_USER, agents[0].id, changed)
        services.agents.delete_agent(LOCAL_USER, agents[1].id)
        schema = {"type": "object", "properties": {"other": {"type": "integer"}}, "required": ["other"]}
        services.tasks.update_task(LOCAL_USER, task.id, TaskDraft(name="Changed", response_schema=schema))
        services.tasks.delete_task(LOCAL_USER, task.id)
        services.runs.cancel_run(LOCAL_USER, blocker.id)
        ended = wait_for_end(services, started)

    assert {run.status for run in ended.runs} == {RunStatus.PASSED}
    assert [column.agent_name for column in ended.columns] == [agent.name for agent in agents]
    assert (ended.task_name, ended.task_version, ended.response_schema) == (task.name, 1, task.response_schema)


def test_one_agent_is_compared_with_variations_of_itself_which_are_kept_once(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    (agent,), task = make_columns(workshop, model_server, "ok")
    colder = ComparisonColumnDraft(agent_id=agent.id, variation=AgentVariation(temperature=0.1))
    other = ComparisonColumnDraft(agent_id=agent.id, variation=AgentVariation(system_prompt="Sort it.\nBe brief."))

    first = compare(services, task, agent, colder, other)
    second = compare(services, task, agent, colder, other)

    assert [(column.agent_version, column.variation_of) for column in first.columns] == [
        (1, None),
        (None, 1),
        (None, 1),
    ]
    assert [column.label for column in first.columns] == [
        f"{agent.name} v1",
        f"{agent.name} v1 changed, temperature 0.1",
        f"{agent.name} v1 changed, temperature of the server",
    ]
    assert first.columns[2].changes == ("temperature of the server", "system prompt (2 lines changed)")
    assert {run.status for run in (*first.runs, *second.runs)} == {RunStatus.PASSED}
    assert [column.changes for column in second.columns] == [column.changes for column in first.columns]
    with database.transaction() as session:
        kept = session.connection().exec_driver_sql("SELECT count(*) FROM agent_versions WHERE number IS NULL")
        assert kept.scalar_one() == 2
    sent = {request.body.get("temperature") for request in model_server.chat_requests}
    assert sent == {None, 0.1}


def test_an_older_version_is_a_column_of_its_own(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    (agent,), task = make_columns(workshop, model_server, "ok")
    services.agents.update_agent(LOCAL_USER, agent.id, agent.draft().model_copy(update={"retries": 0}))

    comparison = compare(services, task, agent, ComparisonColumnDraft(agent_id=agent.id, agent_version=1))

    assert [(column.agent_version, column.changes) for column in comparison.columns] == [
        (2, ("0 retries",)),
        (1, ("2 retries",)),
    ]


def _count_stored(database: Database) -> tuple[int, int]:
    with database.transaction() as session:
        counted = session.connection().exec_driver_sql("SELECT (SELECT count(*) FROM comparisons), count(*) FROM runs")
        comparisons, runs = counted.one()
    return comparisons, runs


def test_what_is_wrong_with_one_column_is_said_of_it_and_nothing_is_stored(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    (first, off), task = make_columns(workshop, model_server, "ok", "ok")
    unassigned = workshop.make_agent()
    services.agents.update_agent(LOCAL_USER, off.id, off.draft().model_copy(update={"is_active": False}))
    asks_for_more = ComparisonColumnDraft(
        agent_id=first.id, variation=AgentVariation(user_prompt_template="Of {{subject}}")
    )
    unclosed = ComparisonColumnDraft(agent_id=first.id, variation=AgentVariation(user_prompt_template="Of {{ "))
    cases: list[tuple[AgentRecord | ComparisonColumnDraft, type[DashboardError], str]] = [
        (off, StateConflictError, "columns/2"),
        (unassigned, StateConflictError, "columns/2"),
        (ComparisonColumnDraft(agent_id=uuid.uuid4()), NotFoundError, "columns/2"),
        (ComparisonColumnDraft(agent_id=first.id, agent_version=7), NotFoundError, "columns/2"),
        (asks_for_more, InvalidInputError, "columns/2"),
        (unclosed, InvalidInputError, "columns/2/user_prompt_template"),
        (first, InvalidInputError, "columns/2"),
    ]

    for column, kind, place in cases:
        with pytest.raises(kind) as refused:
            services.comparisons.start_comparison(LOCAL_USER, draft(task, first, column))
        assert [detail.place for detail in refused.value.details] == [place]
        assert "Column 2" in refused.value.message

    assert _count_stored(database) == (0, 0)


def test_an_input_that_does_not_fit_is_no_fault_of_a_column(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    agents = [workshop.make_agent(provider, user_prompt_template="About {{subject}}") for _ in range(2)]
    task = workshop.make_task(request_schema=TICKET_SCHEMA)
    for agent in agents:
        workshop.assign(agent, task)

    with pytest.raises(InvalidInputError) as refused:
        services.comparisons.start_comparison(LOCAL_USER, draft(task, *agents, input={"subject": 3}))

    assert [detail.place for detail in refused.value.details] == ["/subject"]
    assert compare(services, task, *agents, input={"subject": "A bill"}).is_over


def test_a_comparison_has_two_to_eight_columns_and_eighty_runs(services: Services) -> None:
    column = {"agent_id": uuid.uuid4()}
    values = {"task_id": uuid.uuid4(), "input": "Hello"}

    for columns, repeat_count in ((1, 1), (9, 1), (2, 21), (5, 17), (2, 0)):
        with pytest.raises(InvalidInputError):
            parse_request(ComparisonDraft, {**values, "columns": [column] * columns, "repeat_count": repeat_count})

    assert parse_request(ComparisonDraft, {**values, "columns": [column] * 8, "repeat_count": 10})


def test_a_task_that_keeps_no_content_stores_no_input_with_its_comparison(
    services: Services, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agents, task = make_columns(workshop, model_server, "ok", "as-text:0")
    execute(database, "UPDATE task_versions SET stores_content = false")

    ended = compare(services, task, *agents)

    assert ended.content_erased_at is not None
    assert (ended.input, ended.columns[0].runs[0].input) == ("The invoice is wrong.", "The invoice is wrong.")
    assert len(align(ended).rows) == 2
    assert "The invoice is wrong." not in read_everything(database)
