"""What is being typed in the builder is nobody else's: neither the server's answer nor an undo may touch it."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.builder_screen import Builder
from tests.e2e.screen import button
from tests.factories import Workshop

LINES = "Line one.\nLine two."


def make_schema(**properties: Any) -> dict[str, Any]:  # Any: a JSON Schema each
    return {"type": "object", "properties": properties}


def test_a_pause_while_typing_changes_nothing_of_it(page: Page, backstage: Workshop) -> None:
    """The server tidies 10.0 to 10 and abc to "abc"; what is being typed stays as it is until the field is left."""
    schema = make_schema(score={"type": "number"}, kind={"type": "string"})
    builder = Builder.of_task(page, backstage.make_task(schema))
    least = builder.open_details("1").get_by_role("textbox", name="Smallest value", exact=True)
    least.click()
    page.keyboard.type("10.0")
    builder.expect_schema(make_schema(score={"type": "number", "minimum": 10}, kind={"type": "string"}))
    page.keyboard.type("5")
    builder.expect_schema(make_schema(score={"type": "number", "minimum": 10.05}, kind={"type": "string"}))
    expect(least).to_have_value("10.05")

    builder.row("2").get_by_role("button", name="Details of kind").click()
    button(builder.row("2"), "Add example").click()
    page.keyboard.type("abc")
    tidied = {"type": "string", "examples": ["abc"]}
    builder.expect_schema(make_schema(score={"type": "number", "minimum": 10.05}, kind=tidied))
    page.keyboard.type(" def")
    page.keyboard.press("Tab")

    tidied["examples"] = ["abc def"]
    builder.expect_schema(make_schema(score={"type": "number", "minimum": 10.05}, kind=tidied))


def test_line_breaks_survive_a_walk_through_the_fields(page: Page, backstage: Workshop) -> None:
    noted = {"anyOf": [{"const": "x\ny", "type": "string", "description": LINES}, {"const": "z", "type": "string"}]}
    schema = make_schema(note={"type": "string", "title": LINES, "description": LINES}, kind=noted)
    builder = Builder.of_task(page, backstage.make_task(schema))
    row = builder.open_details("1")
    for field in (builder.name("1"), builder.description("1"), row.get_by_role("textbox", name="Title", exact=True)):
        field.focus()
        field.blur()
    builder.row("2").get_by_role("button", name="Details of kind").click()
    builder.row("2").get_by_role("textbox", name="Note of choice 2", exact=True).fill("The last.")
    builder.row("2").get_by_role("textbox", name="Note of choice 1", exact=True).focus()

    noted["anyOf"][1] = {"const": "z", "type": "string", "description": "The last."}
    builder.expect_schema(schema)


def test_typing_on_right_after_an_undo_stays_in_its_field(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_task(page, backstage.make_task(make_schema(**{name: {"type": "string"} for name in "abcdef"})))
    button(builder.row("2"), "Remove b").click()
    builder.expect_names("a", "c", "d", "e", "f")
    builder.name("4").focus()
    page.keyboard.press("End")

    page.keyboard.press("Control+z")
    page.keyboard.type("QQ")

    builder.expect_names("a", "b", "c", "d", "eQQ", "f")
    builder.expect_schema(make_schema(**{name: {"type": "string"} for name in ("a", "b", "c", "d", "eQQ", "f")}))


def test_two_fields_of_one_name_are_told_and_neither_is_lost(page: Page, backstage: Workshop) -> None:
    schema = make_schema(a={"type": "string"}, b={"type": "integer"})
    builder = Builder.of_task(page, backstage.make_task(schema))
    builder.name("2").fill("a")
    builder.name("2").blur()
    expect(builder.complaint("1", re.compile("2 times"))).to_be_visible()

    builder.open_tab("JSON")
    expect(page.get_by_text(re.compile("only one of two fields"))).to_be_visible()
    expect(builder.json_text).to_be_disabled()
    builder.open_tab("Form")
    builder.name("2").fill("c")
    builder.name("2").blur()

    builder.expect_schema(make_schema(a={"type": "string"}, c={"type": "integer"}))


def test_a_menu_gives_the_focus_back(page: Page, backstage: Workshop) -> None:
    schema = make_schema(a={"type": "string"}, b={"type": "integer"})
    builder = Builder.of_task(page, backstage.make_task(schema))
    opener = builder.row("1").get_by_role("button", name="More for a")
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    builder.press_menu("1", "Move down")

    builder.expect_names("b", "a")
    expect(builder.row("2").get_by_role("button", name="More for a")).to_be_focused()
