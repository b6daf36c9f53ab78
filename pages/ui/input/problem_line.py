"""Says in one line, in place, what is wrong with a field."""

import streamlit as st

from pages.ui.text import label


def render_problem(words: str) -> None:
    """Draw what is wrong, as it was said."""
    st.markdown(f":small[:red[:material/error: {label(words)}]]")  # noqa: TID251  # made safe by label()
