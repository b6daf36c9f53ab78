"""The list of tasks and its drawer, without a browser."""

import json
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.services import Services
from core.tasks.records import TaskRecord
from tests.app.rows import press
from tests.factories import Workshop

OpenPage = Callable[..., AppTest]


def list_tasks(services: Services) -> list[TaskRecord]:
    return services.tasks.list_tasks(LOCAL_USER)


def test_empty_page_says_what_a_task_is(open_page: OpenPage) -> None:
    app = open_page("tasks")

    assert not app.exception
    assert app.subheader[0].value == "No tasks yet"
    assert app.button(key="tasks.add").label == "Add task"


def test_duplicate_copies_the_task(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    task = workshop.make_task(name="Triage")
    app = open_page("tasks")

    press(app, "tasks", "duplicate", task.id)

    assert not app.exception
    assert len(list_tasks(services)) == 2


def test_deleted_task_can_be_brought_back(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    task = workshop.make_task(name="Triage")
    app = open_page("tasks")
    press(app, "tasks", "delete", task.id)
    app.button(key="deletion.confirm").click().run()
    assert list_tasks(services) == []

    app.button(key="undo.button").click().run()

    assert [each.name for each in list_tasks(services)] == ["Triage"]


def test_agent_is_assigned_and_paused_from_the_drawer(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    task, agent = workshop.make_task(), workshop.make_agent()
    app = open_page("tasks")
    press(app, "tasks", "agents", task.id)

    app.selectbox(key="task_agents.agent").set_value(agent.id).run()
    app.button(key="task_agents.assign").click().run()
    (assignment,) = services.assignments.list_for_task(LOCAL_USER, task.id)
    app.toggle(key=f"task_agents.active.{assignment.id}").set_value(False).run()

    assert not app.exception
    (assignment,) = services.assignments.list_for_task(LOCAL_USER, task.id)
    assert not assignment.is_active


def test_what_was_refused_in_one_drawer_does_not_stand_in_the_next(open_page: OpenPage, workshop: Workshop) -> None:
    task, other, agent = workshop.make_task(), workshop.make_task(), workshop.make_agent()
    workshop.assign(agent, task)
    app = open_page("tasks")
    press(app, "tasks", "agents", task.id)
    app.selectbox(key="task_agents.agent").set_value(agent.id).run()
    app.button(key="task_agents.assign").click().run()
    refused = [str(error.proto) for error in app.error]

    press(app, "tasks", "agents", other.id)

    assert "already assigned" in refused[0]
    assert not app.error


def test_slash_leads_to_the_search(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_task()

    app = open_page("tasks")

    (listener,) = [each for each in app.get("bidi_component") if each.key == "tasks.list_keys"]
    assert json.loads(listener.proto.json) == {"/": "tasks-search"}
