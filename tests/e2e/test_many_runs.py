"""Many runs at once, started from many tabs, while the agents and the task they use are changed and deleted."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.runs.records import RunStatus
from core.services import Services
from core.tasks.records import TaskRecord
from tests.app.compare_bench import Bench
from tests.app.compare_screen import wait_until_over
from tests.e2e.compare_screen import CompareScreen
from tests.e2e.screen import expect_no_traceback, fill
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

TABS = 10
COLUMNS = 2
REPEATS = 3
RUNS = TABS * COLUMNS * REPEATS


def change_and_delete(services: Services, agent: AgentRecord) -> None:
    """Have the agent do something else from now on, then take it away."""
    changed = agent.draft().model_copy(update={"system_prompt": "The second prompt.", "model_name": "always-wrong"})
    services.agents.update_agent(LOCAL_USER, agent.id, changed)
    services.agents.delete_agent(LOCAL_USER, agent.id)


def change_and_delete_task(services: Services, task: TaskRecord) -> None:
    never = {"type": "object", "properties": {"never": {"const": 1}}, "required": ["never"]}
    services.tasks.update_task(LOCAL_USER, task.id, task.draft().model_copy(update={"response_schema": never}))
    services.tasks.delete_task(LOCAL_USER, task.id)


def test_sixty_runs_from_ten_tabs_all_end_with_what_they_pinned(
    browser_profile: BrowserContext, backstage: Workshop, model_server: FakeModelServer
) -> None:
    bench, services = Bench(backstage, model_server.base_url), backstage.services
    agents = [bench.make_agent("held", system_prompt="The first prompt.") for _ in range(COLUMNS)]
    screens = [CompareScreen.set_up(browser_profile.new_page(), agents[0], bench.task) for _ in range(TABS)]
    for screen in screens:
        fill(screen.page, "Input", "It is wrong.")
        screen.type_repeats(REPEATS)
    for screen in screens:
        screen.expect_repeats(REPEATS)

    for screen in screens:
        screen.press_compare()
    comparison_ids = {screen.comparison_id for screen in screens}
    model_server.wait_until(_count_reaches(model_server, RUNS), timeout_seconds=60)
    for agent in agents:
        change_and_delete(services, agent)
    change_and_delete_task(services, bench.task)
    assert not any(request.is_answered for request in model_server.chat_requests)
    model_server.release()

    assert len(comparison_ids) == TABS
    for screen in screens:
        for position in range(1, COLUMNS + 1):
            expect(screen.figure_row(position)).to_contain_text(f"{REPEATS} passed")
        expect_no_traceback(screen.page)
        screen.page.close()
    runs = [run for each in comparison_ids for run in wait_until_over(services, each).runs]
    assert len({run.id for run in runs}) == len(model_server.chat_requests) == RUNS
    assert {(run.status, run.agent_version, run.task_version) for run in runs} == {(RunStatus.PASSED, 1, 1)}
    prompts = [request.body["messages"][0]["content"] for request in model_server.chat_requests]
    assert all("The first prompt." in prompt for prompt in prompts)


def _count_reaches(model_server: FakeModelServer, count: int) -> Callable[[object], bool]:
    return lambda _: len(model_server.chat_requests) >= count
