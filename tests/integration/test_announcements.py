"""Every change is announced in its own transaction, and what was not stored is not announced."""

from typing import Any

import pytest
from sqlmodel import col, select

from core.actors import LOCAL_USER
from core.agents.records import AgentChange
from core.errors import AlreadyAssignedError, NameTakenError, NotFoundError, OutdatedError
from core.providers.records import ProviderChange
from core.services import Services
from core.tasks.records import TaskChange
from db.session import Database
from db.tables import EventRow
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.test_providers import settled

Announced = tuple[str, dict[str, Any]]  # Any: ids and words


def read_events(database: Database, topic: str) -> list[Announced]:
    with database.transaction() as session:
        rows = session.exec(select(EventRow).where(EventRow.topic == topic).order_by(col(EventRow.seq))).all()
    return [(row.event, row.data) for row in rows]


def read_kinds(database: Database, topic: str) -> list[str]:
    return [event for event, _ in read_events(database, topic)]


def test_the_life_of_an_agent_is_announced(services: Services, workshop: Workshop, database: Database) -> None:
    agent = workshop.make_agent()
    services.agents.update_agent(LOCAL_USER, agent.id, agent.draft().model_copy(update={"retries": 5}))
    services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(retries=6))
    services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=False)
    services.agents.delete_agent(LOCAL_USER, agent.id)
    services.agents.restore_agent(LOCAL_USER, agent.id)
    copy = services.agents.duplicate_agent(LOCAL_USER, agent.id)

    told = read_events(database, "agents")

    events = ["created", "updated", "updated", "updated", "deleted", "restored"]
    assert told == [*((event, {"id": str(agent.id)}) for event in events), ("created", {"id": str(copy.id)})]


def test_the_life_of_a_task_is_announced(services: Services, workshop: Workshop, database: Database) -> None:
    task = workshop.make_task()
    draft = task.draft().model_copy(update={"description": "New"})
    services.tasks.update_task(LOCAL_USER, task.id, draft)
    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(description="Newer"))
    services.tasks.delete_task(LOCAL_USER, task.id)
    services.tasks.restore_task(LOCAL_USER, task.id)
    copy = services.tasks.duplicate_task(LOCAL_USER, task.id)

    told = read_events(database, "tasks")

    events = ["created", "updated", "updated", "deleted", "restored"]
    assert told == [*((event, {"id": str(task.id)}) for event in events), ("created", {"id": str(copy.id)})]


def test_the_life_of_a_provider_is_announced_with_its_checks(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    settled(services, provider.id)
    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(name="Renamed"))
    model_server.stop()
    services.providers.check_provider(LOCAL_USER, provider.id)
    settled(services, provider.id)
    services.providers.delete_provider(LOCAL_USER, provider.id)
    services.providers.restore_provider(LOCAL_USER, provider.id)
    settled(services, provider.id)

    told = read_events(database, "providers")

    assert {data["id"] for _, data in told} == {str(provider.id)}
    assert [(event, data.get("validation_status")) for event, data in told] == [
        ("created", None),
        ("validating", None),
        ("validated", "connected"),
        ("updated", None),
        ("validating", None),
        ("validated", "error"),
        ("deleted", None),
        ("restored", None),
        ("validating", None),
        ("validated", "error"),
    ]


def test_an_assignment_is_announced_to_its_agent_and_its_task(
    services: Services, workshop: Workshop, database: Database
) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    first = services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)
    services.assignments.set_assignment_active(LOCAL_USER, first.id, is_active=False)
    services.assignments.unassign(LOCAL_USER, first.id)
    second = services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)
    services.assignments.unassign_pair(LOCAL_USER, agent_id=agent.id, task_id=task.id)

    changes = [("assigned", first), ("assignment_changed", first), ("unassigned", first)]
    changes += [("assigned", second), ("unassigned", second)]
    for topic, own_id, other in (("agents", agent.id, "task"), ("tasks", task.id, "agent")):
        other_id = str(task.id if other == "task" else agent.id)
        assert read_events(database, topic)[1:] == [
            (event, {"id": str(own_id), f"{other}_id": other_id, "assignment_id": str(record.id)})
            for event, record in changes
        ]


def test_what_changes_nothing_is_not_announced(services: Services, workshop: Workshop, database: Database) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    assignment = services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)
    provider = settled(services, agent.provider_id)
    before = [read_kinds(database, topic) for topic in ("agents", "tasks", "providers")]

    services.agents.update_agent(LOCAL_USER, agent.id, agent.draft())
    services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=True)
    services.tasks.update_task(LOCAL_USER, task.id, task.draft())
    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(name=provider.name))
    services.assignments.set_assignment_active(LOCAL_USER, assignment.id, is_active=True)

    assert [read_kinds(database, topic) for topic in ("agents", "tasks", "providers")] == before


def test_what_is_refused_is_not_announced(services: Services, workshop: Workshop, database: Database) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")
    workshop.assign(agent, task)
    settled(services, agent.provider_id)
    before = [read_kinds(database, topic) for topic in ("agents", "tasks", "providers")]

    with pytest.raises(NameTakenError):
        workshop.make_agent(services.providers.get_provider(LOCAL_USER, agent.provider_id), name="SORTER")
    with pytest.raises(NameTakenError):
        workshop.make_task(name="TRIAGE")
    with pytest.raises(NameTakenError):
        workshop.make_provider(name=agent.provider_name)
    with pytest.raises(AlreadyAssignedError):
        workshop.assign(agent, task)
    with pytest.raises(OutdatedError):
        services.agents.delete_agent(LOCAL_USER, agent.id, expected_etag="0")

    assert [read_kinds(database, topic) for topic in ("agents", "tasks", "providers")] == before


def test_a_pair_that_is_not_assigned_cannot_be_unassigned(services: Services, workshop: Workshop) -> None:
    agent, task, gone = workshop.make_agent(), workshop.make_task(), workshop.make_task()
    workshop.assign(agent, gone)
    services.tasks.delete_task(LOCAL_USER, gone.id)

    for missing in (task, gone):
        with pytest.raises(NotFoundError, match="not assigned"):
            services.assignments.unassign_pair(LOCAL_USER, agent_id=agent.id, task_id=missing.id)
