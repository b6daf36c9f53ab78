"""Agents on a model that is gone or will be, and what the form tells of models, without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.records import ProviderRecord
from core.services import Services
from tests.app.rows import press, rows
from tests.conftest import PAGES
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute

OpenPage = Callable[..., AppTest]


def make_listed(workshop: Workshop, services: Services, model_server: FakeModelServer) -> ProviderRecord:
    """Make a provider whose server has listed its models."""
    provider = workshop.make_provider(model_server.base_url, name="Lab")
    wait_until(lambda: bool(services.providers.get_provider(LOCAL_USER, provider.id).model_names))
    return services.providers.get_provider(LOCAL_USER, provider.id)


def unlist(services: Services, model_name: str) -> None:
    execute(services.database, "UPDATE provider_models SET is_listed = false WHERE name = :name", name=model_name)


def retire(services: Services, model_name: str, *, in_days: int) -> None:
    statement = "UPDATE provider_models SET retires_on = current_date + CAST(:days AS integer) WHERE name = :name"
    execute(services.database, statement, name=model_name, days=in_days)


def trouble_lines(app: AppTest) -> list[str]:
    return [box.label for box in app.expander if "gone or will be retired" in box.label]


def test_agents_whose_model_is_in_trouble_have_a_badge_and_a_line_above_the_list(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = make_listed(workshop, services, model_server)
    lost, late, fine = provider.model_names[:3]
    agents = [workshop.make_agent(provider, model_name=name) for name in (lost, late, fine)]
    unlist(services, lost)
    retire(services, late, in_days=10)

    app = open_page("agents")

    assert not app.exception
    assert trouble_lines(app) == ["2 agents use a model that is gone or will be retired"]
    badges = {row["id"]: row["cells"][1]["badge"] for row in rows(app, "agents")}
    assert badges[str(agents[0].id)]["word"] == "model gone"
    assert badges[str(agents[1].id)]["word"].startswith("retires ")
    assert badges[str(agents[2].id)] is None
    notes = {row["id"]: row["note"] for row in rows(app, "agents")}
    assert "Edit the agent and choose another one." in notes[str(agents[0].id)]
    assert notes[str(agents[2].id)] == ""


def test_line_above_the_list_opens_to_the_agents_and_leads_to_their_form(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = make_listed(workshop, services, model_server)
    agent = workshop.make_agent(provider, model_name=provider.model_names[0])
    unlist(services, agent.model_name)
    app = open_page("agents")

    app.session_state["agents.trouble"] = True
    app.run()
    app.button(key=f"agents.trouble.{agent.id}").click().run()

    assert not app.exception
    assert app.text_input(key="agent.name").value == agent.name


def test_line_above_the_list_is_not_there_without_trouble(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = make_listed(workshop, services, model_server)
    workshop.make_agent(provider, model_name=provider.model_names[0])

    assert trouble_lines(open_page("agents")) == []


def test_form_marks_what_is_known_of_the_models(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = make_listed(workshop, services, model_server)
    lost, known = provider.model_names[:2]
    agent = workshop.make_agent(provider, model_name=lost)
    unlist(services, lost)
    statement = "UPDATE provider_models SET context_tokens = 131072, is_loaded = true WHERE name = :name"
    execute(services.database, statement, name=known)

    app = open_page("agents")
    press(app, "agents", "edit", agent.id)

    options = app.selectbox(key="agent.model_name").options
    assert f"{lost} · gone" in options
    assert f"{known} · 128k context · in memory" in options
    app.button(key="agent.save").click().run()
    assert not app.exception
    assert services.agents.get_agent(LOCAL_USER, agent.id).model_name == lost


def test_link_opens_the_form_of_an_agent_once(open_page: OpenPage, workshop: Workshop) -> None:
    agent = workshop.make_agent()
    app = open_page("home")

    app.query_params["edit"] = str(agent.id)
    app.switch_page(str(PAGES / "agents.py")).run()

    assert not app.exception
    assert app.text_input(key="agent.name").value == agent.name
    assert "edit" not in app.query_params


def test_run_page_says_of_the_chosen_agent_that_its_model_is_gone(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = make_listed(workshop, services, model_server)
    model_name = provider.model_names[0]
    workshop.make_agent(provider, model_name=model_name)
    unlist(services, model_name)

    app = open_page("run")

    assert not app.exception
    assert any(caption.value.endswith("model gone") for caption in app.caption)
