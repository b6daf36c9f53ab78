"""What cannot be used is refused with a reason, as JSON and in the form; the text stays and nothing is stored."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.builder_screen import Builder, find_task
from tests.e2e.screen import button, expect_no_traceback, heading
from tests.factories import Workshop


def holding(field: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"field": field}, **more}


def chain_of(count: int, make_level: Callable[[dict[str, str]], dict[str, Any]]) -> dict[str, Any]:
    """Return definitions of which each is made of a reference to the next."""
    levels = {f"l{number}": make_level({"$ref": f"#/$defs/l{number + 1}"}) for number in range(count)}
    return {**levels, f"l{count}": {"type": "string"}}


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        inner = {"type": "object", "properties": {"in": inner}}
    return inner


FIRST = {"$ref": "#/$defs/l0"}
BOMB = chain_of(30, lambda next_one: {"type": "object", "properties": {"a": next_one, "b": next_one}})
LADDER = chain_of(9, lambda next_one: {"anyOf": [next_one, next_one]})
HOSTILE = {
    "a file to be read": (holding({"$ref": "file:///etc/passwd"}), "/properties/field"),
    "an address to be asked": (holding({"$ref": "http://127.0.0.1:9/schema.json"}), "/properties/field"),
    "a bomb of references": (holding(FIRST, **{"$defs": BOMB}), "with its references written out"),
    "a ladder of choices": (holding(FIRST, **{"$defs": LADDER}), "anyOf, oneOf and allOf branches"),
    "a deep one": (nested(70), "levels deep"),
    "a slow pattern": (holding({"type": "string", "pattern": r"^(?=(a+))\1*b$"}), "linear time"),
    "a huge one": (holding({"type": "string", "description": "x" * 300_000}), "KB"),
}


def test_hostile_schemas_are_refused_at_save_and_kept(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    builder = Builder.of_task(page, task)
    builder.open_tab("JSON")
    for what, (schema, reason) in HOSTILE.items():
        text = json.dumps(schema)
        builder.json_text.fill(text)
        button(page, "Save").click()

        expect(page.get_by_role("alert").filter(has_text=reason).first, what).to_be_visible()
        expect(heading(page, f"Edit {task.name}")).to_be_visible()
        expect(builder.json_text).to_have_value(text)
        expect_no_traceback(page)

    builder.open_tab("Form")
    expect(page.get_by_text("The JSON tab holds a text that cannot be used yet")).to_be_visible()
    button(page, "Discard the text").click()
    builder.expect_names("category", "confidence")
    stored = find_task(backstage, task.name)
    assert (stored.version, stored.response_schema) == (task.version, task.response_schema)


def test_what_the_form_lacks_is_said_at_its_field_when_saved(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_new_task(page, "Not finished")
    builder.add_field("state", kind="choice")
    builder.add_field("")
    button(page, "Save").click()
    expect(page.get_by_role("alert").filter(has_text="The answer: The schema is not finished")).to_be_visible()
    expect(builder.complaint("1", "needs at least one choice")).to_be_visible()
    expect(builder.complaint("2", "needs a name")).to_be_visible()

    builder.set_choices("1", "in progress, on hold")
    expect(builder.complaint("1", re.compile("."))).to_have_count(0)
    builder.name("2").fill("state")
    expect(builder.complaint("1", "names must differ")).to_be_visible()
    builder.name("2").fill("code")
    expect(page.get_by_role("alert").filter(has_text="not finished")).to_have_count(0)
    pattern = builder.set_detail("2", "Pattern", r"^(\d)\1$")
    button(page, "Save").click()
    expect(page.get_by_role("alert").filter(has_text="linear time").first).to_be_visible()
    expect(pattern).to_have_value(r"^(\d)\1$")
    builder.set_detail("2", "Pattern", r"^\d\d$")
    builder.save()

    stored = find_task(backstage, "Not finished").response_schema["properties"]
    assert stored == {
        "state": {"type": "string", "enum": ["in progress, on hold"]},
        "code": {"type": "string", "pattern": r"^\d\d$"},
    }
