"""The drawer of a provider. It is drawn again by itself when a check, a probe or a warm-up ends."""

import uuid

import streamlit as st

from core.errors import NotFoundError
from pages.ui.door import Door
from pages.ui.errors import retried_errors, show_error
from pages.ui.live import live
from pages.ui.provider_details.details_state import DetailsState
from pages.ui.provider_details.dialect_tab import render_dialect
from pages.ui.provider_details.heading import render_heading
from pages.ui.provider_details.health_tab import render_health
from pages.ui.provider_details.models_tab import render_models
from pages.ui.state import ProvidersState, page_state
from pages.ui.text import cut, label

_WIDTH = 760
_NAME_LIMIT = 60


def provider_details(door: Door, state: ProvidersState) -> None:
    """Open the drawer of the provider that was asked for, if one was and nothing else is open."""
    provider_id, details = state.details_id, page_state(DetailsState)
    details.show(provider_id)
    if provider_id is None or state.drawer is not None or state.deletion is not None:
        return
    try:
        provider = door.services.providers.get_provider(door.actor, provider_id)
    except NotFoundError as error:
        state.close_details()
        show_error(error)
        return

    @st.dialog(label(cut(provider.name, _NAME_LIMIT)), position="right", width=_WIDTH, on_dismiss=state.close_details)
    def show() -> None:
        if state.details_id is None:
            st.rerun()
        _render(door, state, details, provider_id)

    show()


@st.fragment
def _render(door: Door, state: ProvidersState, details: DetailsState, provider_id: uuid.UUID) -> None:
    with retried_errors("details"):
        provider = door.services.providers.get_provider(door.actor, provider_id)
        render_heading(door, state, details, provider)
        health, models, dialect = st.tabs(["Health", "Models", "Dialect"], key="details.tab", on_change="rerun")
        if health.open:
            with health:
                render_health(door, provider)
        if models.open:
            with models:
                render_models(door, provider)
        if dialect.open:
            with dialect:
                render_dialect(door, details, provider)
    live(door, ("providers",), key="details.live", item_id=provider_id)
