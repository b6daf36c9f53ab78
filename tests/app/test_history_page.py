"""The History page and the route that feeds its grid."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core.runs.records import RunStatus
from core.services import Services, install_services
from pages.ui.run_rows import ROWS_PATH, routes
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def fetch(**query: object) -> tuple[int, dict[str, Any]]:  # Any: JSON
    with TestClient(Starlette(routes=routes)) as client:
        answer = client.get(ROWS_PATH, params={name: str(value) for name, value in query.items()})
        return answer.status_code, answer.json()


def test_empty_history_says_what_it_will_hold(open_page: OpenPage) -> None:
    app = open_page("history")

    assert not app.exception
    assert app.subheader[0].value == "Nothing has run yet"


def test_history_counts_the_runs_that_fit_its_filters(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    workshop.run(*workshop.make_pair(model_server.base_url))
    app = open_page("history")
    assert "1 run, newest first" in app.caption[-1].value

    app.selectbox(key="status").set_value("failed").run()

    assert not app.exception
    assert app.subheader[0].value == "No run fits"


def test_rows_come_newest_first_in_blocks(workshop: Workshop, model_server: FakeModelServer) -> None:
    pair = workshop.make_pair(model_server.base_url)
    older, newer = workshop.run(*pair), workshop.run(*pair)

    _, first = fetch(start=0, end=1)
    _, second = fetch(start=1, end=2)

    assert first["total"] == 2
    assert [row["id"] for row in first["rows"] + second["rows"]] == [str(newer.id), str(older.id)]
    assert first["rows"][0]["status"] == "Passed"
    assert first["rows"][0]["duration"].endswith(" s")


def test_rows_are_filtered_by_agent_task_and_status(workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task)
    workshop.run(*workshop.make_pair(model_server.base_url, model_name="unauthorized"))

    _, wanted = fetch(start=0, end=10, agent=agent.id, task=task.id, status=RunStatus.PASSED.value)
    _, failed = fetch(start=0, end=10, agent=agent.id, status=RunStatus.FAILED.value)

    assert [row["id"] for row in wanted["rows"]] == [str(run.id)]
    assert failed == {"rows": [], "total": 0}


def test_unusable_blocks_are_refused(services: Services) -> None:
    for query in (
        {"start": 0, "end": 201},
        {"start": 5, "end": 5},
        {"start": -1, "end": 5},
        {"start": "x", "end": 5},
        {"start": 0, "end": 5, "agent": "'; DROP TABLE"},
        {"start": 0, "end": 5, "status": "happy"},
    ):
        status, answer = fetch(**query)
        assert status == 400
        assert "error" in answer


def test_rows_say_so_while_the_services_are_not_ready(services: Services, settings: Any) -> None:  # Any: a fixture
    install_services(Services(settings))

    status, answer = fetch(start=0, end=5)

    install_services(services)
    assert status == 503
    assert answer["error"]
