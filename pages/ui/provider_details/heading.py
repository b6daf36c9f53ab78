"""The head of a provider's drawer: its status, what it means, and what can be done about it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.providers.records import ProviderRecord, ValidationStatus
from core.providers.types import find_type
from pages.ui.badges import render_status
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.layout import field_group, then_rerun
from pages.ui.provider_details.details_state import DetailsState
from pages.ui.providers.kind_words import say_key, say_kind
from pages.ui.state import ProvidersState
from pages.ui.text import cut, label, milliseconds, relative_time, render_quiet

PLACE = "heading"
_SHOWN_CHARACTERS = 44  # of an address or a model that stands in a button


def render_heading(door: Door, state: ProvidersState, details: DetailsState, provider: ProviderRecord) -> None:
    """Draw what the last check found in words, and the buttons of its next step."""
    with field_group():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            render_status(provider.validation_status.value)
            render_quiet(_say_checked(provider))
        render_quiet(_describe(provider))
    _render_finding(provider)
    _render_buttons(door, state, details, provider)
    if details.place == PLACE and details.error is not None:
        show_error(details.error)


def _describe(provider: ProviderRecord) -> str:
    address = provider.base_url if find_type(provider.type).has_address else ""
    return " · ".join(part for part in (say_kind(provider), address, say_key(provider)) if part)


def _say_checked(provider: ProviderRecord) -> str:
    if not provider.validation_status.is_settled:
        return "Being checked; this takes a few seconds."
    took = provider.validation_latency_ms
    answered = "" if took is None else f"answered in {milliseconds(took)} · "
    return f"{answered}checked {relative_time(provider.validated_at)}"


def _render_finding(provider: ProviderRecord) -> None:
    message, hint = provider.validation_message, provider.validation_hint
    if not message:
        return
    if provider.validation_status is ValidationStatus.ERROR:
        st.error(label(hint or message), title=label(message) if hint else None, icon=":material/error:")
        return
    with field_group():
        st.text(message)
        if hint:
            render_quiet(hint)


def _render_buttons(door: Door, state: ProvidersState, details: DetailsState, provider: ProviderRecord) -> None:
    providers, models, actor = door.services.providers, door.services.models, door.actor
    address, waiting = provider.suggested_base_url, provider.waiting_model
    asked = f"{waiting} {provider.validated_at}"  # the check at the end of a warm-up makes it another one
    is_loading = details.place == PLACE and details.said == asked
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="details.acts"):
        if address:
            st.button(
                f"Use {label(cut(address, _SHOWN_CHARACTERS))}",
                key="details.use_address",
                type="primary",
                help=label(address),
                on_click=_do(details, partial(providers.use_suggested_address, actor, provider.id)),
            )
        if waiting:
            st.button(
                f"Warm up {label(cut(waiting, _SHOWN_CHARACTERS))}",
                key="details.warm_up",
                icon=":material/local_fire_department:",
                help="Has the server load the model now, so that the first run does not wait for it.",
                disabled=is_loading,
                on_click=_do(details, partial(models.warm_up, actor, provider.id, waiting), said=asked),
            )
        st.button(
            "Test",
            key="details.test",
            icon=":material/refresh:",
            on_click=_do(details, partial(providers.check_provider, actor, provider.id)),
        )
        st.button("Edit", key="details.edit", icon=":material/edit:", on_click=partial(_edit, state, provider))
    if waiting and is_loading:
        st.caption(f":material/hourglass_top: {label(cut(waiting, _SHOWN_CHARACTERS))} is being loaded.")


def _do(details: DetailsState, act: Callable[[], object], *, said: str = "") -> partial[None]:
    return partial(details.attempt, PLACE, act, said=said)


def _edit(state: ProvidersState, provider: ProviderRecord) -> None:
    then_rerun(partial(state.open_drawer, provider.id, version=provider.revision))
