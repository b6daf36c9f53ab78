"""The history in a browser: its grid, what can be done with chosen runs, and an address as a saved view."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import BenchtopProcess
from tests.e2e.screen import (
    button,
    drawer,
    expect_no_traceback,
    heading,
    history_grid,
    history_row,
    open_screen,
    wait_for_screen,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def tick(page: Page, index: int) -> None:
    history_grid(page).locator(f"[row-index='{index}'] .ag-selection-checkbox input").click()


def test_chosen_runs_are_compared_deleted_and_had_back(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url)
    newest = [backstage.run(agent, task) for _ in range(3)][-1]
    open_screen(page, f"/history?task={task.id}", title="History")
    expect(page.get_by_text("3 runs. Click one to open it")).to_be_visible()

    tick(page, 0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 chosen", exact=True)).to_be_visible()
    expect(button(page, "Compare")).to_be_enabled()
    expect(page.locator(".st-key-history-open button").first).to_be_disabled()
    button(page, "Delete").click()
    button(drawer(page), "Delete").click()

    expect(page.get_by_text("1 run. Click one to open it")).to_be_visible()
    button(page, "Undo").click()
    expect(page.get_by_text("3 runs. Click one to open it")).to_be_visible()
    expect(history_row(page, 2)).to_be_visible()
    wait_for_screen(page, title="History")
    history_row(page, 0).locator("[col-id='agent']").click()
    page.wait_for_url(f"**/run?run={newest.id}")
    page.go_back()
    expect(heading(page, "History")).to_be_visible()
    page.wait_for_url(f"**/history?task={task.id}")
    expect_no_traceback(page)


def test_a_view_is_sorted_and_opens_for_another_person(
    page: Page,
    benchtop: BenchtopProcess,
    backstage: Workshop,
    model_server: FakeModelServer,
    open_tab: Callable[..., Page],
) -> None:
    agent, task = backstage.make_pair(model_server.base_url)
    backstage.run(agent, task, "The parcel is late.")
    slowest = backstage.run(agent, task, "The parcel is broken.")
    open_screen(page, f"/history?agent={agent.id}", title="History")
    expect(history_row(page, 1)).to_be_visible()

    with page.expect_response(re.compile("sort=duration")):
        history_grid(page).locator(".ag-header-cell[col-id='duration']").click()
    page.get_by_role("searchbox", name="Search").fill("broken parcel")
    expect(page.get_by_text("1 run. Click one to open it")).to_be_visible()
    page.wait_for_url(re.compile(r"q=broken\+parcel"))

    other = open_tab(benchtop.url)
    other.goto(page.url)
    expect(history_row(other, 0)).to_contain_text("Passed")
    expect(other.get_by_role("searchbox", name="Search")).to_have_value("broken parcel")
    history_row(other, 0).locator("[col-id='status']").click()
    other.wait_for_url(f"**/run?run={slowest.id}")


def test_a_search_changes_the_rows_of_the_same_grid(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url)
    backstage.run(agent, task, "The parcel is late.")
    backstage.run(agent, task, "The parcel is broken.")
    open_screen(page, f"/history?agent={agent.id}", title="History")
    grid_body = history_grid(page).locator("body")
    tick(page, 0)
    expect(page.get_by_text("1 chosen", exact=True)).to_be_visible()
    grid_body.evaluate("body => { body.ownerDocument.defaultView.isTheFirst = true }")
    search = page.get_by_role("searchbox", name="Search")

    for words, said in (("nothing so", "No run fits"), ("late", "1 run. Click"), ("", "2 runs. Click")):
        search.fill(words)
        expect(page.get_by_text(said)).to_be_visible()

    expect(history_row(page, 1)).to_be_visible()
    expect(history_grid(page).locator(".ag-row-selected")).to_have_count(0)
    assert grid_body.evaluate("body => body.ownerDocument.defaultView.isTheFirst"), "the frame was loaded anew"


def test_rows_that_could_not_be_read_are_read_again(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url)
    backstage.run(agent, task)
    page.route("**/rows/runs?*", lambda route: route.abort(), times=1)

    open_screen(page, f"/history?agent={agent.id}", title="History")

    expect(history_row(page, 0)).to_contain_text("Passed")


def test_a_view_is_downloaded(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    agent, task = backstage.make_pair(model_server.base_url)
    backstage.run(agent, task)
    open_screen(page, f"/history?agent={agent.id}", title="History")

    button(page, "Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, for spreadsheets").click()

    assert download.value.suggested_filename.startswith("benchtop-chosen-runs-")
    assert agent.name in download.value.path().read_text(encoding="utf-8-sig")
