"""The numbers of an agent in its form: how a model is asked, and how often."""

import streamlit as st

from core.agents.records import AgentRecord
from core.errors import DashboardError
from pages.ui.errors import show_field_error
from pages.ui.layout import field_group
from pages.ui.state import fill_widget

SETTINGS_HELP = (
    "Blank: the server’s own. Max tokens limits one answer. Retries: how often a refused answer goes back to the model "
    "with what was wrong."
)
_RETRIES = 2


def render_settings(error: DashboardError | None, record: AgentRecord | None, *, prefix: str) -> None:
    """Draw the numbers and the switch. What is out of range is told by the save, at its field.

    With bounds of their own the fields would keep the browser from sending the form, without a word.
    """
    temperature, max_tokens, retries = st.columns(3, vertical_alignment="top")
    with temperature, field_group():
        fill_widget(f"{prefix}.temperature", record.temperature if record else None)
        st.number_input(
            "Temperature", value=None, step=0.1, format="%g", key=f"{prefix}.temperature", placeholder="Server’s own"
        )
        show_field_error(error, "temperature")
    with max_tokens, field_group():
        fill_widget(f"{prefix}.max_tokens", record.max_tokens if record else None)
        st.number_input("Max tokens", value=None, step=1, key=f"{prefix}.max_tokens", placeholder="Server’s own")
        show_field_error(error, "max_tokens")
    with retries, field_group():
        fill_widget(f"{prefix}.retries", record.retries if record else _RETRIES)
        st.number_input("Retries", value=None, step=1, key=f"{prefix}.retries", placeholder=f"{_RETRIES}")
        show_field_error(error, "retries")
    st.caption(SETTINGS_HELP)
    st.toggle("Active", value=record.is_active if record else True, key=f"{prefix}.is_active")
