"""Runs: pinned to their versions, cancelled at any moment, refused when the input does not fit, and listed."""

from typing import Any

import pytest
from sqlalchemy import text

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.errors import NotFoundError, StateConflictError
from core.runs.records import AttemptStatus, RunReason, RunStatus
from core.services import Services
from core.settings import Settings
from core.tasks.records import TaskDraft, TaskRecord
from db.session import Database
from tests.factories import TRIAGE_SCHEMA, Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running

TICKET_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "urgency": {"type": "integer", "maximum": 5}},
    "required": ["subject"],
}


def test_a_run_passes_and_keeps_all_that_led_to_it(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, temperature=0.2, max_tokens=300)

    queued = workshop.start_run(agent, task, "The invoice is wrong.")
    run = workshop.wait_for_end(queued.id)

    assert queued.status in (RunStatus.QUEUED, RunStatus.RUNNING)
    assert run.status is RunStatus.PASSED
    assert run.result == {"category": "billing", "confidence": pytest.approx(0.0098, abs=0.01)}
    assert (run.agent_name, run.task_name, run.model_name) == (agent.name, task.name, "ok")
    assert (run.started_by, run.input) == ("local user", "The invoice is wrong.")
    assert run.response_schema == TRIAGE_SCHEMA
    (request,) = model_server.chat_requests
    assert (request.body["temperature"], request.body["max_tokens"]) == (0.2, 300)
    kinds = [event.kind for event in services.runs.list_events(LOCAL_USER, run.id)]
    assert [kind for kind in kinds if kind != "piece"] == [
        "queued",
        "started",
        "attempt_started",
        "attempt_passed",
        "ended",
    ]


def test_the_fields_of_the_answer_are_asked_for_in_the_order_of_the_schema(
    workshop: Workshop, model_server: FakeModelServer
) -> None:
    fields = {name: {"type": "string"} for name in ("zeta", "alpha", "mid")}
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url))
    task = workshop.make_task({"type": "object", "properties": fields, "required": ["zeta"]})
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    sent = model_server.chat_requests[0].body["response_format"]["json_schema"]["schema"]
    assert list(sent["properties"]) == ["zeta", "alpha", "mid"]
    assert run.result is not None
    assert list(run.result) == ["zeta", "alpha", "mid"]


def _ruin(services: Services, agent: AgentRecord, task: TaskRecord) -> None:
    """Change everything a run could depend on, then delete it."""
    elsewhere = Workshop(services).make_provider(name="Elsewhere")
    changes = {"model_name": "unauthorized", "system_prompt": "Changed.", "provider_id": elsewhere.id}
    services.agents.update_agent(LOCAL_USER, agent.id, agent.draft().model_copy(update=changes))
    schema = {"type": "object", "properties": {"other": {"type": "integer"}}, "required": ["other"]}
    services.tasks.update_task(LOCAL_USER, task.id, TaskDraft(name="Changed", response_schema=schema))
    services.providers.delete_provider(LOCAL_USER, agent.provider_id)
    services.agents.delete_agent(LOCAL_USER, agent.id)
    services.tasks.delete_task(LOCAL_USER, task.id)


def test_what_is_edited_or_deleted_after_queueing_does_not_disturb_a_run(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=1) as services:
        workshop = Workshop(services)
        blocker = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
        agent, task = workshop.make_pair(model_server.base_url)
        queued = workshop.start_run(agent, task)

        _ruin(services, agent, task)
        waiting = services.runs.get_run(LOCAL_USER, queued.id)
        services.runs.cancel_run(LOCAL_USER, blocker.id)
        run = workshop.wait_for_end(queued.id)

    assert waiting.status is RunStatus.QUEUED
    assert run.status is RunStatus.PASSED
    assert (run.agent_name, run.agent_version) == (agent.name, 1)
    assert (run.task_name, run.task_version) == (task.name, 1)
    assert "Sort the ticket." in str(model_server.chat_requests[-1].body)


def test_a_running_run_is_cancelled_and_its_request_dropped(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

    asked = services.runs.cancel_run(LOCAL_USER, run.id)
    ended = workshop.wait_for_end(run.id)
    model_server.wait_until(lambda _: model_server.chat_requests[0].is_disconnected, timeout_seconds=2)

    assert asked.is_cancel_requested
    assert (ended.status, ended.reason) == (RunStatus.CANCELLED, RunReason.CANCELLED)
    assert ended.message == "The run was cancelled."
    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert attempt.status is AttemptStatus.CANCELLED
    assert attempt.ended_at is not None
    assert attempt.request is not None


def test_a_queued_run_is_cancelled_at_once_and_never_sent(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=1) as services:
        workshop = Workshop(services)
        pair = workshop.make_pair(model_server.base_url, model_name="hang")
        first, second = workshop.start_run(*pair), workshop.start_run(*pair)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

        cancelled = services.runs.cancel_run(LOCAL_USER, second.id)
        services.runs.cancel_run(LOCAL_USER, first.id)
        workshop.wait_for_end(first.id)
        wait_until(lambda: not services.executor.running_ids, what="the executor to be idle")
        events = services.runs.list_events(LOCAL_USER, second.id)

    assert cancelled.status is RunStatus.CANCELLED
    assert cancelled.started_at is None
    assert [event.kind for event in events] == ["queued", "ended"]
    assert len(model_server.chat_requests) == 1


def test_a_run_that_is_over_is_not_cancelled(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    passed = workshop.run(*workshop.make_pair(model_server.base_url))
    cancelled = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
    services.runs.cancel_run(LOCAL_USER, cancelled.id)
    workshop.wait_for_end(cancelled.id)

    with pytest.raises(StateConflictError, match="already over: it passed"):
        services.runs.cancel_run(LOCAL_USER, passed.id)
    with pytest.raises(StateConflictError, match="already over: it was cancelled"):
        services.runs.cancel_run(LOCAL_USER, cancelled.id)
    with pytest.raises(NotFoundError):
        services.runs.cancel_run(LOCAL_USER, passed.agent_id)


def test_a_run_is_cancelled_through_another_process(
    services: Services, workshop: Workshop, settings: Settings, model_server: FakeModelServer
) -> None:
    run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

    with running(settings) as others:
        others.runs.cancel_run(LOCAL_USER, run.id)
        ended = workshop.wait_for_end(run.id)

    assert ended.status is RunStatus.CANCELLED


def test_a_run_cancelled_while_its_attempt_is_being_stored_leaves_none_open(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    pair = workshop.make_pair(model_server.base_url)
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'run_attempts'::regclass")

    with database.engine.connect() as holder, holder.begin():
        holder.execute(text("LOCK TABLE run_attempts IN SHARE MODE"))
        run = workshop.start_run(*pair)
        wait_until(lambda: bool(holder.execute(waiting).scalar_one()), what="the attempt to wait for the lock")
        services.runs.cancel_run(LOCAL_USER, run.id)
        holder.execute(text("SELECT pg_sleep(0.3)"))  # time in which the run must not end
    ended = workshop.wait_for_end(run.id)

    assert ended.status is RunStatus.CANCELLED
    assert ended.attempt_count == 1
    assert [one.status for one in services.runs.list_attempts(LOCAL_USER, run.id)] == [AttemptStatus.CANCELLED]


def test_a_run_that_takes_too_long_is_stopped(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, run_timeout_seconds=1.0) as services:
        services.background.submit(services.executor.get_engine()).result()
        workshop = Workshop(services)
        run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="hang"))
        (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)

    assert (run.status, run.reason) == (RunStatus.FAILED, RunReason.TIMEOUT)
    assert "longer than 1 s" in run.message
    assert attempt.ended_at is not None


def test_a_late_result_is_dropped(workshop: Workshop, database: Database, model_server: FakeModelServer) -> None:
    run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="slow:0.1"))
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

    execute(database, "UPDATE runs SET status = 'interrupted', message = 'Taken away.', ended_at = now()")
    wait_until(lambda: not workshop.services.executor.running_ids, what="the answer to come")
    found = workshop.services.runs.get_run(LOCAL_USER, run.id)

    assert model_server.chat_requests[0].is_answered
    assert (found.status, found.message, found.result) == (RunStatus.INTERRUPTED, "Taken away.", None)


def test_a_run_whose_end_was_never_stored_is_ended_by_housekeeping(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    lost = workshop.run(*workshop.make_pair(model_server.base_url))
    wait_until(lambda: not services.executor.running_ids, what="the executor to be idle")
    execute(database, "UPDATE runs SET status = 'running', ended_at = NULL, result = NULL")
    at_work = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 2)

    services.housekeeper.sweep()

    found = services.runs.get_run(LOCAL_USER, lost.id)
    assert (found.status, found.message) == (RunStatus.INTERRUPTED, "The end of this run could not be stored.")
    assert services.runs.get_run(LOCAL_USER, at_work.id).status is RunStatus.RUNNING
