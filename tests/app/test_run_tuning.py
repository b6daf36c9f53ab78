"""An agent is tuned in place on the Run page: tried, saved, discarded, and found again with its run."""

import uuid
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord, AgentVariation
from core.runs.records import RunRecord, StartRun
from core.services import Services
from core.tasks.records import TaskRecord
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def tuned_page(open_page: OpenPage, agent: AgentRecord, *, round_: int = 0) -> tuple[AppTest, str]:
    """Open the Run page with the form opened; return it with what the keys of the form begin with."""
    app = open_page("run")
    app.session_state["run.tune"] = True
    app.run()
    return app, f"run.tune.{agent.id.hex[:8]}.{round_}"


def spoken(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.caption, *app.markdown, *app.error, *app.text))


def run_now(app: AppTest, workshop: Workshop) -> RunRecord:
    app.text_area(key="run.input").set_value("The invoice is wrong.").run()
    app.button(key="run.start").click().run()
    assert not app.exception
    return workshop.wait_for_end(uuid.UUID(app.query_params["run"]))


def test_a_variation_runs_and_the_agent_stays_as_it_was(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer, services: Services
) -> None:
    agent, _ = workshop.make_pair(model_server.base_url, system_prompt="Sort it.", temperature=0.0)
    app, key = tuned_page(open_page, agent)

    app.text_area(key=f"{key}.system_prompt").set_value("Sort it well.").run()
    app.number_input(key=f"{key}.temperature").set_value(0.8).run()
    run = run_now(app, workshop)

    assert (run.agent_version, run.variation_of) == (None, 1)
    sent = model_server.chat_requests[-1].body
    assert sent["messages"][0]["content"] == "Sort it well."
    assert sent["temperature"] == 0.8
    assert services.agents.get_agent(LOCAL_USER, agent.id).version == 1
    assert "Differs from version 1" in spoken(app)


def test_saving_makes_the_next_version_and_the_form_starts_from_it(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer, services: Services
) -> None:
    agent, _ = workshop.make_pair(model_server.base_url, temperature=0.0)
    app, key = tuned_page(open_page, agent)
    app.number_input(key=f"{key}.temperature").set_value(0.5).run()

    app.button(key="run.tune.save").click().run()

    saved = services.agents.get_agent(LOCAL_USER, agent.id)
    assert (saved.version, saved.temperature) == (2, 0.5)
    assert "Differs from" not in spoken(app)
    assert run_now(app, workshop).agent_version == 2


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent, _ = workshop.make_pair("http://127.0.0.1:9/v1", temperature=0.0)
    app, key = tuned_page(open_page, agent)
    app.number_input(key=f"{key}.temperature").set_value(0.5).run()
    draft = agent.draft().model_copy(update={"system_prompt": "Another one."})
    services.agents.update_agent(LOCAL_USER, agent.id, draft)

    app.button(key="run.tune.save").click().run()

    kept = services.agents.get_agent(LOCAL_USER, agent.id)
    assert (kept.version, kept.temperature, kept.system_prompt) == (2, 0.0, "Another one.")
    assert any("changed by somebody else" in getattr(error.proto, "title", "") + error.value for error in app.error)
    assert "Differs from version 2" in spoken(app)


def test_discarded_changes_can_be_had_back(open_page: OpenPage, workshop: Workshop) -> None:
    agent, _ = workshop.make_pair("http://127.0.0.1:9/v1", temperature=0.0)
    app, key = tuned_page(open_page, agent)
    app.number_input(key=f"{key}.temperature").set_value(0.5).run()

    app.button(key="run.tune.discard").click().run()
    after = app.number_input(key=f"run.tune.{agent.id.hex[:8]}.1.temperature").value
    app.button(key="run.tune.undo").click().run()

    assert after == 0.0
    assert app.number_input(key=f"run.tune.{agent.id.hex[:8]}.2.temperature").value == 0.5


def test_an_entry_that_cannot_be_used_starts_nothing(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent, _ = workshop.make_pair("http://127.0.0.1:9/v1")
    app, key = tuned_page(open_page, agent)
    app.text_area(key="run.input").set_value("Help").run()

    app.text_area(key=f"{key}.user_prompt_template").set_value("Sort {{").run()
    app.button(key="run.start").click().run()

    assert not app.exception
    assert services.history.page_runs(LOCAL_USER).total == 0
    assert app.text_area(key=f"{key}.user_prompt_template").value == "Sort {{"
    assert any("placeholder" in getattr(error.proto, "title", "") + error.value for error in app.error)


def test_a_variation_is_found_again_with_its_run_and_repeated(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer, services: Services
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, temperature=0.0)
    run = workshop.wait_for_end(_start_varied(services, agent, task).id)
    app = open_page("run")

    app.query_params["run"] = str(run.id)
    app.run()
    again = workshop.wait_for_end(services.runs.repeat_run(LOCAL_USER, run.id).id)

    assert "temperature 0 → 1.5" in spoken(app).replace("\\", "")
    assert (again.agent_version, again.variation_of, again.input) == (None, 1, run.input)
    assert model_server.chat_requests[-1].body["temperature"] == 1.5


def _start_varied(services: Services, agent: AgentRecord, task: TaskRecord) -> RunRecord:
    request = StartRun(agent_id=agent.id, task_id=task.id, input="Help", variation=AgentVariation(temperature=1.5))
    return services.runs.start_run(LOCAL_USER, request)


def test_what_a_save_met_is_not_said_of_another_agent(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer, services: Services
) -> None:
    agent, _ = workshop.make_pair(model_server.base_url)
    other, _ = workshop.make_pair(model_server.base_url)
    app, key = tuned_page(open_page, agent)
    app.selectbox(key="run.agent").set_value(agent.id).run()
    app.text_area(key=f"{key}.system_prompt").set_value("Sort it well.").run()
    services.agents.delete_agent(LOCAL_USER, agent.id)

    app.button(key="run.tune.save").click().run()
    said = [error.proto.title for error in app.error]
    services.agents.restore_agent(LOCAL_USER, agent.id)
    app.run()
    app.selectbox(key="run.agent").set_value(agent.id).run()

    assert said == ["This agent is not there any more."]
    assert app.selectbox(key="run.agent").value == agent.id != other.id
    assert not app.error
    assert app.text_area(key=f"{key}.system_prompt").value == "Sort it well."
