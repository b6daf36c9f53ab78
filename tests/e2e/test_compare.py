"""Comparisons in a browser: set up, watched while they go on, judged, found again."""

import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from tests.app.compare_bench import Bench, column, says
from tests.app.compare_screen import wait_until_over
from tests.e2e.compare_screen import CompareScreen
from tests.e2e.conftest import BenchtopProcess
from tests.e2e.screen import (
    RUN_MILLISECONDS,
    button,
    choose,
    drawer,
    expect_no_traceback,
    fill,
    follow_link,
    history_grid,
    open_screen,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.fixture
def bench(backstage: Workshop, model_server: FakeModelServer) -> Bench:
    return Bench(backstage, model_server.base_url)


def read_marks(screen: CompareScreen, place: str, positions: Sequence[int]) -> list[bool]:
    """Return for each column whether its answer in a field is marked as different."""
    signs = [screen.answer(place, position).get_by_role("img", name="differs") for position in positions]
    return [sign.count() == 1 for sign in signs]


def test_columns_are_set_up_and_stream_side_by_side_in_every_tab(
    page: Page, browser_profile: BrowserContext, bench: Bench, model_server: FakeModelServer
) -> None:
    steady = bench.make_agent("held-stream:6", temperature=0.0)
    other = bench.make_agent("held-stream:6")
    first = CompareScreen.set_up(page, steady, bench.task)
    fill(page, "Input", "The invoice is wrong.")
    expect(first.agent(2)).to_have_value(other.name)
    button(page, "Add column").click()
    choose(first.column(3), "Agent of column 3", steady.name)
    button(first.column(3), "Change…").click()
    temperature = drawer(page).get_by_role("spinbutton", name="Temperature")
    temperature.fill("0.9")
    temperature.blur()
    fill(drawer(page), "System prompt", "Think twice.")
    button(drawer(page), "Use these changes").click()
    expect(first.column(3)).to_contain_text("temperature 0 → 0.9")
    expect(first.column(3)).to_contain_text("system prompt changed")
    first.type_repeats(2)
    first.expect_repeats(2)
    first.start()

    second = CompareScreen.open(browser_profile.new_page(), page.url)
    for screen in (first, second):
        for position in (1, 2, 3):
            expect(screen.answer("category", position)).to_contain_text("billing")
            expect(screen.answer_head(position)).to_contain_text(re.compile("attempt 1"))
        expect(screen.page.get_by_text("0 of 6 runs over")).to_be_visible()
        expect(button(screen.page, "Delete")).to_be_disabled()
    link = first.answer_head(1).get_by_role("link").first.element_handle()
    first.narrow()
    expect(page.get_by_text(re.compile("hidden: every run says the same|Every run says the same"))).to_be_visible()
    assert link.evaluate("each => each.isConnected"), "a link was replaced while somebody may have been pressing it"
    page.reload()
    expect(first.answer("category", 3)).to_contain_text("billing")
    model_server.release()

    for screen in (first, second):
        for position in (1, 2, 3):
            expect(screen.figure_row(position)).to_contain_text("2 passed")
            expect(screen.answer("category", position)).to_contain_text("2 of 2")
        expect_no_traceback(screen.page)
    expect(first.figure_row(3)).to_contain_text("temperature 0.9")
    tried = [request.body for request in model_server.chat_requests if "Think twice." in str(request.body["messages"])]
    assert [body["temperature"] for body in tried] == [0.9, 0.9]
    assert len(model_server.chat_requests) == 6
    second.page.close()


def test_comparison_is_read_judged_saved_and_found_again(
    page: Page, bench: Bench, benchtop: BenchtopProcess, open_tab: Callable[..., Page]
) -> None:
    steady = bench.make_agent(says("billing"), temperature=0.0)
    agents = [steady, *(bench.make_agent(name) for name in (says("billing"), says("bug"), "always-wrong"))]
    comparison = bench.compare(*map(column, agents), column(steady, temperature=0.7), repeat_count=2)
    first = CompareScreen.open(page, f"/compare?comparison={comparison.id}")
    other_tab = open_tab(benchtop.url)
    second = CompareScreen.open(other_tab, page.url)

    for screen in (first, second):
        expect(screen.figure_row(4)).to_contain_text("2 failed")
        expect(screen.figure_row(5)).to_contain_text("temperature 0.7")
        expect(screen.figure_row(1)).to_contain_text("unknown")
        expect(screen.answer("category", 1)).to_contain_text("2 of 2")
        assert read_marks(screen, "category", range(1, 6)) == [False, False, True, False, False]
        assert not any(read_marks(screen, "confidence", range(1, 6)))
    first.narrow()
    expect(first.answer_row("confidence")).to_have_count(0)
    expect(first.answer_row("category")).to_be_visible()

    first.press("Pick as winner", position=5)
    fill(drawer(page), "Note", "Warm, *and* right.")
    button(drawer(page), "Pick as winner").click()
    for screen in (first, second):
        expect(screen.figure_row(5)).to_contain_text("★ Winner")
    other_tab.reload()
    expect(other_tab.get_by_text("Warm, *and* right.", exact=True)).to_be_visible()

    first.press("Save to agent…", position=5)
    expect(drawer(page)).to_contain_text("temperature 0 → 0.7")
    button(drawer(page), "Save to agent").click()
    expect(drawer(page)).to_have_count(0)
    saved = bench.services.agents.get_agent(LOCAL_USER, steady.id)
    assert (saved.version, saved.temperature) == (2, 0.7)

    address = page.url
    follow_link(page, "History")
    page.get_by_text("Comparisons", exact=True).click()
    found = page.locator("[role='row'], tr").filter(has=page.get_by_text(bench.task.name, exact=True))
    expect(found).to_contain_text(f"{steady.name} v1 changed")
    button(found, "Open").click()
    page.wait_for_url(address)
    expect(first.figure_row(5)).to_contain_text("★ Winner")
    expect_no_traceback(page)


def test_runs_chosen_in_the_history_stand_side_by_side(page: Page, bench: Bench, backstage: Workshop) -> None:
    for word in ("billing", "bug"):
        backstage.run(bench.make_agent(says(word)), bench.task)
    open_screen(page, f"/history?task={bench.task.id}", title="History")
    history_grid(page).locator("[row-index='0'] .ag-selection-checkbox input").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 chosen", exact=True)).to_be_visible()

    button(page, "Compare").click()

    page.wait_for_url(re.compile(r"/compare\?runs=[0-9a-f-]{36}(,|%2C)[0-9a-f-]{36}$"))
    screen = CompareScreen(page)
    expect(page.get_by_text("Runs chosen by hand")).to_be_visible()
    assert {screen.answer("category", position).inner_text() for position in (1, 2)} == {"bug", "≠ billing"}
    expect(button(page, "Pick as winner")).to_have_count(0)
    expect_no_traceback(page)


def test_cancelling_all_ends_every_request(page: Page, bench: Bench, model_server: FakeModelServer) -> None:
    agents = [bench.make_agent("hang", retries=3) for _ in range(3)]
    screen = CompareScreen.set_up(page, agents[0], bench.task)
    fill(page, "Input", "The invoice is wrong.")
    screen.type_repeats(2)
    screen.expect_repeats(2)
    comparison_id = screen.start()
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 4)

    button(page, "Cancel all").click()

    model_server.wait_until(lambda requests: all(each.is_disconnected for each in model_server.chat_requests))
    for position in (1, 2):
        expect(screen.figure_row(position)).to_contain_text("2 cancelled")
    comparison = wait_until_over(bench.services, comparison_id)
    assert {run.status for run in comparison.runs} == {RunStatus.CANCELLED}
    assert len(model_server.chat_requests) == 4
    expect_no_traceback(page)


def test_built_in_model_is_compared_with_itself(page: Page, backstage: Workshop) -> None:
    agent = next(each for each in backstage.services.agents.list_agents(LOCAL_USER) if each.name == "Support triage")
    open_screen(page, f"/compare?agent={agent.id}", title="Compare")
    screen = CompareScreen(page)
    page.get_by_role("radiogroup", name="Fixtures").get_by_role("radio").first.click()
    choose(screen.column(2), "Agent of column 2", agent.name)
    button(screen.column(2), "Change…").click()
    retries = drawer(page).get_by_role("spinbutton", name="Retries")
    retries.fill("5")
    retries.blur()
    button(drawer(page), "Use these changes").click()
    screen.start()

    for position in (1, 2):
        expect(screen.figure_row(position)).to_contain_text("Passed", timeout=RUN_MILLISECONDS)
    expect_no_traceback(page)
