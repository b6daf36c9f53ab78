"""Agents, tasks and assignments: immutable versions, and changes that are refused with a reason."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.errors import (
    AlreadyAssignedError,
    InvalidInputError,
    InvalidSchemaError,
    NameTakenError,
    NotFoundError,
    StateConflictError,
)
from core.services import Services
from core.tasks.records import FixtureDraft, TaskDraft, TaskRecord
from db.session import Database
from tests.factories import TRIAGE_SCHEMA, Workshop

REQUEST_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "body": {"type": "string"}},
    "required": ["subject"],
}


def read_versions(database: Database, table: str, columns: str) -> list[tuple[object, ...]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY number"))]


def change_agent(
    services: Services, agent: AgentRecord, *, expected: int | None = None, **changes: object
) -> AgentRecord:
    draft = agent.draft().model_copy(update=changes)
    return services.agents.update_agent(LOCAL_USER, agent.id, draft, expected_version=expected)


def draft_of(task: TaskRecord, **changes: object) -> TaskDraft:
    return TaskDraft.model_validate(task.model_dump(include=set(TaskDraft.model_fields)) | changes)


def test_a_changed_agent_is_a_new_version_and_the_old_one_stays(
    services: Services, workshop: Workshop, database: Database
) -> None:
    agent = workshop.make_agent(system_prompt="First.")

    changed = change_agent(services, agent, system_prompt="Second.", temperature=0.5)

    assert (agent.version, changed.version) == (1, 2)
    assert changed.version_id != agent.version_id
    kept = read_versions(database, "agent_versions", "number, system_prompt, temperature")
    assert kept == [(1, "First.", None), (2, "Second.", 0.5)]


def test_saving_an_agent_without_a_change_makes_no_version(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(temperature=0.3, max_tokens=100)

    saved = change_agent(services, agent)

    assert (saved.version, saved.version_id) == (agent.version, agent.version_id)


def test_switching_an_agent_off_is_no_new_version(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()

    by_draft = change_agent(services, agent, is_active=False)
    by_switch = services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=True)

    assert (by_draft.version, by_draft.is_active) == (1, False)
    assert (by_switch.version, by_switch.is_active) == (1, True)


def test_an_agent_saved_by_somebody_else_meanwhile_is_not_overwritten(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()
    change_agent(services, agent, system_prompt="Theirs.", expected=1)

    with pytest.raises(StateConflictError, match="version 2"):
        change_agent(services, agent, system_prompt="Mine.", expected=1)

    assert services.agents.get_agent(LOCAL_USER, agent.id).system_prompt == "Theirs."


def test_a_form_that_did_not_touch_the_switch_leaves_it_as_somebody_set_it(
    services: Services, workshop: Workshop
) -> None:
    agent = workshop.make_agent()
    services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=False)
    untouched = agent.draft().model_copy(update={"system_prompt": "New."})
    touched = untouched.model_copy(update={"is_active": False})

    saved = services.agents.update_agent(LOCAL_USER, agent.id, untouched, expected_version=1, was_active=True)
    services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=True)
    switched = services.agents.update_agent(LOCAL_USER, agent.id, touched, expected_version=2, was_active=True)

    assert (saved.is_active, saved.system_prompt) == (False, "New.")
    assert not switched.is_active


def test_copies_made_at_once_each_get_a_name(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")
    services.fixtures.create_fixture(LOCAL_USER, task.id, FixtureDraft(name="One", input="Help"))

    with ThreadPoolExecutor(8) as threads:
        agents = list(threads.map(lambda _: services.agents.duplicate_agent(LOCAL_USER, agent.id), range(8)))
        tasks = list(threads.map(lambda _: services.tasks.duplicate_task(LOCAL_USER, task.id), range(8)))

    suffixes = ["copy", *(f"copy {number}" for number in range(2, 9))]
    assert sorted(copy.name for copy in agents) == [f"Sorter {suffix}" for suffix in suffixes]
    assert sorted(copy.name for copy in tasks) == [f"Triage {suffix}" for suffix in suffixes]
    assert all(len(services.fixtures.list_fixtures(LOCAL_USER, copy.id)) == 1 for copy in tasks)


def test_an_agent_is_copied_under_a_free_name(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(name="Sorter", temperature=0.5)

    first = services.agents.duplicate_agent(LOCAL_USER, agent.id)
    second = services.agents.duplicate_agent(LOCAL_USER, agent.id)

    assert (first.name, second.name) == ("Sorter copy", "Sorter copy 2")
    assert first.draft() == agent.draft().model_copy(update={"name": "Sorter copy"})
    assert first.version == 1


def test_a_deleted_agent_frees_its_name_and_comes_back_when_it_can(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(name="Sorter")
    services.agents.delete_agent(LOCAL_USER, agent.id)
    successor = workshop.make_agent(name="sorter")

    with pytest.raises(NotFoundError):
        services.agents.get_agent(LOCAL_USER, agent.id)
    with pytest.raises(NameTakenError):
        services.agents.restore_agent(LOCAL_USER, agent.id)
    services.agents.delete_agent(LOCAL_USER, successor.id)

    assert services.agents.restore_agent(LOCAL_USER, agent.id).name == "Sorter"


def test_an_agent_takes_no_name_in_use_whatever_its_case(services: Services, workshop: Workshop) -> None:
    workshop.make_agent(name="Sorter")
    other = workshop.make_agent(name="Other")

    with pytest.raises(NameTakenError, match="“SORTER”") as caught:
        change_agent(services, other, name="SORTER")

    assert [detail.place for detail in caught.value.details] == ["name"]
    assert services.agents.get_agent(LOCAL_USER, other.id).version == 1


@pytest.mark.parametrize("template", ["Hello {{name", "Hello {{}}", "Hello {{ }}", "{{a {{b}}"])
def test_a_template_with_stray_braces_is_refused(services: Services, workshop: Workshop, template: str) -> None:
    provider = workshop.make_provider()

    with pytest.raises(InvalidInputError) as caught:
        workshop.make_agent(provider, user_prompt_template=template)

    assert [detail.place for detail in caught.value.details] == ["user_prompt_template"]
    assert services.agents.list_agents(LOCAL_USER) == []


def test_an_agent_needs_a_provider_that_is_there(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    services.providers.delete_provider(LOCAL_USER, provider.id)

    with pytest.raises(InvalidInputError) as caught:
        workshop.make_agent(provider)

    assert [detail.place for detail in caught.value.details] == ["provider_id"]


def test_a_changed_task_is_a_new_version_and_the_old_one_stays(
    services: Services, workshop: Workshop, database: Database
) -> None:
    task = workshop.make_task()

    same = services.tasks.update_task(LOCAL_USER, task.id, draft_of(task))
    draft = draft_of(task, request_schema=REQUEST_SCHEMA)
    changed = services.tasks.update_task(LOCAL_USER, task.id, draft, expected_version=1)

    assert (same.version, changed.version) == (1, 2)
    assert changed.request_schema == REQUEST_SCHEMA
    kept = read_versions(database, "task_versions", "number, request_schema_text")
    assert kept == [(1, None), (2, json.dumps(REQUEST_SCHEMA))]
    with pytest.raises(StateConflictError, match="version 2"):
        services.tasks.update_task(LOCAL_USER, task.id, draft_of(task), expected_version=1)


def test_a_schemas_keys_come_back_in_the_order_they_were_written(services: Services, workshop: Workshop) -> None:
    fields = {name: {"type": "string", "description": "é"} for name in ("zeta", "alpha", "mid", "$ref", "ünder")}
    schema = {"title": "T", "required": ["mid"], "properties": fields, "type": "object", "$comment": "last"}

    task = workshop.make_task(schema)
    found = services.tasks.get_task(LOCAL_USER, task.id)

    assert json.dumps(found.response_schema) == json.dumps(schema)


def test_reordering_the_fields_is_a_change(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task()
    turned = TRIAGE_SCHEMA | {"properties": dict(reversed(TRIAGE_SCHEMA["properties"].items()))}

    changed = services.tasks.update_task(LOCAL_USER, task.id, draft_of(task, response_schema=turned))

    assert changed.version == 2
    assert list(changed.response_schema["properties"]) == ["confidence", "category"]


@pytest.mark.parametrize("which", ["response_schema", "request_schema"])
def test_an_invalid_schema_is_refused_with_place_and_reason_and_nothing_is_stored(
    services: Services, workshop: Workshop, which: str
) -> None:
    wrong = {"type": "object", "properties": {"age": {"type": "integr"}}}
    task = workshop.make_task()

    with pytest.raises(InvalidSchemaError) as created:
        workshop.make_task(name="New", **({"response_schema": TRIAGE_SCHEMA} | {which: wrong}))
    with pytest.raises(InvalidSchemaError) as updated:
        services.tasks.update_task(LOCAL_USER, task.id, draft_of(task, **{which: wrong}))

    for caught in (created, updated):
        assert caught.value.details[0].place == f"{which}/properties/age/type"
        assert "integr" in caught.value.details[0].message + caught.value.message
    assert [(one.name, one.version) for one in services.tasks.list_tasks(LOCAL_USER)] == [(task.name, 1)]


def test_a_task_is_copied_with_its_inputs(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task(name="Triage", request_schema=REQUEST_SCHEMA)
    values = {name: {"subject": name} for name in ("Zeta", "Alpha", "Mid", "Beta", "Eta")}
    for name, value in values.items():
        services.fixtures.create_fixture(LOCAL_USER, task.id, FixtureDraft(name=name, input=value))

    copy = services.tasks.duplicate_task(LOCAL_USER, task.id)

    assert copy.name == "Triage copy"
    assert (copy.response_schema, copy.request_schema) == (task.response_schema, task.request_schema)
    kept = services.fixtures.list_fixtures(LOCAL_USER, copy.id)
    assert [(one.name, one.input) for one in kept] == list(values.items())


def test_a_deleted_task_comes_back(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task(name="Triage")
    services.tasks.delete_task(LOCAL_USER, task.id)

    with pytest.raises(NotFoundError):
        services.tasks.get_task(LOCAL_USER, task.id)

    assert services.tasks.restore_task(LOCAL_USER, task.id).response_schema == task.response_schema


def test_the_same_pair_twice_is_refused_by_name(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")
    workshop.assign(agent, task)

    with pytest.raises(AlreadyAssignedError, match="“Sorter” is already assigned to “Triage”"):
        workshop.assign(agent, task)

    assert len(services.assignments.list_for_task(LOCAL_USER, task.id)) == 1


def test_an_assignment_is_switched_off_and_on_and_removed(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    assigned = services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)

    off = services.assignments.set_assignment_active(LOCAL_USER, assigned.id, is_active=False)
    with pytest.raises(AlreadyAssignedError, match="switched off"):
        workshop.assign(agent, task)
    on = services.assignments.set_assignment_active(LOCAL_USER, assigned.id, is_active=True)
    services.assignments.unassign(LOCAL_USER, assigned.id)

    assert (off.is_active, on.is_active) == (False, True)
    assert services.assignments.list_for_agent(LOCAL_USER, agent.id) == []


def test_assignments_of_what_is_deleted_are_not_listed(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    workshop.assign(agent, task)

    services.tasks.delete_task(LOCAL_USER, task.id)

    assert services.assignments.list_for_agent(LOCAL_USER, agent.id) == []
    assert services.agents.get_agent(LOCAL_USER, agent.id).task_count == 0
    with pytest.raises(NotFoundError):
        workshop.assign(agent, task)
