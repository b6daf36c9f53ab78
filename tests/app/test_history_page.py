"""The History page: its filters, which are its address, and what can be done with runs."""

import uuid
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.errors import NotFoundError
from core.runs.records import RunRecord, RunStatus
from core.services import Services
from pages.ui.history.state import Asked, HistoryState
from pages.ui.run_grid import read_answer
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


@pytest.fixture
def run(workshop: Workshop, model_server: FakeModelServer) -> RunRecord:
    """A run that passed."""
    return workshop.run(*workshop.make_pair(model_server.base_url))


def state_of(app: AppTest) -> HistoryState:
    state = app.session_state["state.HistoryState"]
    assert isinstance(state, HistoryState)
    return state


def ask(app: AppTest, asked: Asked, *runs: RunRecord) -> AppTest:
    """Have the page open a dialog, as the buttons above the grid do: what is chosen there only a browser knows."""
    state_of(app).ask(asked, tuple(run.id for run in runs), task_id=runs[0].task_id)
    return app.run()


def read_captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_empty_history_says_what_it_will_hold(open_page: OpenPage) -> None:
    app = open_page("history")

    assert not app.exception
    assert app.subheader[0].value == "Nothing has run yet"


def test_history_counts_the_runs_that_fit_its_filters(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history")
    assert "1 run. Click one to open it" in read_captions(app)

    app.selectbox(key="status").set_value("failed").run()

    assert not app.exception
    assert app.subheader[0].value == "No run fits"


def test_every_filter_stands_in_the_address(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history")

    app.text_input(key="q").set_value("invoice")
    app.selectbox(key="agent").set_value(str(run.agent_id))
    app.selectbox(key="time").set_value("7d")
    app.selectbox(key="rating").set_value("good")
    app.number_input(key="max_cost").set_value(0.5)
    app.run()

    assert not app.exception
    assert dict(app.query_params) == {
        "q": "invoice",
        "agent": str(run.agent_id),
        "time": "7d",
        "rating": "good",
        "max_cost": "0.5",
    }


def test_an_address_opens_the_same_view(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page(
        "history",
        q="invoice",
        task=str(run.task_id),
        status="passed",
        time="dates",
        **{"from": "2026-01-31", "min_seconds": "0.001", "who": run.started_by},
    )

    assert not app.exception
    assert "1 run." in read_captions(app)
    assert app.text_input(key="q").value == "invoice"
    assert app.selectbox(key="task").value == str(run.task_id)
    assert str(app.date_input(key="from").value) == "2026-01-31"
    assert app.number_input(key="min_seconds").value == 0.001


def test_what_an_address_says_beyond_reading_is_left_out_and_named(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history", status="happy", agent="'; DROP TABLE", min_cost="nan", time="passed", q="invoice")

    assert not app.exception
    assert "“Agent”, “Status”, “Time”, “Cost from”" in read_captions(app)
    assert dict(app.query_params) == {"q": "invoice"}

    app.text_input(key="q").set_value("").run()

    assert "cannot be read" not in read_captions(app)


def test_a_view_of_an_agent_that_is_gone_stays(open_page: OpenPage, run: RunRecord, services: Services) -> None:
    services.agents.delete_agent(LOCAL_USER, run.agent_id)

    app = open_page("history", agent=str(run.agent_id))

    assert not app.exception
    assert "1 run." in read_captions(app)
    assert app.selectbox(key="agent").value == str(run.agent_id)


def test_reset_clears_every_filter(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history", q="nowhere", status="failed", min_cost="1")
    assert app.subheader[0].value == "No run fits"

    app.button(key="history.reset").click().run()

    assert not app.exception
    assert dict(app.query_params) == {}
    assert "1 run." in read_captions(app)


def test_more_filters_say_how_many_are_set(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history", rating="bad", max_seconds="5")

    assert any("More filters · 2" in str(each.proto) for each in app.get("popover"))


def test_the_address_a_run_was_opened_from_is_what_back_leads_to(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history", q="invoice")

    # What Streamlit leaves on the address of this page when it opens another one with a query.
    app.query_params.clear()
    app.query_params["run"] = str(run.id)
    app.run()

    assert not app.exception
    assert dict(app.query_params) == {"q": "invoice"}


def test_deleted_runs_can_be_had_back(open_page: OpenPage, run: RunRecord, services: Services) -> None:
    app = ask(open_page("history"), Asked.DELETION, run)
    assert any("1 run will be deleted" in text.value for text in app.text)

    app.button(key="history.confirm").click().run()

    assert not app.exception
    with pytest.raises(NotFoundError):
        services.runs.get_run(LOCAL_USER, run.id)
    assert any("Deleted 1 run." in text.value for text in app.text)

    app.button(key="history.undo").click().run()

    assert services.runs.get_run(LOCAL_USER, run.id).id == run.id
    assert app.toast[0].value == "Restored 1 run."


def test_runs_that_still_go_on_are_kept(
    open_page: OpenPage, run: RunRecord, workshop: Workshop, model_server: FakeModelServer
) -> None:
    going_on = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="held"))
    app = ask(open_page("history"), Asked.DELETION, run, going_on)

    app.button(key="history.confirm").click().run()

    assert not app.exception
    assert any("Deleted 1 run. 1 run is still going on and was kept." in text.value for text in app.text)
    workshop.services.runs.cancel_run(LOCAL_USER, going_on.id)
    workshop.wait_for_end(going_on.id)


def test_several_runs_start_again_at_once(open_page: OpenPage, run: RunRecord, workshop: Workshop) -> None:
    other = workshop.wait_for_end(workshop.services.runs.repeat_run(LOCAL_USER, run.id).id)
    app = ask(open_page("history"), Asked.REPETITION, run, other)

    app.button(key="history.confirm").click().run()

    assert not app.exception
    assert app.toast[0].value == "Started 2 runs."
    assert state_of(app).asked is None
    wait_for_all(workshop)


def test_a_run_starts_with_another_agent(open_page: OpenPage, run: RunRecord, workshop: Workshop) -> None:
    provider = workshop.services.providers.get_provider(LOCAL_USER, run.provider_id)
    other = workshop.make_agent(provider)
    workshop.assign(other, workshop.services.tasks.get_task(LOCAL_USER, run.task_id))
    app = ask(open_page("history"), Asked.OTHER_AGENT, run)

    app.selectbox(key="history.other_agent").set_value(other.id).run()
    app.button(key="history.confirm").click().run()

    assert not app.exception
    newest = workshop.services.history.page_runs(LOCAL_USER, limit=1).items[0]
    assert (newest.agent_id, newest.task_id) == (other.id, run.task_id)
    wait_for_all(workshop)


def test_what_stands_in_the_way_of_a_start_is_said(open_page: OpenPage, run: RunRecord, services: Services) -> None:
    app = ask(open_page("history"), Asked.REPETITION, run)
    services.agents.set_agent_active(LOCAL_USER, run.agent_id, is_active=False)

    app.button(key="history.confirm").click().run()

    assert not app.exception
    assert "switched off" in str(app.error[0].proto)


def test_charts_count_only_when_they_are_open(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history")
    assert not app.dataframe

    app.session_state["history.charts"] = True
    app.run()
    app.segmented_control(key="history.by").set_value("agent").run()

    assert not app.exception
    table = app.dataframe[0].value
    assert list(table["Agent"]) == [run.agent_name]
    assert list(table["Pass rate"]) == ["100 %"]
    assert list(table["Cost"]) == ["unknown"]


def test_comparisons_have_a_view_of_their_own(open_page: OpenPage, run: RunRecord) -> None:
    app = open_page("history", show="comparisons", q="invoice")

    assert not app.exception
    assert app.subheader[0].value == "No comparisons yet"

    app.segmented_control(key="show").set_value("Runs").run()

    assert app.text_input(key="q").value == "invoice"
    assert "1 run." in read_captions(app)


def test_what_the_grid_sends_is_read_with_care() -> None:
    run_id, task_id = uuid.uuid4(), uuid.uuid4()

    sent = read_answer({"opened": str(run_id), "at": 7, "chosen": [{"id": str(run_id), "task_id": str(task_id)}]})

    assert (sent.opened_id, sent.opened_at, sent.chosen[0].task_id) == (run_id, "7", task_id)
    nonsense: list[object] = [None, "x", {"opened": "x"}, {"chosen": [{}]}, {"chosen": "x"}, {"at": []}]
    for sent_by_anybody in nonsense:
        assert read_answer(sent_by_anybody) == read_answer(None)


def wait_for_all(workshop: Workshop) -> None:
    for run in workshop.services.history.page_runs(LOCAL_USER, limit=50).items:
        assert workshop.wait_for_end(run.id).status is RunStatus.PASSED
