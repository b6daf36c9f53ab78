"""What stands in the Run page's input form, and that nothing else is sent."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.runs.records import RunRecord
from core.services import Services
from core.tasks.records import FixtureDraft, TaskRecord
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]
BIG = 10**400


def make_schema(*fields: str, kind: str = "string") -> dict[str, Any]:  # Any: a JSON Schema
    return {"type": "object", "properties": {name: {"type": kind} for name in fields}}


def find(app: AppTest, kind: str, label: str) -> list[Any]:  # Any: AppTest's elements of this kind
    return [element for element in getattr(app, kind) if element.label.removesuffix(" (optional)") == label]


def open_run(open_page: OpenPage, run: RunRecord) -> AppTest:
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    return app.run()


def press_run(app: AppTest, workshop: Workshop) -> RunRecord:
    app.button(key="run.start").click().run()
    assert not app.exception
    run = workshop.wait_for_end(uuid.UUID(app.query_params["run"]))
    app.run()
    return run


@pytest.fixture
def agent(workshop: Workshop, model_server: FakeModelServer) -> AgentRecord:
    return workshop.make_agent(workshop.make_provider(model_server.base_url))


@pytest.fixture
def make_task(workshop: Workshop, agent: AgentRecord) -> Callable[..., TaskRecord]:
    """Make a task with an input form that the agent may do."""

    def make_task(request_schema: dict[str, Any], **values: Any) -> TaskRecord:  # Any: a JSON Schema; any value
        task = workshop.make_task(request_schema=request_schema, **values)
        workshop.assign(agent, task)
        return task

    return make_task


def test_values_of_one_task_never_reach_another(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord]
) -> None:
    first, second = make_task(make_schema("secret_note", "n")), make_task(make_schema("question"))
    app = open_run(open_page, workshop.run(agent, first, {"secret_note": "only for the first", "n": "1"}))

    app.selectbox(key="run.task").set_value(second.id).run()
    shown = [area.value for area in app.text_area]
    run = press_run(app, workshop)

    assert shown == [""]
    assert run.task_id == second.id
    assert run.input == {}


def test_value_the_form_has_no_field_for_is_shown_and_can_be_left_out(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord]
) -> None:
    task = make_task(make_schema("question"))
    value = {"question": "Why?", "note": "unseen"}
    app = open_run(open_page, workshop.run(agent, task, value))
    shown = find(app, "text_area", "Other values")[0].value

    kept = press_run(app, workshop)
    find(app, "text_area", "Other values")[0].set_value("")
    left_out = press_run(app, workshop)

    assert '"note": "unseen"' in shown
    assert kept.input == value
    assert left_out.input == {"question": "Why?"}


def test_value_a_nested_form_has_no_field_for_is_shown_too(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord]
) -> None:
    task = make_task({"type": "object", "properties": {"sender": make_schema("name")}})
    value = {"sender": {"name": "Robin", "id": 7}}
    app = open_run(open_page, workshop.run(agent, task, value))

    run = press_run(app, workshop)

    assert '"id": 7' in find(app, "text_area", "Other values")[0].value
    assert run.input == value


def test_other_values_cannot_stand_in_for_a_field(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord]
) -> None:
    task = make_task(make_schema("question"))
    app = open_run(open_page, workshop.run(agent, task, {"question": "Why?", "note": "x"}))

    find(app, "text_area", "Other values")[0].set_value('{"question": "Another"}')
    before = app.query_params["run"]
    app.button(key="run.start").click().run()

    assert not app.exception
    assert "cannot be read" in str(app.error[0].proto)
    assert app.query_params["run"] == before


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_number_too_large_for_a_number_field_is_kept_exactly(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord], kind: str
) -> None:
    app = open_run(open_page, workshop.run(agent, make_task(make_schema("n", kind=kind)), {"n": BIG}))

    run = press_run(app, workshop)

    assert find(app, "text_area", "n")[0].value == str(BIG)
    assert run.input == {"n": BIG}


def test_word_that_stands_twice_in_a_list_is_kept(
    open_page: OpenPage, workshop: Workshop, agent: AgentRecord, make_task: Callable[..., TaskRecord]
) -> None:
    schema = {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}}
    app = open_run(open_page, workshop.run(agent, make_task(schema), {"tags": ["a", "a"]}))

    assert press_run(app, workshop).input == {"tags": ["a", "a"]}


def test_sample_of_a_task_stays_with_it(
    open_page: OpenPage, workshop: Workshop, services: Services, make_task: Callable[..., TaskRecord]
) -> None:
    first, second = make_task(make_schema("question")), make_task(make_schema("question"))
    draft = FixtureDraft(name="A sample", input={"question": "Sampled"})
    services.fixtures.create_fixture(LOCAL_USER, first.id, draft)
    (sample,) = services.fixtures.list_fixtures(LOCAL_USER, first.id)
    app = open_page("run")
    app.selectbox(key="run.task").set_value(first.id).run()

    app.pills(key="run.sample").set_value(sample.id).run()
    filled = [area.value for area in app.text_area]
    app.selectbox(key="run.task").set_value(second.id).run()

    assert filled == ["Sampled"]
    assert [area.value for area in app.text_area] == [""]
