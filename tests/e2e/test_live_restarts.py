"""Open tabs when what brings them the news breaks: its connection is killed, and PostgreSQL itself."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.errors import DatabaseUnavailableError
from core.tasks.records import TaskRecord
from tests.e2e.conftest import BenchtopProcess, backstage_of
from tests.e2e.screen import badge, expect_no_traceback, row
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.embedded_folders import cluster_of, kill_all_of, reachable_folder
from tests.integration.own_services import execute

_TABS = 20
_KILL_LISTENERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"


@pytest.fixture
def own_benchtop() -> Iterator[BenchtopProcess]:
    """A Benchtop whose database is to be killed."""
    with reachable_folder() as folder:
        process = BenchtopProcess(folder / "data")
        process.start()
        yield process
        process.stop()


@pytest.fixture
def tabs(own_benchtop: BenchtopProcess, browser: Browser) -> Iterator[list[Page]]:
    """Twenty tabs on Home, which lists the latest runs."""
    context = browser.new_context(base_url=own_benchtop.url)
    tabs = [context.new_page() for _ in range(_TABS)]
    for tab in tabs:
        tab.goto("/")  # one by one: the first fetches and compiles the scripts for all
        expect(tab.get_by_text("Nothing has run yet.", exact=False)).to_be_visible()
    yield tabs
    context.close()


def start_run(benchtop: BenchtopProcess, agent: AgentRecord, task: TaskRecord) -> None:
    """Have the app itself run something: its process is the one whose tabs watch."""
    request = {"agent_id": str(agent.id), "task_id": str(task.id), "input": "The invoice is wrong."}
    answer = httpx.post(f"{benchtop.url}/api/runs", json=request, timeout=20)
    assert answer.status_code == 201


def expect_passed(tabs: list[Page], agent: AgentRecord) -> None:
    for tab in tabs:
        expect(badge(row(tab, agent.name), "Passed")).to_be_visible(timeout=30_000)


def is_back(workshop: Workshop) -> bool:
    try:
        workshop.services.agents.count_agents(LOCAL_USER)
    except DatabaseUnavailableError:
        return False
    return True


def test_no_final_state_is_lost_by_any_tab(
    own_benchtop: BenchtopProcess, tabs: list[Page], model_server: FakeModelServer
) -> None:
    with backstage_of(own_benchtop) as workshop:
        pairs = [workshop.make_pair(model_server.base_url, model_name="slow:0.2") for _ in range(2)]
        start_run(own_benchtop, *pairs[0])
        execute(workshop.services.database, _KILL_LISTENERS)
        expect_passed(tabs, pairs[0][0])

        start_run(own_benchtop, *pairs[1])
        kill_all_of(cluster_of(own_benchtop.data_dir))
        wait_until(lambda: is_back(workshop), what="the database to be back")
        expect_passed(tabs, pairs[1][0])

    for tab in tabs:
        expect_no_traceback(tab)
