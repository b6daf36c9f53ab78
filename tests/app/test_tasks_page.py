"""The editor of a task and its schema builder, without a browser."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.services import Services
from core.tasks.records import TaskRecord
from tests.app.rows import press
from tests.factories import Workshop

OpenPage = Callable[..., AppTest]
ANSWER = "tasks.1.answer"


def texts(app: AppTest) -> str:
    spoken = [*app.text, *app.caption, *app.markdown, *app.error, *app.warning]
    return "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)


def list_tasks(services: Services) -> list[TaskRecord]:
    return services.tasks.list_tasks(LOCAL_USER)


def open_new(open_page: OpenPage) -> AppTest:
    app = open_page("tasks")
    return app.button(key="tasks.add").click().run()


def open_stored(open_page: OpenPage, task: TaskRecord) -> AppTest:
    app = open_page("tasks")
    return press(app, "tasks", "edit", task.id)


def add_field(app: AppTest, name: str, kind: str = "string", *, number: int, changes: int) -> None:
    """Add a field; `number` counts from 1, `changes` is how often the form was rebuilt before."""
    app.button(key=f"{ANSWER}.{changes}..add").click().run()
    key = f"{ANSWER}.{changes + 1}.{number - 1}"
    app.text_input(key=f"{key}.name").set_value(name).run()
    app.selectbox(key=f"{key}.type").set_value(kind).run()


def open_tab(app: AppTest, name: str) -> AppTest:
    app.session_state[f"{ANSWER}.tab"] = name
    return app.run()


def shown_json(app: AppTest) -> dict[str, Any]:  # Any: a JSON Schema
    found: dict[str, Any] = json.loads(app.text_area[0].value)  # Any: as above
    return found


def save(app: AppTest) -> AppTest:
    return app.button(key="tasks.save").click().run()


def test_task_built_field_by_field_is_saved(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("Incident").run()
    add_field(app, "title", number=1, changes=0)
    add_field(app, "severity", "integer", number=2, changes=1)
    app.number_input(key=f"{ANSWER}.2.1.maximum").set_value(5).run()

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


def test_choice_with_a_comma_stays_one_value(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("Ticket").run()
    add_field(app, "state", "choice", number=1, changes=0)

    app.multiselect(key=f"{ANSWER}.1.0.choices").set_value(["in progress, on hold", "done"]).run()
    save(app)

    (task,) = list_tasks(services)
    assert task.response_schema["properties"]["state"]["enum"] == ["in progress, on hold", "done"]


def test_moving_and_removing_fields_keeps_what_was_just_typed(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())

    app.text_input(key=f"{ANSWER}.0.1.description").set_value("How sure")
    app.button(key=f"{ANSWER}.0.1.up").click().run()
    app.button(key=f"{ANSWER}.1.1.remove").click().run()
    save(app)

    (task,) = list_tasks(services)
    assert list(task.response_schema["properties"]) == ["confidence"]
    assert task.response_schema["properties"]["confidence"]["description"] == "How sure"
    assert task.version == 2


def test_nested_fields_are_edited_in_place(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("Contact").run()
    add_field(app, "company", "object", number=1, changes=0)

    app.button(key=f"{ANSWER}.1.0.add").click().run()
    app.text_input(key=f"{ANSWER}.2.0-0.name").set_value("city").run()
    save(app)

    (task,) = list_tasks(services)
    assert task.response_schema["properties"]["company"]["required"] == ["city"]


def test_json_tab_shows_what_the_form_wrote_and_the_form_takes_over_what_it_is_told(
    open_page: OpenPage, workshop: Workshop
) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.text_input(key=f"{ANSWER}.0.0.name").set_value("topic").run()
    open_tab(app, "JSON")
    schema = shown_json(app)

    schema["properties"]["weight"] = {"type": "number"}
    app.text_area[0].set_value(json.dumps(schema)).run()
    open_tab(app, "Form")

    assert list(schema["properties"]) == ["topic", "confidence", "weight"]
    names = [field.value for field in app.text_input if field.label.endswith(" name")]
    assert names == ["topic", "confidence", "weight"]


def test_what_the_form_cannot_edit_survives_it(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    code = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    kept = {"type": "object", "title": "Kept", "$defs": {"spare": {"type": "string"}}}
    task = workshop.make_task({**kept, "properties": {"code": code, "text": {"type": "string"}}})
    app = open_stored(open_page, task)

    app.text_input(key=f"{ANSWER}.0.1.name").set_value("words").run()
    save(app)

    (task,) = list_tasks(services)
    assert task.response_schema == {**kept, "properties": {"code": code, "words": {"type": "string"}}}


def test_broken_json_is_refused_with_its_place_and_kept(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    open_tab(app, "JSON")
    broken = '{"type": "object",\n "properties": }'

    app.text_area[0].set_value(broken).run()
    save(app)

    assert "line 2, column" in texts(app)
    assert app.text_area[0].value == broken
    assert list_tasks(services)[0].version == 1


def test_unusable_schema_is_refused_with_the_pointer_and_the_form_stays(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    open_tab(app, "JSON")
    app.text_area[0].set_value('{"type": "object", "properties": {"a": {"type": "strin"}}}').run()
    assert "/properties/a/type" in texts(app)

    open_tab(app, "Form")
    app.button(key=f"{ANSWER}.discard").click().run()

    assert not app.exception
    assert app.text_input(key=f"{ANSWER}.0.0.name").value == "category"
    assert list_tasks(services)[0].version == 1


def test_form_is_locked_while_the_json_text_cannot_be_used(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.text_input(key=f"{ANSWER}.0.0.description").set_value("Typed before").run()
    open_tab(app, "JSON")
    schema = shown_json(app)
    app.text_area[0].set_value(json.dumps(schema)[:-1]).run()

    open_tab(app, "Form")
    fields = [field.key for field in app.text_input if field.key and field.key.startswith(ANSWER)]
    open_tab(app, "JSON")
    app.text_area[0].set_value(json.dumps(schema)).run()
    open_tab(app, "Form")

    assert fields == []
    assert app.text_input(key=f"{ANSWER}.1.0.description").value == "Typed before"
    save(app)
    assert list_tasks(services)[0].response_schema["properties"]["category"]["description"] == "Typed before"


def test_field_without_a_name_is_pointed_out_and_nothing_is_saved(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("Gaps").run()
    app.button(key=f"{ANSWER}.0..add").click().run()

    save(app)

    assert "needs a name" in texts(app)
    assert list_tasks(services) == []


def test_taken_name_is_refused_and_what_was_typed_stays(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    workshop.make_task(name="Triage")
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("triage").run()
    add_field(app, "topic", number=1, changes=0)

    save(app)

    assert not app.exception
    assert "This name is taken" in texts(app)
    assert app.text_input(key=f"{ANSWER}.1.0.name").value == "topic"
    assert len(list_tasks(services)) == 1


def test_request_schema_is_saved_when_input_is_asked_for_by_a_form(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("By form").run()
    add_field(app, "topic", number=1, changes=0)
    app.toggle(key="tasks.by_form").set_value(True).run()
    app.button(key="tasks.1.input.0..add").click().run()
    app.text_input(key="tasks.1.input.1.0.name").set_value("subject").run()

    save(app)

    (task,) = list_tasks(services)
    assert task.request_schema is not None
    assert list(task.request_schema["properties"]) == ["subject"]


def test_cancel_saves_nothing(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page)
    app.text_input(key="tasks.name").set_value("Never").run()

    app.button(key="tasks.cancel").click().run()

    assert not app.exception
    assert app.button(key="tasks.add")
    assert list_tasks(services) == []


def test_url_opens_the_editor_of_a_task(open_page: OpenPage, workshop: Workshop) -> None:
    task = workshop.make_task(name="Linked")
    app = open_page("tasks")

    app.query_params["edit"] = str(task.id)
    app.run()

    assert app.text_input(key="tasks.name").value == "Linked"


def test_url_of_a_missing_task_says_so(open_page: OpenPage) -> None:
    app = open_page("tasks")

    app.query_params["edit"] = str(uuid.uuid4())
    app.run()

    assert not app.exception
    assert "not there any more" in texts(app)
