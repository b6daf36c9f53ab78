"""Who changes a thing keeps others from changing it, and no run from being started or carried on meanwhile."""

import threading
import uuid
from collections.abc import Callable

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.runs.records import RunStatus
from core.services import Services
from core.tasks.records import TaskRecord
from db.queries import agents as agent_queries
from db.queries import providers as provider_queries
from db.queries import runs as run_queries
from db.queries import tasks as task_queries
from db.session import Session
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

Lock = Callable[[Session, AgentRecord, TaskRecord], object]

LOCKS: dict[str, Lock] = {
    "agent": lambda session, agent, task: agent_queries.lock_agent(session, agent.id),
    "task": lambda session, agent, task: task_queries.lock_task(session, task.id),
    "provider": lambda session, agent, task: provider_queries.find_provider(session, agent.provider_id, lock=True),
}


@pytest.mark.parametrize("name", LOCKS)
def test_run_goes_from_start_to_end_while_what_it_uses_is_being_changed(
    name: str, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)

    with services.store.transaction() as session:
        assert LOCKS[name](session, agent, task) is not None
        run = workshop.run(agent, task)

    assert run.status is RunStatus.PASSED


def test_what_happens_in_a_run_is_stored_while_the_run_itself_is_locked(
    workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="held")
    run = workshop.start_run(agent, task)
    model_server.wait_until(lambda _: bool(model_server.chat_requests), timeout_seconds=15)

    with services.store.transaction() as session:
        assert run_queries.lock_run(session, run.id) is not None
        # An event points to its run: storing one looks at the row that is locked here, and must not wait.
        stored = threading.Thread(target=lambda: _note_event(services, run.id))
        stored.start()
        stored.join(5)
        is_stored = not stored.is_alive()
    stored.join(15)
    model_server.release()

    assert is_stored
    assert workshop.wait_for_end(run.id).status is RunStatus.PASSED
    assert services.runs.list_attempts(LOCAL_USER, run.id)[0].number == 1


def _note_event(services: Services, run_id: uuid.UUID) -> None:
    with services.store.transaction() as session:
        run_queries.add_event(session, run_id, "noted")
