"""What tests of the Compare page compare, and how they open it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord, AgentVariation
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft, ComparisonRecord
from core.tasks.records import TaskRecord
from tests.app.compare_screen import wait_until_over
from tests.factories import Workshop

OpenPage = Callable[..., AppTest]


class Bench:
    """A task, agents that may do it, and comparisons of them."""

    def __init__(self, workshop: Workshop, base_url: str) -> None:
        self.workshop, self.services = workshop, workshop.services
        self.provider = workshop.make_provider(base_url)
        self.task: TaskRecord = workshop.make_task()

    def make_agent(self, model_name: str, **values: Any) -> AgentRecord:  # Any: fields of an agent
        agent = self.workshop.make_agent(self.provider, model_name=model_name, **values)
        self.workshop.assign(agent, self.task)
        return agent

    def compare(
        self, *columns: ComparisonColumnDraft, repeat_count: int = 1, is_awaited: bool = True
    ) -> ComparisonRecord:
        draft = ComparisonDraft(task_id=self.task.id, input="Broken.", columns=columns, repeat_count=repeat_count)
        comparison = self.services.comparisons.start_comparison(LOCAL_USER, draft)
        assert comparison.id is not None
        return wait_until_over(self.services, comparison.id) if is_awaited else comparison


def says(category: str, confidence: float = 0.5) -> str:
    """Return the model that gives this answer."""
    return "answer:" + quote(f'{{"category":"{category}","confidence":{confidence}}}')


def column(agent: AgentRecord, **variation: object) -> ComparisonColumnDraft:
    varied = AgentVariation.model_validate(variation) if variation else None
    return ComparisonColumnDraft(agent_id=agent.id, variation=varied)


def show(open_page: OpenPage, **query: str) -> AppTest:
    """Open the page with a query, as a link does."""
    app = open_page("compare")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def choice(app: AppTest, label: str) -> Any:  # Any: AppTest's selectbox
    return next(element for element in app.selectbox if element.label == label)


def change_button(app: AppTest, place: int) -> Any:  # Any: AppTest's button
    return [button for button in app.button if button.label == "Change…"][place - 1]


def press_compare(app: AppTest) -> AppTest:
    return app.button(key="compare.start").click().run()
