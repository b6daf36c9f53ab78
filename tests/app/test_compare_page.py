"""A comparison on the Compare page, without a browser."""

import pytest

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from core.services import Services
from tests.app.compare_bench import Bench, OpenPage, column, says, show
from tests.app.compare_screen import (
    ANSWERS,
    FIGURES,
    answer_row,
    cell_text,
    column_texts,
    press_in,
    table,
    texts,
    wait_until_over,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.fixture
def bench(workshop: Workshop, model_server: FakeModelServer) -> Bench:
    return Bench(workshop, model_server.base_url)


def test_result_has_figures_and_marks_where_answers_differ(open_page: OpenPage, bench: Bench) -> None:
    agents = [bench.make_agent(says(word)) for word in ("billing", "billing", "bug")]
    comparison = bench.compare(*map(column, agents), column(bench.make_agent("always-wrong", retries=1)))

    app = show(open_page, comparison=str(comparison.id))

    assert not app.exception
    assert [("Passed" in text, "unknown" in text, "$0" in text) for text in column_texts(app)] == [
        (True, True, False),
        (True, True, False),
        (True, True, False),
        (False, True, False),
    ]
    cells = answer_row(app, "category")
    assert [each["mark"] for each in cells] == ["", "", "differs", ""]
    assert cell_text(cells[2]) == "bug"
    assert f"run?run={comparison.runs[2].id}" in str(table(app, ANSWERS)["head"][3])

    app.toggle(key="compare.only_differences").set_value(True).run()

    assert [row["id"] for row in table(app, ANSWERS)["rows"]] == ["category"]


def test_repeats_say_how_far_a_column_agrees_with_itself(open_page: OpenPage, bench: Bench) -> None:
    first, second = bench.make_agent(says("billing")), bench.make_agent(says("bug"))
    comparison = bench.compare(column(first), column(second), repeat_count=3)

    app = show(open_page, comparison=str(comparison.id))

    assert [cell_text(each) for each in answer_row(app, "category")] == ["billing 3 of 3", "bug 3 of 3"]
    assert all("100%" in text for text in column_texts(app))


def test_running_comparison_shows_fields_to_come_and_can_be_cancelled(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    columns = [column(bench.make_agent("hang")), column(bench.make_agent("hang"))]
    comparison = bench.compare(*columns, is_awaited=False)
    assert comparison.id is not None
    app = show(open_page, comparison=str(comparison.id))
    assert {cell_text(each) for each in answer_row(app, "category")} == {"pending"}
    assert app.button(key="compare.delete").disabled

    app.button(key="compare.cancel").click().run()
    ended = wait_until_over(services, comparison.id)
    app.run()

    assert not app.exception
    assert {run.status for run in ended.runs} == {RunStatus.CANCELLED}
    assert "No run passed" in texts(app)


def test_winner_is_picked_with_a_note_and_taken_back(open_page: OpenPage, bench: Bench, services: Services) -> None:
    comparison = bench.compare(column(bench.make_agent("ok")), column(bench.make_agent("ok")))
    assert comparison.id is not None
    app = show(open_page, comparison=str(comparison.id))

    press_in(app, FIGURES, "pick", "2")
    app.text_area(key="compare.pick.note").set_value("Shorter words.").run()
    app.button(key="compare.pick.confirm").click().run()

    assert services.comparisons.get_comparison(LOCAL_USER, comparison.id).winner == 2
    assert "Shorter words." in texts(app)
    assert "★ Winner" in column_texts(app)[1]

    press_in(app, FIGURES, "take_back", "2")

    assert services.comparisons.get_comparison(LOCAL_USER, comparison.id).winner is None
    assert "★ Winner" not in column_texts(app)[1]


def test_winning_variation_is_saved_to_its_agent(open_page: OpenPage, bench: Bench, services: Services) -> None:
    agent = bench.make_agent("ok", temperature=0.0)
    comparison = bench.compare(column(agent), column(agent, temperature=0.7, system_prompt="Think twice."))
    app = show(open_page, comparison=str(comparison.id))

    press_in(app, FIGURES, "save", "2")
    assert f"“{agent.name}” gets a version 2" in texts(app)
    assert "temperature 0 → 0.7" in texts(app)
    app.button(key="compare.save.confirm").click().run()

    saved = services.agents.get_agent(LOCAL_USER, agent.id)
    assert (saved.version, saved.temperature, saved.system_prompt) == (2, 0.7, "Think twice.")
    press_in(app, FIGURES, "save", "2")
    assert "is like this already" in texts(app)


def test_comparison_is_changed_and_made_again(open_page: OpenPage, bench: Bench) -> None:
    agent = bench.make_agent("ok", temperature=0.0)
    comparison = bench.compare(column(agent), column(agent, temperature=0.7), repeat_count=2)
    app = show(open_page, comparison=str(comparison.id))

    app.button(key="compare.again").click().run()

    assert not app.exception
    assert "comparison" not in app.query_params
    assert app.text_area(key="compare.input").value == "Broken."
    assert "temperature 0 → 0.7" in texts(app)
    assert "2 columns × 2 = 4 runs" in texts(app)


def test_deleted_comparison_can_be_brought_back(open_page: OpenPage, bench: Bench) -> None:
    comparison = bench.compare(column(bench.make_agent("ok")), column(bench.make_agent("ok")))
    app = show(open_page, comparison=str(comparison.id))

    app.button(key="compare.delete").click().run()
    app.button(key="deletion.confirm").click().run()
    assert "This comparison was deleted" in texts(app)
    app.button(key="undo.button").click().run()

    assert not app.exception
    assert len(column_texts(app)) == 2


def test_runs_are_laid_side_by_side_by_hand_without_a_winner(
    open_page: OpenPage, bench: Bench, workshop: Workshop
) -> None:
    runs = [workshop.run(bench.make_agent(says(word)), bench.task) for word in ("billing", "bug")]

    app = show(open_page, runs=",".join(str(run.id) for run in runs))

    assert not app.exception
    assert [cell_text(each) for each in answer_row(app, "category")] == ["billing", "bug"]
    assert not any("winner" in text for text in column_texts(app))
    assert not [button for button in app.button if button.key == "compare.delete"]


def test_another_choice_of_winner_is_told_what_it_replaces(
    open_page: OpenPage, bench: Bench, services: Services
) -> None:
    comparison = bench.compare(column(bench.make_agent("ok")), column(bench.make_agent("ok")))
    assert comparison.id is not None
    app = show(open_page, comparison=str(comparison.id))
    services.comparisons.pick_winner(LOCAL_USER, comparison.id, 1, note="Mine.")

    press_in(app, FIGURES, "pick", "2")

    assert "picked column 1 before" in texts(app)


def test_what_is_not_stored_is_said_to_be_there_for_minutes_only(
    open_page: OpenPage, bench: Bench, workshop: Workshop
) -> None:
    bench.task = workshop.make_task(stores_content=False)
    comparison = bench.compare(column(bench.make_agent("ok")), column(bench.make_agent("ok")))

    app = show(open_page, comparison=str(comparison.id))

    assert cell_text(answer_row(app, "category")[0]) == "billing"
    assert "what is shown is gone in some minutes" in texts(app)


def test_input_that_is_not_stored_is_there_while_the_runs_go_on(
    open_page: OpenPage, bench: Bench, services: Services, workshop: Workshop
) -> None:
    bench.task = workshop.make_task(stores_content=False)
    columns = [column(bench.make_agent("hang")), column(bench.make_agent("hang"))]
    comparison = bench.compare(*columns, is_awaited=False)
    assert comparison.id is not None

    app = show(open_page, comparison=str(comparison.id))

    assert not app.exception
    assert "what is shown is gone in some minutes" in texts(app)
    assert "not kept any more" not in texts(app)
    assert "Input" in [box.label for box in app.expander]
    services.comparisons.cancel_comparison(LOCAL_USER, comparison.id)
    wait_until_over(services, comparison.id)
