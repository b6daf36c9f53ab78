"""A task from the first field to a run: built in the form, changed as JSON, stored exactly, and run."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.tasks.records import TaskRecord
from tests.e2e.builder_screen import Builder, find_task
from tests.e2e.screen import (
    badge,
    button,
    choose,
    drawer,
    expect_no_traceback,
    fill,
    heading,
    open_screen,
    press_run,
    search_row,
    type_option,
    wait_for_screen,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def inner_object(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object inside another as the form writes it."""
    return {"type": "object", "properties": properties, "additionalProperties": False, "required": [*properties]}


LINE = inner_object({"sku": {"type": "string"}, "amount": {"type": "integer", "minimum": 1}})
BUILT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "In a few words."},
        "score": {"type": "number", "minimum": 0, "maximum": 10},
        "state": {"type": "string", "enum": ["done", "in progress, on hold"]},
        "order": inner_object(
            {
                "customer": inner_object({"email": {"type": "string", "format": "email"}}),
                "lines": {"type": "array", "items": LINE, "minItems": 1},
            }
        ),
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "state", "order", "tags"],
    "additionalProperties": False,
}
BROKEN_JSON = '{\n  "type": "object",\n  "properties": {\n    "title": {"type": "string",}\n  }\n}'


def as_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False)


def add_fields(builder: Builder) -> None:
    """Add the fields; the score and the customer not yet where they are to stay."""
    title = builder.add_field("title")
    builder.description(title).fill("In a few words.")
    state = builder.add_field("state", kind="choice")
    builder.set_choices(state, "done", "in progress, on hold")
    order = builder.add_field("order", kind="object")
    lines = builder.add_inside(order, "lines", kind="list of object")
    builder.add_inside(lines, "sku")
    amount = builder.add_inside(lines, "amount", kind="integer")
    builder.set_detail(amount, "Smallest value", "1")
    builder.set_detail(lines, "Fewest items", "1")
    customer = builder.add_inside(order, "customer", kind="object")
    builder.add_inside(customer, "email", kind="email")
    builder.add_field("tags", kind="list of string")
    score = builder.add_field("score", kind="number")
    builder.set_detail(score, "Smallest value", "0")
    builder.set_detail(score, "Largest value", "10")
    builder.required(score).uncheck()


def put_in_order(builder: Builder) -> None:
    """Move the score with the mouse and by the keys of its row, and the customer by the keys of its handle."""
    builder.drag("5", "3", share=0.1)
    expect(builder.name("3")).to_have_value("score")
    builder.name("3").press("Alt+ArrowUp")
    expect(builder.name("2")).to_be_focused()
    expect(builder.name("2")).to_have_value("score")
    builder.handle("4.2").press("ArrowUp")
    expect(builder.handle("4.1")).to_be_focused()
    builder.expect_names(
        *("title", "score", "state", "order", "customer", "email", "lines", "sku", "amount", "tags"),
    )


@pytest.fixture(scope="module")
def built(browser_profile: BrowserContext, backstage: Workshop) -> TaskRecord:
    """A task that was made on screen: in the form, then with keywords in the JSON tab that no form knows, then on."""
    page = browser_profile.new_page()
    builder = Builder.of_new_task(page, "Ticket intake")
    add_fields(builder)
    put_in_order(builder)
    builder.expect_schema(BUILT)
    assert builder.read_json() == as_text(BUILT)

    builder.write_json(as_text(with_unknown_keywords(BUILT)))
    builder.open_tab("Form")
    expect(builder.form.locator(".bb-root-kept")).to_contain_text("x-note")
    kept = builder.open_details("1").locator(".bb-kept")
    expect(kept).to_contain_text("x-widget")
    expect(kept.get_by_role("textbox")).to_have_count(0)
    builder.description("5").fill("A word each.")
    builder.save()
    page.close()
    return find_task(backstage, "Ticket intake")


def with_unknown_keywords(schema: dict[str, Any]) -> dict[str, Any]:
    """Put one before everything else and one into a field, where a careless form would move or lose them."""
    changed = json.loads(json.dumps({"x-note": ["kept", {"as": "it is"}], **schema}))
    title = changed["properties"]["title"]
    changed["properties"]["title"] = {"type": title["type"], "x-widget": None, "description": title["description"]}
    return dict(changed)


def test_what_was_built_is_what_is_stored(built: TaskRecord, page: Page) -> None:
    expected = with_unknown_keywords(BUILT)
    expected["properties"]["tags"]["description"] = "A word each."

    assert as_text(built.response_schema) == as_text(expected)
    builder = Builder.of_task(page, built)
    assert builder.read_json() == as_text(expected)
    builder.open_tab("Form")
    expect(builder.badges("3")).to_have_text(["2 choices: done, “in progress, on hold”"])


def test_task_is_given_to_a_new_agent_and_run(
    built: TaskRecord, page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    provider = backstage.make_provider(model_server.base_url)
    open_screen(page, "/agents", title="Agents")
    button(page, "Add agent").click()
    form = drawer(page)
    choose(form, "Provider", re.compile(f"^{re.escape(provider.name)} \\("), typed=provider.name)
    expect(form.get_by_role("combobox", name="Provider")).to_have_value(re.compile(re.escape(provider.name)))
    type_option(form, "Model", "ok")
    fill(form, "Name", f"Intake of {built.name}")
    fill(form, "System prompt", "Fill the form from the text.")
    choose(form, "Tasks", built.name)
    page.keyboard.press("Tab")
    button(form, "Save").click()
    expect(form).to_be_hidden()

    button(search_row(page, f"Intake of {built.name}"), "Run").click()
    wait_for_screen(page, title="Run")
    fill(page, "Input", "The printer is on fire.")
    press_run(page)

    expect(badge(page, "Passed")).to_be_visible()
    table = page.get_by_role("tabpanel", name="Table")
    for place in ("title", "score", "state", "customer.email"):
        expect(table.get_by_text(place, exact=True)).to_be_visible()


def test_form_changes_only_what_was_changed(built: TaskRecord, page: Page, backstage: Workshop) -> None:
    open_screen(page, "/tasks", title="Tasks")
    button(search_row(page, built.name), "Edit").click()
    wait_for_screen(page, title=f"Edit {built.name}")
    builder = Builder(page)
    builder.description("1").fill("In one line.")
    builder.save()

    changed = find_task(backstage, built.name)

    expected = json.loads(json.dumps(built.response_schema))
    expected["properties"]["title"]["description"] = "In one line."
    assert as_text(changed.response_schema) == as_text(expected)
    assert changed.version == built.version + 1
    assert Builder.of_task(page, built).read_json() == as_text(expected)


def test_input_has_fields_of_its_own(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    Builder.of_task(page, task)
    page.get_by_role("tab", name="Input", exact=True).click()
    page.get_by_text("Ask for input by a form", exact=True).click()
    builder = Builder(page, part="Input")
    topic = builder.add_field("topic", kind="choice")
    builder.set_choices(topic, "billing", "in progress, on hold")
    builder.save()

    changed = find_task(backstage, task.name)
    assert as_text(changed.response_schema) == as_text(task.response_schema)
    assert changed.request_schema is not None
    assert changed.request_schema["properties"] == {
        "topic": {"type": "string", "enum": ["billing", "in progress, on hold"]}
    }


def test_broken_json_is_refused_with_its_place_and_kept(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    builder = Builder.of_task(page, task)
    builder.read_json()

    builder.json_text.fill(BROKEN_JSON)
    button(page, "Save").click()

    expect(page.get_by_text(re.compile(r"line 4", re.IGNORECASE)).first).to_be_visible()
    expect(heading(page, f"Edit {task.name}")).to_be_visible()
    builder.open_tab("Form")
    expect(button(page, "Discard the text")).to_be_visible()
    builder.open_tab("JSON")
    expect(builder.json_text).to_have_value(BROKEN_JSON)
    expect_no_traceback(page)
    assert find_task(backstage, task.name).version == task.version
    button(page, "Discard the text").click()
    expect(builder.json_text).to_have_value(as_text(task.response_schema))
