"""A finished run as code, on the Run page."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentChange
from core.errors import NotFoundError
from core.runs.records import RunRecord
from core.services import Services
from pages.ui.run_code import find_benchtop
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def open_run(open_page: OpenPage, run: RunRecord, *, with_code: bool) -> AppTest:
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    if with_code:
        app.session_state["run.code"] = True
    app.run()
    assert not app.exception
    return app


def test_run_is_shown_as_python_curl_and_json(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task, "It's “broken”.")

    app = open_run(open_page, run, with_code=True)

    languages = {block.language: block.value for block in app.code}
    compile(languages["python"], "run.py", "exec")
    assert "It's “broken”." in languages["python"]
    assert f'\n"""Asks “{agent.name}” to do “{task.name}”, as Benchtop does.\n' in languages["python"]
    assert languages["bash"].startswith("curl -sS")
    assert str(task.id) in languages["bash"]
    shown = next(block.value for block in app.code if str(run.id) in block.value and block.language == "json")
    assert json.loads(shown)["input"] == "It's “broken”."
    keys = [button.proto.id for button in app.get("download_button")]
    assert all(any(f"run.code.{each}" in key for key in keys) for each in ("python", "curl", "json"))


def test_closed_code_writes_nothing(open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url))

    app = open_run(open_page, run, with_code=False)

    assert "Copy as code" in [box.label for box in app.expander]
    assert "python" not in [block.language for block in app.code]


def test_code_is_that_of_the_versions_the_run_pinned(
    workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, system_prompt="The prompt then.")
    run = workshop.run(agent, task)
    change = AgentChange.model_validate({"system_prompt": "The prompt now.", "name": "Renamed"})
    services.agents.change_agent(LOCAL_USER, agent.id, change)
    services.agents.delete_agent(LOCAL_USER, agent.id)
    services.tasks.delete_task(LOCAL_USER, task.id)

    code = services.code.copy_run(LOCAL_USER, run.id)

    assert "The prompt then." in code.python
    assert "The prompt now." not in code.python


def test_key_of_the_provider_is_in_none_of_it(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.api_key = "sk-of-the-provider"
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url, api_key=model_server.api_key))
    task = workshop.make_task()
    workshop.assign(agent, task)
    run = workshop.run(agent, task)

    app = open_run(open_page, run, with_code=True)

    assert "MODEL_API_KEY" in "".join(block.value for block in app.code)
    assert model_server.api_key not in "".join(block.value for block in app.code)


def test_code_of_a_run_that_is_not_there_is_refused(services: Services, workshop: Workshop) -> None:
    with pytest.raises(NotFoundError):
        services.code.copy_run(LOCAL_USER, workshop.make_agent().id)


@pytest.mark.parametrize(
    ("page_url", "found"),
    [
        ("http://localhost:8501/run", "http://localhost:8501"),
        ("https://bench.example/tools/run", "https://bench.example/tools"),
        ("http://[::1]:8501/run/", "http://[::1]:8501"),
        (None, "http://127.0.0.1:8501"),
        ("javascript:alert(1)", "http://127.0.0.1:8501"),
    ],
)
def test_address_of_benchtop_is_that_of_the_page(page_url: str | None, found: str) -> None:
    assert find_benchtop(page_url) == found
