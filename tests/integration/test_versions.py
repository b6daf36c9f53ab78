"""What belongs to one agent or task is listed in pages too: its saved states, and the tasks it may do."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError, NotFoundError
from core.paging import write_cursor
from core.services import Services
from core.tasks.records import TaskChange
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**31), "9" * 5000])
def test_a_cursor_to_a_version_that_cannot_be_is_refused(services: Services, workshop: Workshop, number: str) -> None:
    task = workshop.make_task()

    with pytest.raises(InvalidInputError, match="not known"):
        services.tasks.list_task_versions(LOCAL_USER, task.id, cursor=write_cursor("task_versions", number))


def test_an_agents_versions_are_listed_newest_first(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(system_prompt="Prompt 1", temperature=0.5)
    for number in (2, 3):
        draft = agent.draft().model_copy(update={"system_prompt": f"Prompt {number}"})
        services.agents.update_agent(LOCAL_USER, agent.id, draft)

    first = services.agents.list_agent_versions(LOCAL_USER, agent.id, limit=2)
    rest = services.agents.list_agent_versions(LOCAL_USER, agent.id, limit=2, cursor=first.next_cursor)

    assert [(one.number, one.system_prompt) for one in first.items] == [(3, "Prompt 3"), (2, "Prompt 2")]
    assert [(one.number, one.temperature, one.created_by) for one in rest.items] == [(1, 0.5, LOCAL_USER.name)]
    assert rest.items[0].provider_name == agent.provider_name
    assert (first.total, rest.next_cursor) == (3, None)


def test_a_tasks_versions_are_listed_newest_first(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task(name="Old")
    draft = task.draft().model_copy(update={"name": "New", "request_schema": {"type": "object"}})
    services.tasks.update_task(LOCAL_USER, task.id, draft)

    page = services.tasks.list_task_versions(LOCAL_USER, task.id)

    assert [(one.number, one.name, one.request_schema) for one in page.items] == [
        (2, "New", {"type": "object"}),
        (1, "Old", None),
    ]
    assert page.items[1].response_schema == task.response_schema
    assert (page.total, page.next_cursor) == (2, None)


def test_what_is_deleted_or_was_never_there_has_no_versions_or_tasks(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    services.agents.delete_agent(LOCAL_USER, agent.id)
    services.tasks.delete_task(LOCAL_USER, task.id)

    for missing in (agent.id, task.id, uuid.uuid4()):
        for read in (
            services.agents.list_agent_versions,
            services.tasks.list_task_versions,
            services.assignments.page_for_agent,
        ):
            with pytest.raises(NotFoundError):
                read(LOCAL_USER, missing)


def test_an_agents_tasks_are_paged_by_name_without_deleted_ones(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()
    tasks = [workshop.make_task(name=name) for name in ("charlie", "Alpha", "Bravo", "Gone")]
    for task in tasks:
        workshop.assign(agent, task)
    services.tasks.delete_task(LOCAL_USER, tasks[-1].id)

    first = services.assignments.page_for_agent(LOCAL_USER, agent.id, limit=2)
    rest = services.assignments.page_for_agent(LOCAL_USER, agent.id, limit=2, cursor=first.next_cursor)

    assert [one.task_name for one in first.items + rest.items] == ["Alpha", "Bravo", "charlie"]
    assert (first.total, rest.next_cursor) == (3, None)


def test_whether_answers_are_mended_belongs_to_a_tasks_version(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task()

    off = services.tasks.change_task(LOCAL_USER, task.id, TaskChange(mends_answers=False))
    renamed = services.tasks.change_task(LOCAL_USER, task.id, TaskChange(name="Renamed"))
    same = services.tasks.update_task(LOCAL_USER, task.id, renamed.draft())

    assert (task.mends_answers, task.version) == (True, 1)
    assert (off.mends_answers, off.version) == (False, 2)
    assert (same.mends_answers, same.version) == (False, 3)
    versions = services.tasks.list_task_versions(LOCAL_USER, task.id).items
    assert [(one.number, one.mends_answers) for one in versions] == [(3, False), (2, False), (1, True)]


def test_a_copied_task_has_its_answers_mended_or_not_as_the_first(services: Services, workshop: Workshop) -> None:
    tasks = [workshop.make_task(mends_answers=mends_answers) for mends_answers in (True, False)]

    copies = [services.tasks.duplicate_task(LOCAL_USER, task.id) for task in tasks]

    assert [copy.mends_answers for copy in copies] == [True, False]


def test_a_run_keeps_to_the_switch_it_was_started_with(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="fenced:1")
    mended = workshop.run(agent, task)
    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(mends_answers=False))

    unmended = workshop.run(agent, task)

    assert (mended.attempt_count, mended.task_version) == (1, 1)
    assert (unmended.attempt_count, unmended.task_version) == (2, 2)
