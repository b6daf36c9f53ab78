"""The comparisons in the History page: listed, opened, deleted and had back."""

import uuid
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentVariation
from core.errors import NotFoundError
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft
from core.services import Services
from tests.app.rows import press, row_texts
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


@pytest.fixture
def comparison_id(workshop: Workshop, model_server: FakeModelServer) -> uuid.UUID:
    """A comparison of an agent with itself at another temperature; all its runs passed, the second column won."""
    agent, task = workshop.make_pair(model_server.base_url)
    columns = (
        ComparisonColumnDraft(agent_id=agent.id),
        ComparisonColumnDraft(agent_id=agent.id, variation=AgentVariation(temperature=0.7)),
    )
    draft = ComparisonDraft(task_id=task.id, input="The invoice is wrong.", columns=columns)
    comparison = workshop.services.comparisons.start_comparison(LOCAL_USER, draft)
    for run in comparison.runs:
        workshop.wait_for_end(run.id)
    assert comparison.id is not None
    workshop.services.comparisons.pick_winner(LOCAL_USER, comparison.id, 2)
    return comparison.id


def test_a_comparison_is_listed_with_its_outcome(
    open_page: OpenPage, services: Services, comparison_id: uuid.UUID
) -> None:
    (summary,) = services.comparisons.page_comparisons(LOCAL_USER).items

    app = open_page("history", show="comparisons")

    assert not app.exception
    said = row_texts(app, "comparisons")
    for words in (summary.task_name, "2 of 2 runs passed", "2 columns", summary.column_labels[1]):
        assert words in said


def test_a_comparison_without_runs_left_says_so(
    open_page: OpenPage, services: Services, comparison_id: uuid.UUID
) -> None:
    runs = services.comparisons.get_comparison(LOCAL_USER, comparison_id).runs
    services.history.delete_runs(LOCAL_USER, [run.id for run in runs])

    app = open_page("history", show="comparisons")

    assert not app.exception
    assert "No runs left" in row_texts(app, "comparisons")
    assert "of 0" not in row_texts(app, "comparisons")


def test_a_deleted_comparison_can_be_had_back(
    open_page: OpenPage, services: Services, comparison_id: uuid.UUID
) -> None:
    app = open_page("history", show="comparisons")

    press(app, "comparisons", "delete", comparison_id)
    app.button(key="history.confirm").click().run()

    assert not app.exception
    with pytest.raises(NotFoundError):
        services.comparisons.get_comparison(LOCAL_USER, comparison_id)

    app.button(key="history.comparison_undo").click().run()

    assert services.comparisons.get_comparison(LOCAL_USER, comparison_id).winner == 2
    assert app.toast[0].value == "Restored the comparison."
