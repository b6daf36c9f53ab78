"""The form of a task's schema and its JSON text: neither loses what the other or a person wrote."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.services import Services
from tests.app.task_page import (
    ANSWER,
    OpenPage,
    answer_form,
    is_editing,
    list_tasks,
    open_stored,
    open_tab,
    save,
    texts,
    turn_to,
    type_json,
)
from tests.factories import Workshop

Json = Any  # Any: a JSON Schema
BROKEN = '{"type": "object",\n "properties": }'


def shown_text(app: AppTest) -> str:
    """Return the text that the JSON tab holds."""
    text = app.text_area[0].value
    assert text is not None
    return text


def shown_json(app: AppTest) -> Json:
    return json.loads(shown_text(app))


def test_undo_takes_back_an_edit_of_the_json_too(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("category", "name", "topic")
    type_json(app, '{"type": "object", "properties": {"only": {"type": "string"}}}')
    open_tab(app, "Form")
    assert form.names == ["only"]

    form.send({"do": "undo"})
    after_one = form.names
    form.send({"do": "undo"})

    assert after_one == ["topic", "confidence"]
    assert form.names == ["category", "confidence"]
    assert (form.view["undo"], form.view["redo"]) == (None, "Rename “category”")


def test_json_tab_shows_what_the_form_wrote_and_the_form_takes_over_what_it_is_told(
    open_page: OpenPage, workshop: Workshop
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("category", "name", "topic")
    open_tab(app, "JSON")
    schema = shown_json(app)

    schema["properties"]["weight"] = {"type": "number"}
    app.text_area[0].set_value(json.dumps(schema)).run()
    open_tab(app, "Form")

    assert form.names == ["topic", "confidence", "weight"]


def test_an_edit_that_arrives_as_the_json_opens_stands_in_it(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    app.session_state[f"{ANSWER}.tab"] = "JSON"

    answer_form(app).change("category", "name", "topic")

    assert list(shown_json(app)["properties"]) == ["topic", "confidence"]


def test_json_typed_last_is_saved_from_the_json_tab(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    open_tab(app, "JSON")
    app.text_area[0].set_value('{"type": "object", "properties": {"only": {"type": "string"}}, "x-own": 1}')

    save(app)

    assert list_tasks(services)[0].response_schema == {
        "type": "object",
        "properties": {"only": {"type": "string"}},
        "x-own": 1,
    }


def test_broken_json_is_refused_with_its_place_and_kept(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    type_json(app, BROKEN)

    save(app)

    assert "line 2, column" in texts(app)
    assert shown_text(app) == BROKEN
    assert list_tasks(services)[0].version == 1


def test_broken_json_blocks_the_save_from_other_tabs_and_is_kept(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    type_json(app, BROKEN)
    turn_to(app, "Input")
    app.run()

    save(app)

    assert is_editing(app)
    assert app.error[0].value.startswith("The answer")
    assert list_tasks(services)[0].version == 1
    turn_to(app, "Answer")
    open_tab(app, "JSON")
    assert shown_text(app) == BROKEN


def test_unusable_schema_is_refused_with_the_pointer_and_the_form_stays(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    type_json(app, '{"type": "object", "properties": {"a": {"type": "strin"}}}')
    assert "/properties/a/type" in texts(app)

    open_tab(app, "Form")
    app.button(key=f"{ANSWER}.discard").click().run()

    assert not app.exception
    assert answer_form(app).names == ["category", "confidence"]
    assert list_tasks(services)[0].version == 1


def test_form_is_locked_while_the_json_text_cannot_be_used(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("category", "description", "Typed before")
    open_tab(app, "JSON")
    text = shown_text(app)
    app.text_area[0].set_value(text[:-1]).run()

    open_tab(app, "Form")
    was_shown = form.is_shown
    type_json(app, text)
    open_tab(app, "Form")

    assert not was_shown
    assert form.row("category")["description"] == "Typed before"
    save(app)
    assert list_tasks(services)[0].response_schema["properties"]["category"]["description"] == "Typed before"
