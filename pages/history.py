"""History: every run and every comparison so far."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.history.acts import follow_acts, undo_bar
from pages.ui.history.charts import render_charts
from pages.ui.history.comparisons import render_comparisons
from pages.ui.history.filters import choose_shown, follow_address, render_filters, write_address
from pages.ui.history.runs_view import count_runs, render_runs
from pages.ui.history.state import HistoryState
from pages.ui.layout import page_header
from pages.ui.state import page_state

door = open_door()
state = page_state(HistoryState)


def render_found(above: DeltaGenerator) -> None:
    with above:
        undo_bar(door, state)
        wanted = render_filters(door, state)
        write_address(state, wanted, has_runs=True)
        page = count_runs(door, wanted)
        if page.total:
            render_charts(door, wanted)
    render_runs(door, state, wanted, [page])


page_header("History", "Every run so far, with its outcome.")
with page_errors():
    # In a place of its own: when something appears in it, the grid's frame below it is not loaded anew.
    above = st.container(key="history.above")
    with above:
        follow_acts(door, state)
        follow_address(state)
        shows_runs = choose_shown()
    if shows_runs:
        render_found(above)
    else:
        write_address(state, state.wanted, has_runs=False)
        render_comparisons(door, state)
