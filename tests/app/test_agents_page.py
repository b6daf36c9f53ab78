"""The Agents page, without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.services import Services
from tests.app.rows import find_press, press, rows
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.text, *app.caption, *app.markdown, *app.error])


def list_agents(services: Services) -> list[AgentRecord]:
    return services.agents.list_agents(LOCAL_USER)


def open_drawer(open_page: OpenPage, agent: AgentRecord) -> AppTest:
    app = open_page("agents")
    return press(app, "agents", "edit", agent.id)


def test_empty_page_says_what_an_agent_is(open_page: OpenPage) -> None:
    app = open_page("agents")

    assert not app.exception
    assert app.subheader[0].value == "No agents yet"
    assert app.button(key="agents.add").label == "Add agent"


def test_drawer_without_providers_says_to_add_one_and_saves_nothing(open_page: OpenPage, services: Services) -> None:
    app = open_page("agents")
    app.button(key="agents.add").click().run()

    app.button(key="agent.save").click().run()

    assert not app.exception
    assert "Choose a provider" in texts(app)
    assert list_agents(services) == []


def test_saving_the_drawer_adds_an_agent_with_its_tasks(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    wait_until(lambda: bool(services.providers.get_provider(LOCAL_USER, provider.id).model_names))
    task = workshop.make_task(name="Triage")
    app = open_page("agents")
    app.button(key="agents.add").click().run()

    app.text_input(key="agent.name").set_value("Reader")
    app.selectbox(key="agent.model_name").select_index(0)
    app.text_area(key="agent.system_prompt").set_value("Be short.")
    app.multiselect(key="agent_tasks.new").set_value([task.id])
    app.button(key="agent.save").click().run()

    assert not app.exception
    (agent,) = list_agents(services)
    assert (agent.name, agent.temperature, agent.max_tokens) == ("Reader", None, None)
    assert agent.model_name in services.providers.get_provider(LOCAL_USER, provider.id).model_names
    assert agent.task_count == 1


def test_refused_save_marks_the_fields_and_keeps_what_was_typed(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    workshop.make_provider()
    task = workshop.make_task()
    app = open_page("agents")
    app.button(key="agents.add").click().run()

    app.text_input(key="agent.description").set_value("Reads.")
    app.text_area(key="agent.system_prompt").set_value("A long prompt.")
    app.text_area(key="agent.user_prompt_template").set_value("Read {{input}}")
    app.number_input(key="agent.temperature").set_value(0.5)
    app.number_input(key="agent.retries").set_value(4)
    app.multiselect(key="agent_tasks.new").set_value([task.id])
    app.button(key="agent.save").click().run()

    assert not app.exception
    assert "Give it a name" in texts(app)
    assert app.text_input(key="agent.description").value == "Reads."
    assert app.text_area(key="agent.system_prompt").value == "A long prompt."
    assert app.text_area(key="agent.user_prompt_template").value == "Read {{input}}"
    assert [app.number_input(key=f"agent.{name}").value for name in ("temperature", "retries")] == [0.5, 4]
    assert app.multiselect(key="agent_tasks.new").value == [task.id]
    assert list_agents(services) == []


def test_edit_makes_a_new_version(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent = workshop.make_agent()
    app = open_drawer(open_page, agent)

    app.number_input(key="agent.temperature").set_value(0.5)
    app.button(key="agent.save").click().run()

    (saved,) = list_agents(services)
    assert (saved.version, saved.temperature, saved.name) == (2, 0.5, agent.name)


def test_stale_drawer_says_so_and_keeps_what_was_typed(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent = workshop.make_agent()
    app = open_drawer(open_page, agent)
    theirs = agent.draft().model_copy(update={"name": "Theirs"})
    services.agents.update_agent(LOCAL_USER, agent.id, theirs)

    app.text_input(key="agent.name").set_value("Mine")
    app.button(key="agent.save").click().run()

    assert not app.exception
    assert "somebody else" in str(app.error[0].proto)
    assert app.text_input(key="agent.name").value == "Mine"
    assert list_agents(services)[0].name == "Theirs"


def test_same_task_twice_shows_that_it_is_assigned_already(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    workshop.assign(agent, task)
    app = open_drawer(open_page, agent)

    app.selectbox(key="agent_tasks.task").set_value(task.id)
    app.button(key="agent_tasks.assign").click().run()

    assert not app.exception
    assert "already assigned" in str(app.error[0].proto)
    assert len(services.assignments.list_for_agent(LOCAL_USER, agent.id)) == 1


def test_assignment_is_switched_off_and_removed(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    workshop.assign(agent, task)
    (assignment,) = services.assignments.list_for_agent(LOCAL_USER, agent.id)
    app = open_drawer(open_page, agent)

    app.toggle(key=f"agent_tasks.active.{assignment.id}").set_value(False).run()
    (switched,) = services.assignments.list_for_agent(LOCAL_USER, agent.id)
    app.button(key=f"agent_tasks.remove.{assignment.id}").click().run()

    assert not app.exception
    assert switched.is_active is False
    assert services.assignments.list_for_agent(LOCAL_USER, agent.id) == []


def test_switch_in_the_list_stores_whether_the_agent_is_active(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent = workshop.make_agent()
    app = open_page("agents")

    press(app, "agents", "switch", agent.id, is_on=False)

    assert list_agents(services)[0].is_active is False
    assert find_press(app, "agents", "run", agent.id)["is_disabled"]


def test_filters_narrow_the_list(open_page: OpenPage, workshop: Workshop) -> None:
    shown, _ = workshop.make_agent(name="Invoice reader"), workshop.make_agent(name="Triage")
    app = open_page("agents")

    app.text_input(key="agents.search").set_value("invoice").run()
    found = [row["id"] for row in rows(app, "agents")]
    app.text_input(key="agents.search").set_value("nothing like it").run()

    assert found == [str(shown.id)]
    assert app.subheader[0].value == "No agent fits"


def test_duplicate_adds_a_copy(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent = workshop.make_agent(name="Reader")
    app = open_page("agents")

    press(app, "agents", "duplicate", agent.id)

    assert not app.exception
    assert len(list_agents(services)) == 2


def test_deleted_agent_can_be_restored(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent = workshop.make_agent(name="Reader")
    app = open_page("agents")

    press(app, "agents", "delete", agent.id)
    app.button(key="deletion.confirm").click().run()
    left = list_agents(services)
    app.button(key="undo.button").click().run()

    assert left == []
    assert [each.name for each in list_agents(services)] == ["Reader"]


def test_agent_that_was_deleted_meanwhile_closes_the_drawer_with_a_word(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    agent = workshop.make_agent()
    app = open_page("agents")
    services.agents.delete_agent(LOCAL_USER, agent.id)

    press(app, "agents", "edit", agent.id)

    assert not app.exception
    assert "not there any more" in str(app.error[0].proto)
    assert "agent.save" not in [button.key for button in app.button]
