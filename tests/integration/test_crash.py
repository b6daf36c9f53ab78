"""A killed process: its runs are ended by the next one, what it left queued is done, and nothing else changes."""

from core.actors import LOCAL_USER
from core.runs.records import AttemptStatus, RunReason, RunStatus
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.app_process import AppProcess
from tests.integration.own_services import read_everything, running


def _lines(dump: str, *, without: set[str]) -> set[str]:
    return {line for line in dump.splitlines() if not any(run_id in line for run_id in without)}


def test_after_kill_9_the_run_is_interrupted_the_queued_one_is_done_and_nothing_else_is_touched(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings) as services:
        workshop = Workshop(services)
        agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
        quick_agent, quick_task = workshop.make_pair(model_server.base_url)
        finished = workshop.run(quick_agent, quick_task)
        providers = services.providers
        wait_until(
            lambda: all(one.validation_status.is_settled for one in providers.list_providers(LOCAL_USER)),
            what="the checks to end",
        )
    with AppProcess(settings, max_concurrent_runs=1) as app:
        cut_off_id = app.start_run(agent_id=agent.id, task_id=task.id)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 2, timeout_seconds=30)
        queued_id = app.start_run(agent_id=quick_agent.id, task_id=quick_task.id)
        app.kill()
        before = read_everything(database)

    with running(settings) as next_ones:
        queued = Workshop(next_ones).wait_for_end(queued_id)
        cut_off = Workshop(next_ones).wait_for_end(cut_off_id)
        (attempt,) = next_ones.runs.list_attempts(LOCAL_USER, cut_off_id)
        events = next_ones.runs.list_events(LOCAL_USER, cut_off_id)
        after = read_everything(database)

    assert (cut_off.status, cut_off.reason) == (RunStatus.INTERRUPTED, RunReason.INTERRUPTED)
    assert cut_off.message == "Benchtop ended while this run was going on."
    assert cut_off.hint
    assert cut_off.attempt_count == 1
    assert attempt.status is AttemptStatus.INTERRUPTED
    assert attempt.ended_at is not None
    assert events[-1].data == {"status": "interrupted"}
    assert queued.status is RunStatus.PASSED
    changed = {str(cut_off_id), str(queued_id)}
    assert _lines(before, without=changed) == _lines(after, without=changed)
    assert str(finished.id) in after


def test_two_live_processes_leave_each_others_runs_alone(
    services: Services, workshop: Workshop, settings: Settings, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")

    with AppProcess(settings) as app:
        # Begun only now: a slow start of the other process would outlast the time a request may take.
        mine = workshop.start_run(agent, task)
        theirs_id = app.start_run(agent_id=agent.id, task_id=task.id)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 2, timeout_seconds=30)
        services.housekeeper.sweep()
        statuses = [services.runs.get_run(LOCAL_USER, run_id).status for run_id in (mine.id, theirs_id)]

    assert statuses == [RunStatus.RUNNING, RunStatus.RUNNING]
    wait_until(lambda: _is_ended_by_sweep(services, theirs_id), what="the killed process to be noticed")
    assert services.runs.get_run(LOCAL_USER, mine.id).status is RunStatus.RUNNING


def _is_ended_by_sweep(services: Services, run_id: object) -> bool:
    services.housekeeper.sweep()
    listed = services.history.page_runs(LOCAL_USER).items
    return any(one.id == run_id and one.status is RunStatus.INTERRUPTED for one in listed)
