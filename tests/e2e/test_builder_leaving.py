"""Unsaved changes are not lost by leaving: a dialog on links, the browser's own question on closing, one on Cancel."""

from playwright.sync_api import Locator, Page, expect

from tests.e2e.builder_screen import Builder, find_task
from tests.e2e.screen import button, fill, heading, wait_for_screen
from tests.factories import Workshop


def link(page: Page, title: str) -> Locator:
    return page.get_by_role("navigation").get_by_role("link", name=title, exact=True)


def warning(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Leave with unsaved changes?")


def test_links_ask_before_changes_are_left_behind(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    builder = Builder.of_task(page, task)
    link(page, "Agents").click()
    wait_for_screen(page, title="Agents")
    builder = Builder.of_task(page, task)

    builder.description("1").fill("Changed.")
    expect(button(builder.form, "Undo: Change the description of “category” (Ctrl+Z)")).to_be_visible()
    link(page, "Agents").click()
    button(warning(page), "Stay").click()
    expect(warning(page)).to_be_hidden()
    expect(heading(page, f"Edit {task.name}")).to_be_visible()
    expect(builder.description("1")).to_have_value("Changed.")
    link(page, "Agents").click()
    page.keyboard.press("Escape")
    expect(warning(page)).to_be_hidden()
    link(page, "Agents").click()
    button(warning(page), "Leave").click()
    wait_for_screen(page, title="Agents")

    link(page, "Tasks").click()
    wait_for_screen(page, title=f"Edit {task.name}")
    expect(builder.description("1")).to_have_value("Changed.")
    builder.save()
    link(page, "Agents").click()
    wait_for_screen(page, title="Agents")
    assert find_task(backstage, task.name).response_schema["properties"]["category"]["description"] == "Changed."


def test_closing_and_cancelling_ask_while_something_is_changed(page: Page, backstage: Workshop) -> None:
    task = backstage.make_task()
    builder = Builder.of_task(page, task)
    builder.press_menu("1", "Duplicate")
    button(page, "Cancel").click()
    question = page.get_by_role("dialog", name="Discard the changes?")
    button(question, "Keep editing").click()
    expect(question).to_be_hidden()
    expect(builder.name("2")).to_have_value("category_2")
    with page.expect_event("dialog") as closing:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("() => { setTimeout(() => location.reload(), 0) }")
    assert closing.value.type == "beforeunload"
    expect(builder.name("2")).to_have_value("category_2")

    button(builder.form, "Undo: Duplicate “category” (Ctrl+Z)").click()
    expect(button(builder.form, "Nothing to undo")).to_be_visible()
    fill(page, "Name", "Another name")
    button(page, "Cancel").click()
    button(question, "Discard").click()
    wait_for_screen(page, title="Tasks")
    assert find_task(backstage, task.name).version == task.version

    builder = Builder.of_task(page, task)
    builder.press_menu("1", "Duplicate")
    button(builder.form, "Undo: Duplicate “category” (Ctrl+Z)").click()
    expect(button(builder.form, "Nothing to undo")).to_be_visible()
    page.reload()
    wait_for_screen(page, title=f"Edit {task.name}")
    button(page, "Cancel").click()
    wait_for_screen(page, title="Tasks")
