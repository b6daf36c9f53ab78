"""The runs of a view: their grid, and above it what can be done with them. It keeps itself up to date."""

import streamlit as st

from core.runs.records import RunPage
from pages.ui.door import Door
from pages.ui.errors import retried_errors
from pages.ui.history.bar import render_bar
from pages.ui.history.query import HistoryQuery
from pages.ui.history.state import HistoryState
from pages.ui.latest_runs import STEPS_OF_A_RUN
from pages.ui.layout import empty_state
from pages.ui.live import live
from pages.ui.routes import go_to_run, run_params
from pages.ui.run_grid import render_run_grid


def count_runs(door: Door, wanted: HistoryQuery) -> RunPage:
    """Return how many runs fit, with no more than one of them."""
    return door.services.history.page_runs(door.actor, wanted.to_filter(), limit=1)


@st.fragment
def render_runs(door: Door, state: HistoryState, wanted: HistoryQuery, read: list[RunPage]) -> None:
    """Draw the runs that fit. `read` holds what the page has just read of them; later the fragment reads by itself."""
    with retried_errors("history.runs"):
        page = read.pop() if read else count_runs(door, wanted)
        bar = st.container()
        if page.total or not wanted.is_open:
            with st.container(key="history.grid_place"):
                answer = render_run_grid(wanted, total=page.total, round_number=state.round)
            if answer.opened_id is not None and answer.opened_at != state.opened:
                state.opened = answer.opened_at
                go_to_run(run_params(answer.opened_id))
            with bar:
                if page.total:
                    render_bar(door, state, wanted, page, answer.chosen)
                else:
                    empty_state("No run fits", "Change the filters above.", key="history.no_match")
        else:
            _render_nothing()
    live(door, ("runs",), key="history.live", without=STEPS_OF_A_RUN)


def _render_nothing() -> None:
    empty_state(
        "Nothing has run yet",
        "Every run will stand here with its outcome, tokens, cost and duration, newest first.",
        link=("run.py", "Open Run"),
        key="history.empty",
    )
