"""The drawer that changes an agent for one column only."""

from functools import partial

import streamlit as st

from core.agents.records import AgentRecord
from core.errors import DashboardError
from pages.ui.compare.shelf import Shelf
from pages.ui.compare.state import CompareState
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.shortcuts import shortcuts
from pages.ui.text import label
from pages.ui.variation_form import read_variation, render_variation_form

_KEY = "compare.change"


def column_drawer(door: Door, state: CompareState, shelf: Shelf) -> None:
    """Open the drawer if the page's state asks for it."""
    column = state.setup.find(state.changing)
    base = shelf.find_base(column) if column is not None else None
    if column is None or base is None:
        state.changing = None
        return
    key = f"{_KEY}.{state.change_round}"

    @st.dialog(f"Change “{label(base.name)}”", width=640, position="right", on_dismiss=state.close_dialogs)
    def drawer() -> None:
        if state.changing is None:
            st.rerun()
        st.caption(f"For this column only: nothing is saved to the agent. Starts from its version {base.version}.")
        if state.dialog_error is not None:
            show_error(state.dialog_error, with_details=False)
        render_variation_form(door, base, start=column.variation, key=key)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Cancel", key=f"{_KEY}.cancel", on_click=state.close_dialogs)
            st.button(
                "Use these changes",
                key=f"{_KEY}.use",
                type="primary",
                help="Ctrl+S",
                on_click=partial(_use, state, base, key=key),
            )
        shortcuts({"Ctrl+S": f"{_KEY}.use"}, key=f"{_KEY}.keys")

    drawer()


def _use(state: CompareState, base: AgentRecord, *, key: str) -> None:
    """Take the changes over; an entry that cannot be used keeps the drawer open."""
    column = state.setup.find(state.changing)
    try:
        variation = read_variation(base, key=key)
    except DashboardError as error:
        state.dialog_error = error
        return
    if column is not None:
        column.variation = variation
        state.start_error = None
    state.close_dialogs()
