"""The two buttons at the end of a dialog of the history."""

from functools import partial

import streamlit as st

from pages.ui.history.state import HistoryState
from pages.ui.layout import then_rerun


def dialog_buttons(state: HistoryState, verb: str, act: partial[None]) -> None:
    """Draw Cancel and the button that acts; either draws the whole page again."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancel", key="history.cancel", on_click=partial(then_rerun, state.close))
        st.button(verb, key="history.confirm", type="primary", on_click=partial(then_rerun, act))
