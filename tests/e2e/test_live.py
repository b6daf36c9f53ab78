"""Open tabs follow what happens elsewhere, without a reload; what is being typed, read or chosen stays."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from tests.e2e.screen import (
    badge,
    button,
    drawer,
    expect_no_traceback,
    history_grid,
    history_row,
    open_run_panel,
    open_screen,
    press_run,
    row,
    search_row,
    wait_for_screen,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

PAUSED = "Live updates paused."


class Line:
    """A tab's way to `/ws`, which can be cut and mended."""

    def __init__(self, page: Page) -> None:
        self._is_cut = False
        self._open: list[WebSocketRoute] = []
        page.route_web_socket("**/ws", self._pass_on)

    def _pass_on(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close()
        else:
            self._open.append(socket)
            socket.connect_to_server()

    def cut(self) -> None:
        self._is_cut = True
        for socket in self._open:
            socket.close()
        self._open.clear()

    def mend(self) -> None:
        self._is_cut = False


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


@pytest.fixture
def agent(backstage: Workshop) -> Iterator[AgentRecord]:
    """An agent with a name of its own, which is deleted again."""
    agent = backstage.make_agent(name=f"Live {uuid.uuid4().hex[:8]}")
    yield agent
    agents = backstage.services.agents
    for each in agents.list_agents(LOCAL_USER):
        if each.name.startswith(agent.name):
            agents.delete_agent(LOCAL_USER, each.id)


def describe(backstage: Workshop, agent: AgentRecord, words: str) -> None:
    """Change an agent behind the scenes, in another process than the one that serves the tab."""
    draft = backstage.services.agents.get_agent(LOCAL_USER, agent.id).draft()
    backstage.services.agents.update_agent(LOCAL_USER, agent.id, draft.model_copy(update={"description": words}))


def mark(page: Page) -> None:
    page.evaluate("window.isSamePage = true")


def expect_same_page(page: Page) -> None:
    assert page.evaluate("window.isSamePage === true"), "the page was reloaded"
    expect_no_traceback(page)


@pytest.fixture
def other_tab(browser_profile: BrowserContext) -> Iterator[Page]:
    tab = browser_profile.new_page()
    yield tab
    tab.close()


def open_agents(page: Page, agent: AgentRecord) -> None:
    """Open the list of agents, narrowed to one."""
    open_screen(page, "/agents", title="Agents")
    expect(search_row(page, agent.name)).to_be_visible()
    mark(page)


def test_row_of_an_agent_follows_its_changes(page: Page, backstage: Workshop, agent: AgentRecord) -> None:
    open_agents(page, agent)

    describe(backstage, agent, "Reads invoices now.")
    expect(row(page, agent.name)).to_contain_text("Reads invoices now.")
    expect(row(page, agent.name)).to_contain_text("v2")
    backstage.services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=False)

    expect(button(row(page, agent.name), "Run")).to_be_disabled()
    expect(row(page, agent.name).get_by_role("switch", name="Active")).not_to_be_checked()
    expect_same_page(page)


def test_list_turns_empty_and_back(page: Page, backstage: Workshop, agent: AgentRecord) -> None:
    open_agents(page, agent)

    backstage.services.agents.delete_agent(LOCAL_USER, agent.id)
    expect(page.get_by_text("No agent fits")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value(agent.name)
    backstage.services.agents.restore_agent(LOCAL_USER, agent.id)

    expect(row(page, agent.name)).to_be_visible()
    expect_same_page(page)


def test_page_number_search_and_focus_stay(page: Page, backstage: Workshop, agent: AgentRecord) -> None:
    for number in range(1, 10):
        backstage.make_agent(name=f"{agent.name} {number}")
    open_agents(page, agent)
    page.locator(".st-key-agents-page").get_by_text("2", exact=True).click()
    expect(row(page, f"{agent.name} 9")).to_be_visible()
    page.get_by_role("searchbox", name="Search").focus()

    describe(backstage, backstage.services.agents.get_agent(LOCAL_USER, find_id(backstage, f"{agent.name} 9")), "New.")

    expect(row(page, f"{agent.name} 9")).to_contain_text("New.")
    expect(row(page, agent.name)).to_have_count(0)
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    backstage.services.agents.delete_agent(LOCAL_USER, find_id(backstage, f"{agent.name} 9"))
    backstage.services.agents.delete_agent(LOCAL_USER, find_id(backstage, f"{agent.name} 8"))
    expect(row(page, f"{agent.name} 7")).to_be_visible()
    expect_same_page(page)


def find_id(backstage: Workshop, name: str) -> uuid.UUID:
    return next(each.id for each in backstage.services.agents.list_agents(LOCAL_USER) if each.name == name)


def test_open_drawer_keeps_what_is_typed_and_says_what_changed(
    page: Page, backstage: Workshop, agent: AgentRecord
) -> None:
    task = backstage.make_task()
    open_agents(page, agent)
    button(row(page, agent.name), "Edit").click()
    field = drawer(page).get_by_role("textbox", name="Description")
    field.press_sequentially("Half a sen")

    backstage.assign(agent, task)
    expect(drawer(page).get_by_text(task.name, exact=True)).to_be_visible()
    describe(backstage, agent, "Theirs.")

    expect(drawer(page).get_by_text("changed elsewhere", exact=False)).to_be_visible()
    expect(row(page, agent.name)).to_contain_text("Theirs.")
    expect(field).to_have_value("Half a sen")
    expect(field).to_be_focused()
    expect_same_page(page)


def test_row_of_a_task_follows_its_assignments(page: Page, backstage: Workshop, agent: AgentRecord) -> None:
    task = backstage.make_task(name=f"Task of {agent.name}")
    open_screen(page, "/tasks", title="Tasks")
    expect(button(search_row(page, task.name), "Run")).to_be_disabled()
    mark(page)

    backstage.assign(agent, task)

    expect(button(row(page, task.name), "1 agent")).to_be_visible()
    expect(button(row(page, task.name), "Run")).to_be_enabled()
    expect_same_page(page)


def test_badge_of_a_provider_follows_its_checks(
    page: Page, other_tab: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    provider = backstage.make_provider(model_server.base_url, name=f"0 Live {uuid.uuid4().hex[:8]}")
    for tab in (page, other_tab):
        open_screen(tab, "/providers", title="Providers")
        expect(badge(row(tab, provider.name), "Connected")).to_be_visible()
        mark(tab)
    model_server.stop()

    button(row(page, provider.name), "Test").click()

    for tab in (page, other_tab):
        expect(badge(row(tab, provider.name), "Error")).to_be_visible()
        expect(row(tab, provider.name)).to_contain_text("Nothing answers")
        expect_same_page(tab)
    backstage.services.providers.delete_provider(LOCAL_USER, provider.id)
    expect(row(other_tab, provider.name)).to_have_count(0)


def test_run_is_followed_in_every_tab(
    page: Page, other_tab: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url, model_name="slow:0.5")
    open_screen(other_tab, "/history", title="History")
    mark(other_tab)
    open_run_panel(page, agent, task)
    run_id = press_run(page)
    newest = history_row(other_tab)
    expect(newest).to_contain_text(agent.name)
    expect(newest).to_contain_text("Passed")
    expect(badge(page, "Passed")).to_be_visible()
    expect_same_page(other_tab)
    assert run_id


def test_history_keeps_its_place(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    pair = backstage.make_pair(model_server.base_url)
    for run in [backstage.start_run(*pair) for _ in range(25)]:
        backstage.wait_for_end(run.id)
    open_screen(page, "/history", title="History")
    expect(history_row(page)).to_contain_text("Passed")
    count = page.get_by_text("Click one to open it")
    said = count.inner_text()
    place = history_grid(page).locator(".ag-body-viewport, .ag-body-vertical-scroll-viewport").first
    place.evaluate("each => { each.scrollTop = 200 }")
    expect(history_row(page, 15)).to_be_visible()

    backstage.run(*pair)

    expect(count).not_to_have_text(said)
    assert place.evaluate("each => each.scrollTop") == 200
    expect(history_row(page, 15)).to_contain_text("Passed")


def test_running_panel_in_a_second_tab_is_live(
    page: Page, other_tab: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url, model_name="hang")
    run = backstage.start_run(agent, task)
    for tab in (page, other_tab):
        tab.goto(f"/run?run={run.id}")
        expect(badge(tab, "Running")).to_be_visible()
        mark(tab)
    field = page.get_by_role("textbox", name="Input")
    field.fill("The next input, half typed")

    button(other_tab, "Cancel").click()

    for tab in (page, other_tab):
        expect(badge(tab, "Cancelled")).to_be_visible()
        expect_same_page(tab)
    expect(field).to_have_value("The next input, half typed")


def test_home_follows_runs(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    agent, task = backstage.make_pair(model_server.base_url, name=f"Home {uuid.uuid4().hex[:8]}")
    open_screen(page, "/", title="Benchtop")
    mark(page)
    figure = page.get_by_test_id("stMetric").filter(has_text="Runs passed").get_by_test_id("stMetricValue")
    before = figure.inner_text()

    backstage.run(agent, task)

    latest = row(page, agent.name)
    expect(badge(latest, "Passed")).to_be_visible()
    expect(figure).not_to_have_text(before)
    expect_same_page(page)
    button(latest, "Open").click()
    wait_for_screen(page, title="Run")
    expect(badge(page, "Passed")).to_be_visible()


def test_without_the_socket_the_page_says_so_and_catches_up(
    page: Page, line: Line, backstage: Workshop, agent: AgentRecord
) -> None:
    open_agents(page, agent)
    describe(backstage, agent, "Over the socket.")
    expect(row(page, agent.name)).to_contain_text("Over the socket.")
    expect(page.get_by_text(PAUSED)).to_be_hidden()

    line.cut()
    expect(page.get_by_text(PAUSED)).to_be_visible()
    describe(backstage, agent, "By looking again.")
    expect(row(page, agent.name)).to_contain_text("By looking again.")
    line.mend()

    expect(page.get_by_text(PAUSED)).to_be_hidden()
    describe(backstage, agent, "Live again.")
    expect(row(page, agent.name)).to_contain_text("Live again.")
    expect_same_page(page)


def test_what_happened_while_the_socket_was_away_is_replayed(
    page: Page, line: Line, backstage: Workshop, agent: AgentRecord
) -> None:
    open_agents(page, agent)
    line.cut()
    describe(backstage, agent, "Meanwhile.")

    line.mend()

    expect(row(page, agent.name)).to_contain_text("Meanwhile.")
