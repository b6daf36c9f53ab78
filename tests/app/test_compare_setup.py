"""The set-up of a comparison on the Compare page, without a browser."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentChange
from core.services import Services
from tests.app.compare_bench import Bench, OpenPage, change_button, choice, column, press_compare, show
from tests.app.compare_screen import (
    column_texts,
    press_in,
    texts,
    wait_until_over,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.fixture
def bench(workshop: Workshop, model_server: FakeModelServer) -> Bench:
    return Bench(workshop, model_server.base_url)


def test_without_agents_it_says_what_to_do_next(open_page: OpenPage, workshop: Workshop) -> None:
    assert "No task yet" in texts(open_page("compare"))
    workshop.make_task()

    app = open_page("compare")

    assert not app.exception
    assert "No active agent may do this task" in texts(app)


def test_set_up_starts_with_two_columns_and_says_how_many_runs_it_makes(open_page: OpenPage, bench: Bench) -> None:
    first, second = bench.make_agent("ok"), bench.make_agent("slow")

    app = show(open_page, agent=str(second.id), task=str(bench.task.id))

    assert not app.exception
    assert choice(app, "Agent of column 1").value == second.id
    assert choice(app, "Agent of column 2").value == first.id
    app.number_input(key="compare.repeats").set_value(3).run()
    assert "2 columns × 3 = 6 runs" in texts(app)


def test_columns_are_added_up_to_eight_and_too_many_runs_are_refused(open_page: OpenPage, bench: Bench) -> None:
    bench.make_agent("ok")
    app = show(open_page, task=str(bench.task.id))

    for _ in range(6):
        app.button(key="compare.add").click().run()
    assert app.button(key="compare.add").disabled
    app.number_input(key="compare.repeats").set_value(20).run()

    assert "8 columns × 20 = 160 runs; at most 80" in texts(app)
    assert app.button(key="compare.start").disabled


def test_change_of_a_column_is_a_badge_and_the_start_takes_it_along(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    agent = bench.make_agent("ok", temperature=0.0)
    app = show(open_page, task=str(bench.task.id))

    change_button(app, 2).click().run()
    app.number_input(key="compare.change.1.temperature").set_value(0.8).run()
    app.button(key="compare.change.use").click().run()
    app.text_area(key="compare.input").set_value("It is broken.").run()
    assert "temperature 0 → 0.8" in texts(app)
    press_compare(app)

    assert not app.exception
    comparison = wait_until_over(services, uuid.UUID(app.query_params["comparison"]))
    assert [each.temperature for each in comparison.columns] == [0.0, 0.8]
    assert [each.agent_version for each in comparison.columns] == [agent.version, None]
    assert comparison.input == "It is broken."


def test_column_says_what_speaks_against_its_runs(open_page: OpenPage, bench: Bench, services: Services) -> None:
    refused = "the task takes plain text"
    agent = bench.make_agent("ok", user_prompt_template="Look at {{subject}} and {{*body*}}")
    services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(user_prompt_template="{{input}}"))
    app = show(open_page, task=str(bench.task.id))
    app.text_area(key="compare.input").set_value("Broken.").run()
    assert refused not in texts(app)

    choice(app, "Version of column 2").set_value(1).run()

    assert not app.exception
    (said,) = [each.value for each in app.caption if refused in each.value]
    assert "subject" in said
    assert said.endswith(" And 1 more.")
    assert not app.button(key="compare.start").disabled
    change_button(app, 2).click().run()
    app.text_area(key="compare.change.1.user_prompt_template").set_value("All: {{input}}").run()
    app.button(key="compare.change.use").click().run()
    assert refused not in texts(app)


def test_entry_that_cannot_be_used_keeps_the_drawer_open(open_page: OpenPage, bench: Bench) -> None:
    bench.make_agent("ok")
    app = show(open_page, task=str(bench.task.id))
    change_button(app, 1).click().run()

    app.text_area(key="compare.change.1.user_prompt_template").set_value("{{").run()
    app.button(key="compare.change.use").click().run()

    assert app.text_area(key="compare.change.1.user_prompt_template").value == "{{"
    assert "empty or not closed" in texts(app)
    app.button(key="compare.change.cancel").click().run()
    assert not [button for button in app.button if button.key == "compare.change.use"]


def test_refused_start_keeps_what_was_typed_and_says_what_is_wrong(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    agent = bench.make_agent("ok", user_prompt_template="Look at {{subject}}")
    bench.make_agent("ok")
    app = show(open_page, agent=str(agent.id), task=str(bench.task.id))
    app.text_area(key="compare.input").set_value("Kept.").run()

    press_compare(app)

    assert not app.exception
    assert app.error
    assert app.text_area(key="compare.input").value == "Kept."
    assert choice(app, "Agent of column 1").value == agent.id
    assert services.comparisons.page_comparisons(LOCAL_USER).total == 0


def test_column_that_is_the_same_as_another_is_marked(open_page: OpenPage, bench: Bench, services: Services) -> None:
    bench.make_agent("ok")
    app = show(open_page, task=str(bench.task.id))
    assert "Columns 1 and 2 are the same" in texts(app)
    app.text_area(key="compare.input").set_value("Broken.").run()

    press_compare(app)

    assert not app.exception
    assert "nothing changed" in texts(app)
    assert services.comparisons.page_comparisons(LOCAL_USER).total == 0


def test_input_that_does_not_fit_is_refused_before_anything_runs(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    subject = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    bench.task = bench.workshop.make_task(request_schema=subject)
    bench.make_agent("ok")
    bench.make_agent("slow")
    app = show(open_page, task=str(bench.task.id))

    press_compare(app)

    assert not app.exception
    assert "subject" in texts(app)
    assert app.error
    assert services.comparisons.page_comparisons(LOCAL_USER).total == 0


def test_earlier_version_can_be_compared_with_the_current_one(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    agent = bench.make_agent("ok", temperature=0.1)
    services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(temperature=0.9))
    app = show(open_page, task=str(bench.task.id))

    choice(app, "Version of column 2").set_value(1).run()
    app.text_area(key="compare.input").set_value("Broken.").run()
    press_compare(app)

    comparison = wait_until_over(services, uuid.UUID(app.query_params["comparison"]))
    assert [each.agent_version for each in comparison.columns] == [2, 1]


def test_urls_that_name_nothing_are_answered_calmly(open_page: OpenPage, bench: Bench) -> None:
    bench.make_agent("ok")

    for query in (
        {"comparison": str(uuid.uuid4())},
        {"comparison": "../x"},
        {"runs": f"{uuid.uuid4()},x"},
        {"agent": str(uuid.uuid4()), "task": str(uuid.uuid4())},
    ):
        assert not show(open_page, **query).exception


def test_earlier_comparisons_are_links(open_page: OpenPage, bench: Bench) -> None:
    comparison = bench.compare(column(bench.make_agent("ok")), column(bench.make_agent("ok")))
    app = open_page("compare")

    press_in(app, "compare.earlier", "show", str(comparison.id))

    assert app.query_params["comparison"] == str(comparison.id)
    assert len(column_texts(app)) == 2


def test_agent_that_is_gone_when_compare_is_pressed_is_replaced_by_no_other(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    agents = [bench.make_agent("ok") for _ in range(3)]
    app = show(open_page, agent=str(agents[1].id), task=str(bench.task.id))
    app.text_area(key="compare.input").set_value("Broken.").run()
    services.agents.delete_agent(LOCAL_USER, agents[1].id)

    press_compare(app)

    assert not app.exception
    assert services.comparisons.page_comparisons(LOCAL_USER).total == 0
    assert choice(app, "Agent of column 1").value is None
    assert "Choose another" in texts(app)
    choice(app, "Agent of column 1").set_value(agents[2].id).run()
    press_compare(app)
    (started,) = services.comparisons.page_comparisons(LOCAL_USER).items
    assert started.column_labels == (f"{agents[2].name} v1", f"{agents[0].name} v1")


def test_task_that_is_gone_when_compare_is_pressed_is_replaced_by_no_other(
    open_page: OpenPage, bench: Bench, services: Services, workshop: Workshop
) -> None:
    agents, other = [bench.make_agent("ok") for _ in range(2)], workshop.make_task()
    for agent in agents:
        workshop.assign(agent, other)
    app = show(open_page, task=str(bench.task.id))
    app.text_area(key="compare.input").set_value("Broken.").run()
    services.tasks.delete_task(LOCAL_USER, bench.task.id)

    press_compare(app)

    assert not app.exception
    assert services.comparisons.page_comparisons(LOCAL_USER).total == 0
    assert "The task that was chosen is not there any more" in texts(app)
    choice(app, "Task").set_value(other.id).run()
    assert choice(app, "Agent of column 1").value in {agent.id for agent in agents}


def test_agent_that_is_gone_leaves_its_place_when_a_comparison_is_changed(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    agents = [bench.make_agent("ok") for _ in range(3)]
    comparison = bench.compare(*map(column, agents[:2]))
    services.agents.delete_agent(LOCAL_USER, agents[0].id)
    app = show(open_page, comparison=str(comparison.id))

    app.button(key="compare.again").click().run()

    assert not app.exception
    assert [choice(app, f"Agent of column {place}").value for place in (1, 2)] == [None, agents[1].id]
