"""The form of a task's schema: what it sends is taken once, or refused with a sentence, and nothing is lost."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.services import Services
from tests.app.browser_form import change, shape
from tests.app.task_page import (
    OpenPage,
    answer_form,
    is_editing,
    list_tasks,
    open_new,
    open_stored,
    save,
    texts,
)
from tests.factories import Workshop

Json = Any  # Any: a JSON Schema


def panel_json(app: AppTest) -> Json:
    """Return the schema that stands beside the form."""
    return json.loads(app.code[0].value)


def test_an_edit_shows_at_once_in_the_json_beside_the_form(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())

    answer_form(app).change("category", "name", "topic")

    assert list(panel_json(app)["properties"]) == ["topic", "confidence"]
    assert panel_json(app)["required"] == ["topic", "confidence"]


def test_edits_sent_twice_are_made_once(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    edits = [{"n": 1, "do": "duplicate", "path": [0]}, {"n": 2, "do": "move", "path": [0], "by": 2}]
    form.send_numbered(edits[:1])

    form.send_numbered(edits)
    form.send_numbered(edits)
    app.run()

    assert form.names == ["category_2", "confidence", "category"]
    assert form.view["applied"] == 2


def test_what_is_no_edit_is_passed_over(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)

    for sent in (None, "x", {"n": 1}, [None, 7, {"n": "x"}, {"do": "remove", "path": [0]}]):
        form.send_numbered(sent)

    assert not app.exception
    assert form.names == ["category", "confidence"]


def test_choice_with_a_comma_stays_one_value(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Ticket")
    form = answer_form(app)
    form.add("state", "choice")

    form.change("state", "choices", [{"text": "in progress, on hold", "note": "Not now"}, {"text": "done"}])
    save(app)

    (task,) = list_tasks(services)
    values = task.response_schema["properties"]["state"]["anyOf"]
    assert values == [
        {"const": "in progress, on hold", "description": "Not now", "type": "string"},
        {"const": "done", "type": "string"},
    ]


def test_moving_and_removing_fields_keeps_what_was_just_typed(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())

    answer_form(app).send(
        change([1], "description", "How sure"), {"do": "move", "path": [1], "by": -1}, {"do": "remove", "path": [1]}
    )
    save(app)

    (task,) = list_tasks(services)
    assert list(task.response_schema["properties"]) == ["confidence"]
    assert task.response_schema["properties"]["confidence"]["description"] == "How sure"
    assert task.version == 2


def test_nested_fields_are_edited_in_place(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, name="Order")
    form = answer_form(app)
    form.add("lines", "object", lists=1)
    form.add("article", "object", parent=[0, "[]"])

    form.add("sku", parent=[0, "[]", 0])
    save(app)

    (task,) = list_tasks(services)
    lines = task.response_schema["properties"]["lines"]
    assert lines["type"] == "array"
    assert lines["items"]["properties"]["article"]["required"] == ["sku"]


def test_what_the_form_cannot_edit_survives_it(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    code = {"allOf": [{"type": "string"}, {"minLength": 2}], "x-own": {"b": 1, "a": [2.0]}}
    kept = {"x-first": True, "type": "object", "title": "Kept", "$defs": {"spare": {"type": "string"}}}
    task = workshop.make_task({**kept, "properties": {"code": code, "text": {"type": "string"}}})
    app = open_stored(open_page, task)

    answer_form(app).change("text", "name", "words")
    save(app)

    (task,) = list_tasks(services)
    wanted = {**kept, "properties": {"code": code, "words": {"type": "string"}}}
    assert json.dumps(task.response_schema) == json.dumps(wanted)


def test_an_entry_that_cannot_be_taken_is_said_at_its_field_and_changes_nothing(
    open_page: OpenPage, workshop: Workshop
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    before = panel_json(app)

    form.change("confidence", "lower", {"value": "a lot", "isExclusive": False})

    refusal = form.view["refusal"]
    assert (refusal["path"], refusal["part"]) == ([1], "lower")
    assert "not a number" in refusal["message"]
    assert panel_json(app) == before


def test_an_edit_that_leads_nowhere_changes_nothing(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)

    form.send({"do": "remove", "path": [7]}, change([0, 4], "shape", shape("integer")))

    assert not app.exception
    assert form.names == ["category", "confidence"]
    assert form.view["refusal"]["path"] is None
    assert form.view["applied"] == 2


def test_nothing_is_saved_while_an_entry_that_was_refused_stands_in_the_form(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    form.change("confidence", "lower", {"value": "a lot", "isExclusive": False})

    save(app)

    assert is_editing(app)
    assert "could not be taken over" in texts(app)
    form.send(change([1], "lower", {"value": 0.5, "isExclusive": False}))
    assert "could not be taken over" not in texts(app)
    save(app)
    assert list_tasks(services)[0].response_schema["properties"]["confidence"]["minimum"] == 0.5


def test_an_entry_that_is_refused_with_the_click_on_save_is_not_lost_silently(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    app.button(key="tasks.save").click()

    form.change("confidence", "lower", {"value": "a lot", "isExclusive": False})

    assert is_editing(app)
    assert "could not be taken over" in texts(app)
    assert form.view["refusal"]["part"] == "lower"
    assert list_tasks(services)[0].version == 1


def test_a_refused_entry_comes_back_with_its_field_and_goes_when_it_is_mended_or_undone(
    open_page: OpenPage, workshop: Workshop
) -> None:
    app = open_stored(open_page, workshop.make_task())
    form = answer_form(app)
    typed = {"value": "a lot", "isExclusive": False}
    form.send(change([1], "lower", typed), change([0], "description", "The kind."))
    assert [(one["path"], one["part"], one["value"]) for one in form.view["held"]] == [([1], "lower", typed)]

    form.send({"do": "move", "path": [1], "by": -1})
    assert [one["path"] for one in form.view["held"]] == [[0]]
    form.send(change([0], "lower", {"value": 0.5, "isExclusive": False}))
    assert form.view["held"] == []
    form.send(change([0], "upper", typed))
    assert len(form.view["held"]) == 1
    form.send({"do": "undo"})

    assert form.view["held"] == []
