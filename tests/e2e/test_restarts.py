"""What a stop, a power cut and a cold start leave behind."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from tests.e2e.conftest import BenchtopProcess, backstage_of
from tests.e2e.screen import (
    badge,
    button,
    drawer,
    expect_no_traceback,
    follow_link,
    heading,
    open_run_panel,
    open_screen,
    press_run,
    row,
    wait_for_screen,
)
from tests.fake_model_server import FakeModelServer
from tests.integration.embedded_folders import reachable_folder

PAGE_TITLES = ("Home", "Run", "History", "Agents", "Tasks", "Providers")


@pytest.fixture(scope="module")
def own_benchtop() -> Iterator[BenchtopProcess]:
    """A Benchtop of this module's own, to be stopped, killed and started."""
    with reachable_folder() as folder:
        process = BenchtopProcess(folder / "data")
        process.start()
        yield process
        process.stop()


def expect_frame(page: Page) -> None:
    """See that the page stands within the app's navigation."""
    for title in PAGE_TITLES:
        expect(page.get_by_role("navigation").get_by_role("link", name=title, exact=True)).to_be_visible()
    expect_no_traceback(page)


def test_cold_deep_link_opens_its_page_in_the_frame(
    own_benchtop: BenchtopProcess, open_tab: Callable[..., Page]
) -> None:
    page = open_tab(own_benchtop.url)

    page.goto("/providers")

    wait_for_screen(page, title="Providers")
    expect(row(page, "Built-in model")).to_be_visible()
    expect_frame(page)


@pytest.mark.parametrize("path", ["/no-such-page", "/pages/providers"])
def test_cold_unknown_path_says_so_in_the_frame(
    path: str, own_benchtop: BenchtopProcess, open_tab: Callable[..., Page]
) -> None:
    own_benchtop.stop()
    own_benchtop.start()
    page = open_tab(own_benchtop.url)

    page.goto(path)

    expect(page.get_by_text("Page not found")).to_be_visible()
    expect_frame(page)


def test_kill_during_a_run_interrupts_it_and_loses_nothing(
    own_benchtop: BenchtopProcess, open_tab: Callable[..., Page], model_server: FakeModelServer
) -> None:
    with backstage_of(own_benchtop) as workshop:
        agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
        earlier = workshop.run(*workshop.make_pair(model_server.base_url))
        chats = len(model_server.chat_requests)
    page = open_tab(own_benchtop.url)
    open_run_panel(page, agent, task)
    run_id = press_run(page)
    model_server.wait_until(lambda _: len(model_server.chat_requests) > chats, timeout_seconds=15)

    own_benchtop.kill()
    own_benchtop.start()

    expect_interrupted(open_tab(own_benchtop.url), run_id)
    with backstage_of(own_benchtop) as workshop:
        assert workshop.services.runs.get_run(LOCAL_USER, run_id).status is RunStatus.INTERRUPTED
        assert workshop.services.runs.get_run(LOCAL_USER, earlier.id) == earlier
        assert workshop.services.agents.get_agent(LOCAL_USER, agent.id).system_prompt == agent.system_prompt
        assert workshop.services.tasks.get_task(LOCAL_USER, task.id).response_schema == task.response_schema


def restart(benchtop: BenchtopProcess) -> None:
    benchtop.kill()
    benchtop.start()


def test_an_open_tab_goes_on_after_a_restart(own_benchtop: BenchtopProcess, open_tab: Callable[..., Page]) -> None:
    page = open_tab(own_benchtop.url)
    open_screen(page, "/tasks", title="Tasks")
    follow_link(page, "Home")
    figure = page.get_by_test_id("stMetric").filter(has_text="Agents").get_by_test_id("stMetricValue")
    before = int(figure.inner_text())

    restart(own_benchtop)
    with backstage_of(own_benchtop) as workshop:
        provider = workshop.services.providers.list_providers(LOCAL_USER)[0]
        workshop.make_agent(provider, name="Made after the restart")

    # The browser's own pauses between two tries included.
    expect(figure).to_have_text(str(before + 1), timeout=45_000)
    button(page, "Try it").click()
    wait_for_screen(page, title="Run")
    expect_no_traceback(page)


def test_a_tab_in_use_says_that_the_server_is_a_new_one_and_keeps_what_was_typed(
    own_benchtop: BenchtopProcess, open_tab: Callable[..., Page]
) -> None:
    page = open_tab(own_benchtop.url)
    open_screen(page, "/agents", title="Agents")
    button(page, "Add agent").click()
    name = drawer(page).get_by_role("textbox", name="Name", exact=True)
    name.fill("Half typed")

    restart(own_benchtop)

    told = page.get_by_text("Benchtop was started anew. Reload this page to go on.")
    expect(told).to_be_visible(timeout=45_000)
    expect(name).to_have_value("Half typed")
    page.reload()
    wait_for_screen(page, title="Agents")
    expect(told).to_be_hidden()


def expect_interrupted(page: Page, run_id: uuid.UUID) -> None:
    page.goto(f"/run?run={run_id}")
    expect(badge(page, "Interrupted")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Benchtop ended while this run was going on.")).to_be_visible()
    expect(button(page, "Run")).to_be_enabled()
    for title in PAGE_TITLES:
        follow_link(page, title)
        expect_no_traceback(page)
    expect(heading(page, "Providers")).to_be_visible()
    expect(row(page, "Built-in model")).to_be_visible()
