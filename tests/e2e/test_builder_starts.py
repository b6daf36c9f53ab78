"""Each starting point of a schema: read, shown before anything changes, used, and taken back."""

import json
from urllib.parse import quote_plus

from playwright.sync_api import Locator, Page, expect

from core.actors import LOCAL_USER
from core.tasks.sources.gallery import INVOICE
from tests.e2e.builder_screen import Builder, discard, find_task
from tests.e2e.screen import button, choose, drawer, expect_no_traceback
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

EXAMPLES = (
    '{"id": 1, "mail": "a@example.com"}\n{"id": 2, "mail": "b@example.com", "lines": [{"sku": "A-1", "price": 2.5}]}'
)
CSV = "title,urgent,room\nPrinter on fire,true,\nNew keyboard,false,12\n"
DRAFT_07 = json.dumps(
    {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "definitions": {"money": {"type": "number", "minimum": 0}},
        "properties": {
            "total": {"$ref": "#/definitions/money"},
            "pair": {"items": [{"type": "string"}], "type": "array"},
        },
        "required": ["total"],
    }
)
PYDANTIC = """
class Line(BaseModel):
    sku: str = Field(min_length=2, description="The number of the article.")

class Order(BaseModel):
    __import__("os").system("false")
    state: Literal["done", "in progress, on hold"]
    lines: list[Line]
    note: str | None = None
"""
DRAFTED = {
    "fields": [
        {"name": "due_on", "type": "date", "description": "The day it is due."},
        {"name": "mood", "type": "choice", "description": "The mood.", "choices": ["good", "bad"]},
    ]
}
CHANGED = {"fields": [{"name": "owner", "type": "email", "description": "Who does it."}], "remove": ["mood"]}


def start(page: Page, way: str) -> Locator:
    """Open the dialog at one of its ways, from the row of ways while there are no fields yet, and return it."""
    opener = button(page, "Start from…")
    if opener.is_visible():
        opener.click()
        drawer(page).get_by_text(way, exact=True).first.click()
    else:
        button(page, way).click()
    expect(drawer(page)).to_be_visible()
    return drawer(page)


def type_source(dialog: Locator, way: str, text: str) -> None:
    dialog.get_by_role("textbox", name=way, exact=True).fill(text)
    button(dialog, "Read it").click()


def use(dialog: Locator) -> None:
    button(dialog, "Use it").click()
    expect(dialog).to_be_hidden()


def test_examples_csv_schema_and_python_become_fields(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_new_task(page, "Started from texts")
    dialog = start(page, "Examples")
    type_source(dialog, "Examples", EXAMPLES)
    expect(dialog.get_by_text("Read from 2 examples.")).to_be_visible()
    use(dialog)
    builder.expect_names("id", "mail", "lines", "sku", "price")
    expect(builder.kind("2").locator("option:checked")).to_have_text("email")
    expect(builder.kind("3").locator("option:checked")).to_have_text("list of object")
    expect(builder.required("3")).not_to_be_checked()

    dialog = start(page, "CSV")
    type_source(dialog, "CSV", CSV)
    expect(dialog.get_by_role("tab", name="What changes")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(builder.name("1")).to_have_value("id")
    dialog = start(page, "CSV")
    expect(dialog.get_by_role("textbox", name="CSV", exact=True)).to_have_value(CSV)
    use(dialog)
    builder.expect_names("title", "urgent", "room")
    expect(builder.required("3")).not_to_be_checked()

    dialog = start(page, "JSON Schema")
    type_source(dialog, "JSON Schema", DRAFT_07)
    expect(dialog.get_by_text("names draft-07, and the schema is kept and judged by its rules.")).to_be_visible()
    use(dialog)
    builder.expect_names("total", "pair", "money")
    expect(builder.kind("1").locator("option:checked")).to_have_text("money")
    button(builder.form, "Undo: Imported schema (Ctrl+Z)").click()
    builder.expect_names("title", "urgent", "room")

    dialog = start(page, "Pydantic")
    type_source(dialog, "Pydantic", PYDANTIC)
    use(dialog)
    builder.expect_names("state", "lines", "note", "Line", "sku")
    expect(builder.badges("1")).to_have_text(["2 choices: done, “in progress, on hold”"])
    expect(builder.required("3")).not_to_be_checked()
    expect_no_traceback(page)
    builder.save()
    assert find_task(backstage, "Started from texts").response_schema["properties"]["state"]["enum"] == [
        "done",
        "in progress, on hold",
    ]


def test_shape_of_the_gallery_is_used_as_it_stands(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_new_task(page, "Started from a shape")
    dialog = start(page, "Gallery")
    dialog.get_by_text(INVOICE.title, exact=True).click()
    expect(dialog.get_by_text(INVOICE.purpose)).to_be_visible()
    use(dialog)
    expect(builder.name("1")).to_have_value(next(iter(INVOICE.response_schema["properties"])))
    builder.save()

    assert json.dumps(find_task(backstage, "Started from a shape").response_schema) == json.dumps(
        INVOICE.response_schema
    )


def test_agent_drafts_in_words_and_changes_what_is_there(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    provider = backstage.make_provider(model_server.base_url)
    drafting, changing = (
        backstage.make_agent(provider, model_name=f"answer:{quote_plus(json.dumps(answer))}")
        for answer in (DRAFTED, CHANGED)
    )
    builder = Builder.of_new_task(page, "Started in words")
    dialog = start(page, "In words")
    choose(dialog, "Agent", drafting.name)
    dialog.get_by_role("textbox", name="What is an answer to hold?").fill("When it is due, and the mood: good or bad.")
    button(dialog, "Draft it").click()
    expect(button(dialog, "Use it")).to_be_enabled()
    expect(builder.form.locator(".bb-name")).to_have_count(0)
    use(dialog)
    builder.expect_names("due_on", "mood")
    expect(builder.badges("2")).to_have_text(["2 choices: good, bad"])

    dialog = start(page, "In words")
    choose(dialog, "Agent", changing.name)
    dialog.get_by_role("textbox", name="What is to be different?").fill("Say whose it is, and drop the mood.")
    button(dialog, "Draft it").click()
    expect(dialog.get_by_role("tab", name="What changes")).to_be_visible()
    expect(dialog.get_by_test_id("stCode").filter(has_text="owner").first).to_be_visible()
    use(dialog)
    builder.expect_names("due_on", "owner")
    assert "the mood: good or bad" in str(model_server.chat_requests[0].body)
    discard(page)
    assert all(task.name != "Started in words" for task in backstage.services.tasks.list_tasks(LOCAL_USER))
