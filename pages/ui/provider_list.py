"""The list of providers, which follows their checks without a reload."""

from collections.abc import Sequence

import streamlit as st

from core.errors import DashboardError
from core.providers.records import ProviderRecord, ProviderType, ValidationStatus
from pages.ui.badges import render_status
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.layout import Column, list_row, list_table, render_paged, row_action, row_actions
from pages.ui.state import ProvidersState
from pages.ui.text import absolute_time, counted, label, milliseconds, render_quiet, render_text, render_time

_COLUMNS = (
    Column("Provider", 3.1),
    Column("Status", 2.2),
    Column("Models", 1.2, "right"),
    Column("Used by", 1.55, "right"),
    Column("", 3.45),
)
_BUSY_SECONDS = 1
_IDLE_SECONDS = 15


def provider_list(door: Door, state: ProvidersState, providers: list[ProviderRecord]) -> None:
    """Draw the list; it looks again every second while a check is under way, else now and then."""
    is_busy = _is_busy(providers)
    follow = st.fragment(_follow, run_every=_BUSY_SECONDS if is_busy else _IDLE_SECONDS)
    follow(door, state, is_busy)


def _is_busy(providers: list[ProviderRecord]) -> bool:
    return any(not provider.validation_status.is_settled for provider in providers)


@shown_errors()
def _follow(door: Door, state: ProvidersState, was_busy: bool) -> None:
    providers = door.services.providers.list_providers(door.actor)
    # A changed pace or an emptied list needs the whole page, which would disturb an open drawer: wait for its end.
    if (_is_busy(providers) is not was_busy or not providers) and not state.has_dialog:
        st.rerun()
    render_paged(providers, key="providers.page", render=lambda part: _render_table(door, state, part))


def _render_table(door: Door, state: ProvidersState, providers: Sequence[ProviderRecord]) -> None:
    with list_table(_COLUMNS, key="providers.list"):
        for provider in providers:
            _render_row(door, state, provider)


def _render_row(door: Door, state: ProvidersState, provider: ProviderRecord) -> None:
    cells = list_row(_COLUMNS, key=f"providers.row.{provider.id}", note=_advice(provider))
    name, status, models, used_by, actions = cells
    checked_at = provider.validated_at if provider.validation_status.is_settled else None
    with name:
        _render_name(provider)
    with status.container(gap="xxsmall"):
        render_status(
            provider.validation_status.value, help_text=label(absolute_time(checked_at)) if checked_at else None
        )
        if checked_at is not None:
            latency = provider.validation_latency_ms
            answered = "" if latency is None else f"{milliseconds(latency)} · "
            render_time(checked_at, prefix=f"{answered}checked ", is_plain=True)
    models.text(f"{len(provider.model_names):,}", text_alignment="right", width="stretch")
    used_by.text(counted(provider.agent_count, "agent"), text_alignment="right", width="stretch")
    with actions:
        _render_actions(door, state, provider)


def _advice(provider: ProviderRecord) -> str:
    if provider.validation_status is not ValidationStatus.ERROR:
        return ""
    return " ".join(part for part in (provider.validation_message, provider.validation_hint) if part)


def _render_name(provider: ProviderRecord) -> None:
    with st.container(gap="xxsmall"):
        render_text(provider.name, limit=60)
        if provider.type is ProviderType.BUILTIN:
            st.caption("On this machine · small and often wrong")
        else:
            key = "key stored" if provider.has_key else "no key"
            render_quiet(f"{provider.type.label} · {key}")
            render_text(provider.base_url, limit=60)


def _render_actions(door: Door, state: ProvidersState, provider: ProviderRecord) -> None:
    with row_actions():
        row_action(
            "Check again",
            key=f"providers.check.{provider.id}",
            act=lambda: _check(door, state, provider),
        )
        row_action(
            "Edit",
            key=f"providers.edit.{provider.id}",
            act=lambda: state.open_drawer(provider.id, version=provider.revision),
        )
        row_action(
            "Delete", key=f"providers.delete.{provider.id}", act=lambda: state.ask_deletion(provider.id, provider.name)
        )


def _check(door: Door, state: ProvidersState, provider: ProviderRecord) -> None:
    state.error = None
    try:
        door.services.providers.check_provider(door.actor, provider.id)
    except DashboardError as error:
        state.error = error
