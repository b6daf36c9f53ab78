"""Home, without a browser."""

import uuid
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.records import RunFilter
from core.seeding import seed_examples
from core.services import Readiness, Services
from tests.app.rows import press, row_texts, rows
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.text, *app.caption, *app.markdown])


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_empty_workspace_shows_the_first_step(open_page: OpenPage) -> None:
    app = open_page()

    assert not app.exception
    assert app.title[0].value == "Benchtop"
    assert app.subheader[0].value == "Next step"
    assert "Add provider" in [link.value for link in app.page_link]
    assert figures(app)["Runs passed"] == "0 of 0"


def test_example_is_one_click_away_and_opening_it_starts_nothing(open_page: OpenPage, services: Services) -> None:
    seed_examples(services.store)
    app = open_page()

    app.button(key="home.try").click().run()

    assert not app.exception
    assert app.title[0].value == "Run"
    assert set(app.query_params) == {"agent", "task", "sample"}
    assert services.history.page_runs(LOCAL_USER, RunFilter(), offset=0, limit=1).total == 0


def test_example_panel_names_agent_task_and_the_limits_of_the_model(open_page: OpenPage, services: Services) -> None:
    seed_examples(services.store)

    app = open_page()

    shown = texts(app)
    assert "Support triage" in shown
    assert "Ticket triage" in shown
    assert "small and often wrong" in shown


def test_latest_runs_stand_with_status_and_a_way_in(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)

    app = open_page()

    assert not app.exception
    assert figures(app)["Runs passed"] == "1 of 1"
    (run,) = rows(app, "latest_runs")
    assert "Passed" in row_texts(app, "latest_runs")
    press(app, "latest_runs", "open", uuid.UUID(run["id"]))
    assert app.title[0].value == "Run"


def test_page_waits_plainly_while_the_services_are_not_ready(open_page: OpenPage, services: Services) -> None:
    services._readiness = Readiness(is_ready=False, message="The database does not answer.", hint="Start it.")

    app = open_page()

    assert not app.exception
    assert app.subheader[0].value == "The database does not answer."
    assert app.button(key="door.retry").label == "Retry"
