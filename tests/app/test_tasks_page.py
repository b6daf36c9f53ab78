"""The editor of a task as a whole: what is saved, what is refused, and what leaving it asks."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.requests import parse_request
from core.services import Services
from core.tasks.records import TaskDraft
from tests.app.browser_form import change
from tests.app.task_page import (
    OpenPage,
    answer_form,
    input_form,
    is_editing,
    list_tasks,
    open_new,
    open_stored,
    save,
    texts,
    turn_to,
    type_json,
)
from tests.factories import Workshop


def test_task_built_field_by_field_is_saved(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Incident")
    form = answer_form(app)
    form.add("title")
    form.add("severity", "integer")
    form.change("severity", "upper", {"value": 5, "isExclusive": False})

    save(app)

    assert not app.exception
    (task,) = list_tasks(services)
    assert task.name == "Incident"
    assert task.request_schema is None
    assert task.response_schema == {
        "type": "object",
        "properties": {"title": {"type": "string"}, "severity": {"type": "integer", "maximum": 5}},
        "required": ["title", "severity"],
        "additionalProperties": False,
    }


def test_edits_that_arrive_with_the_click_on_save_are_saved(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.button(key="tasks.save").click()

    answer_form(app).change("confidence", "description", "How sure")

    assert not is_editing(app)
    (task,) = list_tasks(services)
    assert task.response_schema["properties"]["confidence"]["description"] == "How sure"
    assert task.version == 2


def test_a_name_that_arrives_with_the_click_on_save_is_saved(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.text_input(key="tasks.name").set_value("Renamed")

    save(app)

    assert [task.name for task in list_tasks(services)] == ["Renamed"]


def test_field_without_a_name_is_pointed_out_until_it_has_one(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Gaps")
    form = answer_form(app)
    form.send({"do": "add", "parent": [], "index": 0})
    before = form.view["rows"][0]["marks"]

    save(app)

    assert before == []
    assert "needs a name" in texts(app)
    assert [mark["tone"] for mark in form.view["rows"][0]["marks"]] == ["error"]
    assert list_tasks(services) == []
    form.send(change([0], "name", "topic"))
    assert "needs a name" not in texts(app)
    assert form.row("topic")["marks"] == []


def test_two_fields_of_one_name_are_refused(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Twice")
    form = answer_form(app)
    form.add("topic")
    form.add("topic")

    save(app)

    assert "topic" in "".join(error.value for error in app.error)
    assert form.names == ["topic", "topic"]
    assert list_tasks(services) == []


def test_taken_name_is_refused_and_what_was_typed_stays(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    workshop.make_task(name="Triage")
    app = open_new(open_page, name="triage")
    form = answer_form(app)
    form.add("topic")

    save(app)

    assert not app.exception
    assert "This name is taken" in texts(app)
    assert form.names == ["topic"]
    assert len(list_tasks(services)) == 1


def test_what_someone_else_saved_meanwhile_is_not_overwritten(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    task = workshop.make_task()
    app = open_stored(open_page, task)
    values = {"name": task.name, "description": "Theirs", "response_schema": task.response_schema}
    services.tasks.update_task(LOCAL_USER, task.id, parse_request(TaskDraft, values), expected_version=1)
    form = answer_form(app)
    form.change("category", "name", "mine")

    save(app)

    assert not app.exception
    assert is_editing(app)
    assert app.error
    assert form.names == ["mine", "confidence"]
    (stored,) = list_tasks(services)
    assert (stored.description, stored.version) == ("Theirs", 2)
    assert "category" in stored.response_schema["properties"]


def test_request_schema_is_saved_when_input_is_asked_for_by_a_form(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="By form")
    answer_form(app).add("topic")
    turn_to(app, "Input")
    app.run()
    app.toggle(key="tasks.by_form").set_value(True).run()
    input_form(app).add("subject")

    save(app)

    (task,) = list_tasks(services)
    assert task.request_schema is not None
    assert list(task.request_schema["properties"]) == ["subject"]
    assert list(task.response_schema["properties"]) == ["topic"]


def test_turning_to_the_input_loses_no_edit_of_the_answer(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Turned")
    form = answer_form(app)
    form.add("topic")
    turn_to(app, "Input")

    form.change("topic", "description", "Typed last")

    assert not form.is_shown
    turn_to(app, "Answer")
    app.run()
    assert form.row("topic")["description"] == "Typed last"
    save(app)
    (task,) = list_tasks(services)
    assert task.response_schema["properties"]["topic"]["description"] == "Typed last"


def test_edits_of_the_answer_are_saved_from_the_input(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Turned")
    form = answer_form(app)
    form.add("topic")
    turn_to(app, "Input")
    form.change("topic", "description", "Typed last")

    save(app)

    (task,) = list_tasks(services)
    assert task.response_schema["properties"]["topic"]["description"] == "Typed last"


def test_switched_off_mending_is_stored_and_shown_again(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    task = workshop.make_task()
    app = open_stored(open_page, task)
    assert app.toggle(key="tasks.mends_answers").value is True

    app.toggle(key="tasks.mends_answers").set_value(False)
    save(app)

    assert [stored.mends_answers for stored in list_tasks(services)] == [False]
    again = open_stored(open_page, task)
    assert again.toggle(key="tasks.mends_answers").value is False


def test_mending_stays_as_it_was_set_when_the_input_is_looked_at(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.toggle(key="tasks.mends_answers").set_value(False).run()

    turn_to(app, "Input")
    app.run()
    save(app)

    assert [stored.mends_answers for stored in list_tasks(services)] == [False]


def test_cancel_without_a_change_closes_at_once(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())

    app.button(key="tasks.cancel").click().run()

    assert not app.exception
    assert not is_editing(app)
    assert app.button(key="tasks.add")


def test_cancel_after_a_change_was_taken_back_closes_at_once(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("category", "name", "topic")
    form.send({"do": "undo"})

    app.button(key="tasks.cancel").click().run()

    assert not is_editing(app)


@pytest.mark.parametrize("what", ["name", "mending", "form", "form with the click", "JSON"])
def test_cancel_asks_before_a_change_is_lost(
    what: str, open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    if what == "name":
        app.text_input(key="tasks.name").set_value("Never")
    elif what == "mending":
        app.toggle(key="tasks.mends_answers").set_value(False)
    elif what == "form":
        form.change("category", "name", "never")
    elif what == "JSON":
        type_json(app, "{")

    app.button(key="tasks.cancel").click()
    if what == "form with the click":
        form.change("category", "name", "never")
    else:
        app.run()

    assert is_editing(app)
    app.button(key="tasks.discard").click().run()
    assert not app.exception
    assert not is_editing(app)
    assert list_tasks(services)[0].version == 1


def test_keep_editing_keeps_the_change(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("category", "name", "topic")
    app.button(key="tasks.cancel").click().run()

    app.button(key="tasks.stay").click().run()

    assert not [button for button in app.button if button.key == "tasks.discard"]
    assert form.names == ["topic", "confidence"]
    save(app)
    assert list(list_tasks(services)[0].response_schema["properties"]) == ["topic", "confidence"]


def test_url_opens_the_editor_of_a_task(open_page: OpenPage, workshop: Workshop) -> None:
    task = workshop.make_task(name="Linked")
    app = open_page("tasks")

    app.query_params["edit"] = str(task.id)
    app.run()

    assert app.text_input(key="tasks.name").value == "Linked"
    assert answer_form(app).names == ["category", "confidence"]


def test_url_of_a_missing_task_says_so(open_page: OpenPage) -> None:
    app = open_page("tasks")

    app.query_params["edit"] = str(uuid.uuid4())
    app.run()

    assert not app.exception
    assert "not there any more" in texts(app)
