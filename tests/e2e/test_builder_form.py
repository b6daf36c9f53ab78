"""The fields in the builder's form: typed fast, moved, found, taken back, and kept where they cannot be taken over."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from core.tasks.records import TaskRecord
from tests.e2e.builder_screen import Builder, find_task
from tests.e2e.screen import button, expect_no_traceback, heading, wait_for_screen
from tests.factories import Workshop

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


def make_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


ORDER = make_schema(
    {
        "first": {"type": "string", "maxLength": 20},
        "box": make_schema({"inner": {"type": "boolean"}}),
        "last": {"type": "integer"},
    }
)


def stored_names(task: TaskRecord) -> list[str]:
    return list(task.response_schema["properties"])


def test_fields_typed_in_a_row_are_all_saved_in_order(page: Page, backstage: Workshop) -> None:
    """Nothing is waited for: not between fields, nor before the keys that save within the last name."""
    builder = Builder.of_new_task(page, "Typed fast")
    button(builder.form, "Add field").click()

    page.keyboard.type("\n".join(NAMES))
    page.keyboard.press("Control+s")

    wait_for_screen(page, title="Tasks")
    assert stored_names(find_task(backstage, "Typed fast")) == list(NAMES)


def test_save_takes_what_is_being_typed(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task(ORDER)
    builder = Builder.of_task(page, task)
    builder.open_details("1")
    title = builder.row("1").get_by_role("textbox", name="Title", exact=True)

    title.press_sequentially("In short")
    builder.save()

    saved = find_task(backstage, task.name).response_schema["properties"]
    assert saved["first"] == {"type": "string", "maxLength": 20, "title": "In short"}


def test_fields_are_moved_copied_and_brought_back(page: Page, backstage: Workshop) -> None:
    builder = Builder.of_task(page, backstage.make_task(ORDER))
    builder.drag("3", "2", share=0.6)
    builder.expect_names("first", "box", "last", "inner")
    builder.press_menu("2.2", "Move out")
    expect(builder.name("3")).to_have_value("inner")
    builder.name("2.1").press("Alt+Shift+ArrowLeft")
    expect(builder.name("3")).to_have_value("last")
    builder.press_menu("3", "Move into box")
    builder.handle("1").press("ArrowDown")
    builder.press_menu("2", "Duplicate")
    builder.expect_names("box", "last", "first", "first_2", "inner")
    button(builder.form, "Remove inner").click()
    box = {"type": "object", "properties": {"last": {"type": "integer"}}, "additionalProperties": False}
    moved = make_schema(
        {
            "box": {**box, "required": ["last"]},
            "first": {"type": "string", "maxLength": 20},
            "first_2": {"type": "string", "maxLength": 20},
        }
    )
    moved["required"] = ["first", "box", "first_2"]  # stays as it was written, with the copy behind
    builder.expect_schema(moved)

    builder.name("1").focus()
    for _ in range(3):
        page.keyboard.press("Control+z")
    builder.expect_names("first", "box", "last", "inner")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    builder.expect_names("box", "last", "first", "first_2", "inner")
    button(builder.form, "Redo: Remove “inner” (Ctrl+Shift+Z)").click()
    expect(button(builder.form, "Nothing to redo")).to_be_disabled()
    builder.expect_schema(moved)

    undo = builder.form.get_by_role("button", name=re.compile("^(Undo: |Nothing to undo)"))
    moves = [f"Move “{name}”" for name in ("first", "last", "last", "inner", "last")]
    for step in ("Remove “inner”", "Duplicate “first”", *moves):
        expect(undo).to_have_attribute("aria-label", f"Undo: {step} (Ctrl+Z)")
        undo.click()
    expect(button(builder.form, "Nothing to undo")).to_be_disabled()
    builder.expect_schema(ORDER)


def test_what_is_refused_stays_until_it_is_mended(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task(ORDER)
    builder = Builder.of_task(page, task)
    default = builder.set_detail("2", "Default", "{bad")
    complaint = builder.complaint("2", "“{bad” is not JSON.")
    expect(complaint).to_be_visible()

    builder.description("1").fill("Another edit, which works.")
    expect(button(builder.form, "Undo: Change the description of “first” (Ctrl+Z)")).to_be_visible()
    expect(complaint).to_be_visible()
    expect(default).to_have_value("{bad")
    button(page, "Save").click()
    expect(page.get_by_text(re.compile("could not be taken over"))).to_be_visible()
    expect(heading(page, f"Edit {task.name}")).to_be_visible()
    expect(default).to_have_value("{bad")
    assert find_task(backstage, task.name).version == task.version

    builder.set_detail("2", "Default", '{"inner": true}')
    expect(complaint).to_have_count(0)
    builder.save()
    assert find_task(backstage, task.name).response_schema["properties"]["box"]["default"] == {"inner": True}


def test_two_hundred_fields_are_searched_and_edited(page: Page, backstage: Workshop) -> None:
    fields: dict[str, Any] = {f"field_{number}": {"type": "string"} for number in range(1, 201)}
    fields["field_40"]["description"] = "The zip code."
    fields["field_120"] = make_schema({"zip_of_town": {"type": "integer"}})
    fields["field_200"]["title"] = "Zip again"
    task = backstage.make_task(make_schema(fields))
    builder = Builder.of_task(page, task)
    expect(builder.form.locator(".bb-name")).to_have_count(201)

    search = builder.search("zip")
    expect(builder.form.get_by_text("3 fields found")).to_be_visible()
    builder.expect_names("field_40", "field_120", "zip_of_town", "field_200")
    expect(builder.form.locator(".bb-found")).to_have_count(3)
    reached = builder.form.locator(".bb-reached .bb-name")
    for name in ("field_40", "zip_of_town", "field_200", "field_40"):
        search.press("Enter")
        expect(reached).to_have_value(name)
    builder.description("200").fill("Found and described.")
    search.press("Escape")
    expect(builder.form.locator(".bb-name")).to_have_count(201)

    builder.name("150").fill("renamed")
    builder.add_field("field_201", kind="boolean")
    builder.save()

    saved = find_task(backstage, task.name).response_schema["properties"]
    expected = {"renamed" if name == "field_150" else name: field for name, field in fields.items()}
    expected["field_200"] = {**expected["field_200"], "description": "Found and described."}
    expected["field_201"] = {"type": "boolean"}
    assert list(saved.items()) == list(expected.items())
    expect_no_traceback(page)
