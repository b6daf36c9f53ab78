"""A task from the first field to a run: built in the form, changed as JSON, stored exactly, and run."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from core.actors import LOCAL_USER
from core.tasks.records import TaskRecord
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

BUILT_FIELDS: dict[str, Any] = {
    "title": {"type": "string", "description": "In a few words."},
    "score": {"type": "number", "minimum": 0, "maximum": 10},
    "state": {"type": "string", "enum": ["done", "in progress, on hold"]},
    "contact": {
        "type": "object",
        "properties": {"email": {"type": "string", "format": "email"}},
        "required": ["email"],
        "additionalProperties": False,
    },
    "tags": {"type": "array", "items": {"type": "string"}},
}
REQUIRED = ["title", "state", "contact", "tags"]
BROKEN_JSON = '{\n  "type": "object",\n  "properties": {\n    "title": {"type": "string",}\n  }\n}'


def json_text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="JSON Schema")


def name_field(page: Page, number: str, name: str, *, kind: str = "string") -> None:
    """Name a field that is there and say what it holds."""
    fill(page, f"Field {number} name", name)
    if kind != "string":
        choose(page.locator("body"), f"Field {number} type", kind)


def add_fields(page: Page) -> None:
    """Add the fields, the score after the state, which is not where it is to stay."""
    for number, (name, kind) in enumerate(
        (("title", "string"), ("state", "choice list"), ("score", "number"), ("contact", "object"), ("tags", "array")),
        start=1,
    ):
        button(page, "Add field").click()
        name_field(page, str(number), name, kind=kind)
    fill(page, "Field 1 description", "In a few words.")
    for choice in ("done", "in progress, on hold"):
        type_option(page.locator("body"), "Field 2 choices", choice)
        # The open list of options hides the rest of the page from assistive technology.
        page.keyboard.press("Tab")
        expect(button(page, f"Remove {choice}")).to_be_visible()
    for bound, value in (("minimum", "0"), ("maximum", "10")):
        field = page.get_by_role("spinbutton", name=f"Field 3 {bound}")
        field.fill(value)
        field.blur()
    button(page, "Add field to contact").click()
    name_field(page, "4.1", "email", kind="email")


def field_box(page: Page, number: int) -> Locator:
    """Return the box of a top-level field."""
    boxes = page.locator("[class*='-box']")
    return boxes.filter(has=page.get_by_role("textbox", name=f"Field {number} name", exact=True))


def read_json(page: Page) -> dict[str, Any]:
    """Open the JSON tab and return the schema that stands there."""
    page.get_by_role("tab", name="JSON").click()
    expect(json_text(page)).not_to_have_value("")
    read: dict[str, Any] = json.loads(json_text(page).input_value())
    return read


def find_task(backstage: Workshop, name: str) -> TaskRecord:
    return next(task for task in backstage.services.tasks.list_tasks(LOCAL_USER) if task.name == name)


def save(page: Page) -> None:
    button(page, "Save").click()
    wait_for_screen(page, title="Tasks")


def build_task(page: Page, name: str) -> None:
    """Make a task in the builder's form, move a field, and add a keyword in the JSON tab that no form knows."""
    open_screen(page, "/tasks", title="Tasks")
    button(page, "Add task").click()
    wait_for_screen(page, title="New task")
    fill(page, "Name", name)
    add_fields(page)
    score = field_box(page, 3)
    score.get_by_text("Required", exact=True).click()
    expect(score.get_by_role("checkbox", name="Required")).not_to_be_checked()
    button(score, "arrow_upward icon").or_(button(score, "Move up")).click()
    expect(page.get_by_role("textbox", name="Field 2 name", exact=True)).to_have_value("score")
    schema = read_json(page)
    json_text(page).fill(json.dumps({**schema, "x-note": "kept as it is"}, indent=2))
    button(page, "Apply").click()
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_text("x-note")).not_to_have_count(0)
    save(page)


@pytest.fixture(scope="module")
def built(browser_profile: BrowserContext, backstage: Workshop) -> TaskRecord:
    """A task that was made on screen."""
    page = browser_profile.new_page()
    build_task(page, "Ticket intake")
    page.close()
    return find_task(backstage, "Ticket intake")


def test_what_was_built_is_what_is_stored(built: TaskRecord, page: Page) -> None:
    stored = dict(built.response_schema)
    assert stored.pop("x-note") == "kept as it is"
    assert stored["properties"] == BUILT_FIELDS
    assert list(stored["properties"]) == list(BUILT_FIELDS)
    assert sorted(stored["required"]) == sorted(REQUIRED)

    page.goto(f"/tasks?edit={built.id}")
    wait_for_screen(page, title=f"Edit {built.name}")

    assert read_json(page) == built.response_schema


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
    for place in ("title", "score", "state", "contact.email"):
        expect(table.get_by_text(place, exact=True)).to_be_visible()


def test_form_changes_only_what_was_changed(built: TaskRecord, page: Page, backstage: Workshop) -> None:
    open_screen(page, "/tasks", title="Tasks")
    button(search_row(page, built.name), "Edit").click()
    wait_for_screen(page, title=f"Edit {built.name}")
    fill(page, "Field 1 description", "In one line.")
    save(page)

    changed = find_task(backstage, built.name)

    expected = json.loads(json.dumps(built.response_schema))
    expected["properties"]["title"]["description"] = "In one line."
    assert changed.response_schema == expected
    assert changed.version == built.version + 1
    page.goto(f"/tasks?edit={built.id}")
    wait_for_screen(page, title=f"Edit {built.name}")
    assert read_json(page) == expected


def test_broken_json_is_refused_with_its_place_and_kept(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    page.goto(f"/tasks?edit={task.id}")
    wait_for_screen(page, title=f"Edit {task.name}")
    read_json(page)

    json_text(page).fill(BROKEN_JSON)
    button(page, "Save").click()

    expect(page.get_by_text(re.compile(r"line 4", re.IGNORECASE)).first).to_be_visible()
    expect(heading(page, f"Edit {task.name}")).to_be_visible()
    page.get_by_role("tab", name="Form").click()
    expect(button(page, "Discard the text")).to_be_visible()
    page.get_by_role("tab", name="JSON").click()
    expect(json_text(page)).to_have_value(BROKEN_JSON)
    expect_no_traceback(page)
    assert find_task(backstage, task.name).version == task.version
    button(page, "Discard the text").click()
    expect(json_text(page)).to_have_value(json.dumps(task.response_schema, indent=2))
