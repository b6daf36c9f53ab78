"""What stands beside the form: the schema as JSON and Python, an example, a value that is tried, and advice."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.builder_screen import Builder
from tests.e2e.screen import button, expect_no_traceback
from tests.factories import Workshop

LINE = {
    "type": "object",
    "properties": {"sku": {"type": "string", "minLength": 2}, "amount": {"type": "integer", "minimum": 1}},
    "required": ["sku", "amount"],
    "additionalProperties": False,
}
ORDER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "state": {"type": "string", "enum": ["done", "in progress, on hold"]},
        "lines": {"type": "array", "items": LINE, "minItems": 1},
    },
    "required": ["state", "lines"],
    "additionalProperties": False,
}
FITTING = {"state": "in progress, on hold", "lines": [{"sku": "A-1", "amount": 2}]}
WRONG = {"state": "on hold", "lines": [{"sku": "A-1", "amount": 2}, {"sku": "B", "amount": 0}]}


def test_value_is_tried_and_each_error_stands_at_its_field(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_task(page, backstage.make_task(ORDER))
    panel = builder.beside("Try")
    builder.try_value(json.dumps(FITTING))
    expect(panel.get_by_text("Valid", exact=True)).to_be_visible()
    expect(builder.form.locator(".bb-error").filter(visible=True)).to_have_count(0)

    builder.try_value(json.dumps(WRONG))
    expect(panel.get_by_text("3 errors", exact=True)).to_be_visible()
    for place in ("state", "lines[1].sku", "lines[1].amount"):
        expect(panel.get_by_text(place, exact=True)).to_be_visible()
    expect(builder.complaint("1", re.compile("."))).to_have_count(1)
    expect(builder.complaint("2", re.compile("."))).to_have_count(0)
    expect(builder.complaint("2.1", "lines[1].sku")).to_be_visible()
    expect(builder.complaint("2.2", "lines[1].amount")).to_be_visible()

    builder.set_detail("2.2", "Smallest value", "0")
    expect(panel.get_by_text("2 errors", exact=True)).to_be_visible()
    expect(builder.complaint("2.2", re.compile("."))).to_have_count(0)
    builder.try_value('{"state": done}')
    expect(panel.get_by_text("line 1, column 11")).to_be_visible()
    button(panel, "Fill in the example").click()
    expect(panel.get_by_text("Valid", exact=True)).to_be_visible()
    button(panel, "Back to mine").click()
    expect(panel.get_by_role("textbox", name="Try a value")).to_have_value('{"state": done}')
    expect_no_traceback(page)


def test_schema_python_and_example_follow_the_form(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_task(page, backstage.make_task(ORDER))
    python = builder.beside("Python")
    expect(python.get_by_test_id("stCode")).to_contain_text("in progress, on hold")
    builder.name("2.1").fill("article")
    expect(python.get_by_test_id("stCode")).to_contain_text("article: ")
    example = builder.beside("Example")
    expect(example.get_by_test_id("stCode")).to_contain_text('"article"')
    changed = json.loads(json.dumps(ORDER))
    line = changed["properties"]["lines"]["items"]
    line["properties"] = {"article": line["properties"]["sku"], "amount": line["properties"]["amount"]}
    line["required"] = ["article", "amount"]
    builder.expect_schema(changed)


def test_advice_is_followed_and_taken_back(page: Page, backstage: Workshop) -> None:
    choices = {"type": "string", "description": "What it is.", "enum": ["Bug", "bug", "wish"]}
    schema = {
        "type": "object",
        "properties": {"kind": choices, "room": {"type": "integer"}},
        "required": ["kind", "room"],
        "additionalProperties": False,
    }
    builder = Builder.of_task(page, backstage.make_task(schema))
    advice = builder.beside("Advice")
    expect(advice.get_by_text(re.compile("^Choices alike"))).to_be_visible()
    expect(advice.get_by_text(re.compile("^No description"))).to_be_visible()
    advice.get_by_role("button", name="Show").last.click()
    expect(builder.form.locator(".bb-details")).to_be_visible()

    button(advice, "Fix").click()
    undo = builder.form.get_by_role("button", name=re.compile("^Undo: Fix of “"))
    expect(undo).to_be_visible()
    expect(advice.get_by_text(re.compile("^Choices alike"))).to_have_count(0)
    fixed = json.loads(json.dumps(schema))
    fixed["properties"]["kind"]["enum"] = ["Bug", "wish"]
    builder.expect_schema(fixed)
    undo.click()
    expect(button(builder.form, "Nothing to undo")).to_be_visible()
    builder.expect_schema(schema)
    expect_no_traceback(page)
