"""The Run page, without a browser."""

import uuid
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.records import RunFilter, RunStatus
from core.services import Services
from core.tasks.records import FixtureDraft, TaskRecord
from pages.ui.long_text import SHOWN_CHARACTERS
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]
TICKET_FORM: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 80},
        "stars": {"type": "integer", "minimum": 1},
        "seen_on": {"type": "string", "format": "date"},
        "kind": {"enum": ["a", "b"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sender": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 80}}},
        "extra": {"type": "object"},
    },
    "required": ["subject"],
}


def texts(app: AppTest) -> str:
    spoken = [*app.text, *app.caption, *app.markdown, *app.error, *app.warning, *app.info]
    return "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)


def press_run(app: AppTest) -> AppTest:
    return app.button(key="run.start").click().run()


def count_runs(services: Services) -> int:
    return services.history.page_runs(LOCAL_USER, RunFilter(), offset=0, limit=1).total


def field(app: AppTest, kind: str, label: str) -> Any:  # Any: AppTest's element of this kind
    return next(element for element in getattr(app, kind) if element.label == label)


def make_form_pair(workshop: Workshop, base_url: str) -> TaskRecord:
    agent = workshop.make_agent(workshop.make_provider(base_url))
    task = workshop.make_task(request_schema=TICKET_FORM)
    workshop.assign(agent, task)
    return task


def test_without_agents_it_says_to_add_one(open_page: OpenPage) -> None:
    app = open_page("run")

    assert not app.exception
    assert app.subheader[0].value == "No active agent"


def test_agent_without_a_task_says_where_to_assign_one(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_agent(name="Idle")

    app = open_page("run")

    assert not app.exception
    assert "has no active task yet" in texts(app)
    assert not [button for button in app.button if button.key == "run.start"]


def test_run_ends_with_a_typed_result_its_attempts_and_the_prompts_sent(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    workshop.make_pair(model_server.base_url, system_prompt="Sort **this** ticket.")
    app = open_page("run")
    app.text_area(key="run.input").set_value("It is broken.").run()

    press_run(app)
    run = workshop.wait_for_end(uuid.UUID(app.query_params["run"]))
    app.session_state["run.attempt.1"] = True
    app.run()

    assert run.status is RunStatus.PASSED
    assert not app.exception
    assert run.result is not None
    assert {"category", "confidence"} <= {element.value for element in app.text}
    assert any(run.result["category"] in element.value for element in app.markdown)
    shown = [block.value for block in app.code]
    assert "Sort **this** ticket." in shown
    assert "It is broken." in shown


def test_url_shows_a_run_and_fills_in_what_it_was_given(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task, "A kept input.")
    app = open_page("run")

    app.query_params["run"] = str(run.id)
    app.run()

    assert not app.exception
    assert app.text_area(key="run.input").value == "A kept input."
    assert "Attempts" in [heading.value for heading in app.subheader]


def test_overlong_prompt_is_cut_and_can_be_downloaded(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    text = "word " * 16_000
    run = workshop.run(agent, task, text)
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    app.run()

    app.session_state["run.attempt.1"] = True
    app.run()

    assert not app.exception
    assert max(len(block.value) for block in app.code) == SHOWN_CHARACTERS
    hidden = len(text) - SHOWN_CHARACTERS
    assert f"{hidden:,} more are not shown" in texts(app)
    assert "Download the whole" in [button.proto.label for button in app.get("download_button")]


def test_failed_run_says_why_in_a_sentence(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="always-wrong", retries=1)
    run = workshop.run(agent, task)
    app = open_page("run")

    app.query_params["run"] = str(run.id)
    app.run()

    assert not app.exception
    assert run.status is RunStatus.FAILED
    assert app.error
    assert "What was wrong with it" in texts(app)


def test_running_run_can_be_cancelled(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
    run = workshop.start_run(agent, task)
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    app.run()
    assert app.button(key="run.cancel").label == "Cancel"
    assert app.button(key="run.start").disabled

    app.button(key="run.cancel").click().run()
    ended = workshop.wait_for_end(run.id)
    app.run()

    assert ended.status is RunStatus.CANCELLED
    assert not app.exception
    assert app.warning


def test_opening_a_url_starts_nothing_whatever_it_says(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")
    app = open_page("run")

    for query in (
        {"agent": str(agent.id), "task": str(task.id), "sample": "1"},
        {"run": "../../etc", "agent": "x"},
        {"run": str(uuid.uuid4())},
        {"agent": str(uuid.uuid4()), "task": str(uuid.uuid4())},
    ):
        app.query_params.clear()
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception

    assert count_runs(services) == 0


def test_sample_is_filled_in_by_the_url(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")
    services.fixtures.create_fixture(LOCAL_USER, task.id, FixtureDraft(name="A sample", input="Sampled text"))
    (sample,) = services.fixtures.list_fixtures(LOCAL_USER, task.id)
    app = open_page("run")

    for name, value in (("agent", agent.id), ("task", task.id), ("sample", sample.id)):
        app.query_params[name] = str(value)
    app.run()

    assert app.text_area(key="run.input").value == "Sampled text"


def test_input_form_sends_each_field_with_its_type(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    make_form_pair(workshop, model_server.base_url)
    app = open_page("run")

    field(app, "text_input", "subject").set_value("Hello")
    field(app, "number_input", "stars (optional)").set_value(4)
    field(app, "selectbox", "kind (optional)").select_index(1)
    field(app, "multiselect", "tags (optional)").set_value(["x, y"])
    field(app, "text_input", "name (optional)").set_value("Robin")
    press_run(app)

    assert not app.exception
    run = services.runs.get_run(LOCAL_USER, uuid.UUID(app.query_params["run"]))
    workshop.wait_for_end(run.id)
    assert run.input == {"subject": "Hello", "stars": 4, "kind": "b", "tags": ["x, y"], "sender": {"name": "Robin"}}


def test_missing_and_unreadable_fields_are_refused_before_a_run_starts(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    make_form_pair(workshop, model_server.base_url)
    app = open_page("run")

    press_run(app)
    assert "subject is required" in texts(app)
    field(app, "text_area", "extra (optional)").set_value("{oops")
    press_run(app)

    assert "cannot be read" in texts(app)
    assert "line 1, column 2" in texts(app)
    assert count_runs(services) == 0


def test_agent_that_is_gone_by_now_is_not_replaced_by_another_in_silence(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    task = workshop.make_task()
    for name in ("Alpha", "Beta"):
        workshop.assign(workshop.make_agent(name=name), task)
    app = open_page("run")
    app.text_area(key="run.input").set_value("Help").run()
    chosen = app.selectbox(key="run.agent").value
    services.agents.delete_agent(LOCAL_USER, chosen)

    press_run(app)

    assert not app.exception
    assert count_runs(services) == 0
    assert "is not there any more" in texts(app)
    assert app.text_area(key="run.input").value == "Help"
    press_run(app)
    assert count_runs(services) == 1
