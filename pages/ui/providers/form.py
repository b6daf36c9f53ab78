"""The drawer that adds or edits a provider. Which fields there are, the registry of provider types tells."""

import streamlit as st

from core.errors import DashboardError, NotFoundError
from core.providers.records import ProviderRecord
from core.providers.types import find_type, list_types
from core.providers.types.base import Preset, ProviderType
from pages.ui.changed_note import changed_note
from pages.ui.door import Door
from pages.ui.errors import show_error, show_field_error, show_form_error
from pages.ui.layout import drawer_buttons, drawer_keys, field_group
from pages.ui.providers.connection_fields import render_connection, render_obstacles, render_optional_fields
from pages.ui.providers.form_reading import preset_key, read_draft
from pages.ui.providers.form_view import FORM, FormView, list_places
from pages.ui.providers.settings_fields import render_settings
from pages.ui.state import Drawer, ProvidersState, form_values
from pages.ui.text import label

_FIRST_TYPE = "ollama"
"""What a new provider begins as: it needs no account."""


def provider_drawer(door: Door, state: ProvidersState) -> None:
    """Open the drawer if the page's state asks for it."""
    if state.drawer is None:
        return
    try:
        record = _stored(door, state.drawer)
    except NotFoundError as error:
        state.close_drawer()
        show_error(error)
        return
    title = "Add provider" if record is None else f"Edit “{label(record.name)}”"

    @st.dialog(title, width=560, position="right", on_dismiss=state.close_drawer)
    def drawer() -> None:
        if state.drawer is None:
            st.rerun()
        _render_form(door, state, state.drawer, record)
        if record is not None:
            changed_note(door, "providers", record.id, is_changed=lambda: _is_changed(door, state.drawer))
        drawer_keys(prefix=FORM)

    drawer()


def _stored(door: Door, drawer: Drawer) -> ProviderRecord | None:
    if drawer.item_id is None:
        return None
    return door.services.providers.get_provider(door.actor, drawer.item_id)


def _is_changed(door: Door, drawer: Drawer | None) -> bool:
    if drawer is None or drawer.item_id is None:
        return False
    return door.services.providers.get_provider(door.actor, drawer.item_id).revision != drawer.version


def _render_form(door: Door, state: ProvidersState, drawer: Drawer, record: ProviderRecord | None) -> None:
    kind = _render_type(drawer, record)
    view = FormView(kind, _render_preset(drawer, kind, record), record, drawer.error)
    render_obstacles(kind)
    # Enter would press the first of the buttons, which is Cancel.
    with st.form("provider.form", border=False, enter_to_submit=False):
        with st.container():  # always there, so that what comes and goes in it leaves open parts below it open
            show_form_error(view.error, fields=list_places(view))
        with field_group():
            st.text_input(
                "Name",
                value=record.name if record else "",
                key=f"{FORM}.name",
                placeholder="For example: Lab GPU",
                autocomplete="off",
            )
            show_field_error(view.error, "name")
        render_connection(view)
        with st.container(gap="xsmall"):
            render_optional_fields(view)
            render_settings(view, request_seconds=door.services.settings.request_timeout_seconds)
        drawer_buttons(prefix=FORM, save=_save, cancel=state.close_drawer, args=(door, state))


def _render_type(drawer: Drawer, record: ProviderRecord | None) -> ProviderType:
    types = [one.name for one in list_types()]
    with field_group():
        kind = find_type(
            st.selectbox(
                "Type",
                types,
                index=types.index(record.type if record else _FIRST_TYPE),
                format_func=lambda option: find_type(option).label,
                key=f"{FORM}.type",
                on_change=_forget_error,
                args=(drawer,),
            )
        )
        st.caption(label(kind.note))
    return kind


def _render_preset(drawer: Drawer, kind: ProviderType, record: ProviderRecord | None) -> Preset | None:
    """Draw which known server of a type it is, where there are some. What was typed elsewhere stays as it is."""
    if not kind.presets:
        return None
    names = ["", *(preset.name for preset in kind.presets)]
    labels = {preset.name: preset.label for preset in kind.presets}
    stored = record.preset if record is not None and record.type == kind.name else ""
    with field_group():
        chosen = st.selectbox(
            "Server",
            names,
            index=names.index(stored) if stored in names else 0,
            format_func=lambda name: labels.get(name, "Other"),
            key=f"{FORM}.{preset_key(kind)}",
            on_change=_forget_error,
            args=(drawer,),
        )
        preset = kind.find_preset(chosen)
        if preset is not None and preset.note:
            st.caption(label(preset.note))
    return preset


def _forget_error(drawer: Drawer) -> None:
    """What one kind of server lacked means nothing to another."""
    drawer.error = None


def _save(door: Door, state: ProvidersState) -> None:
    drawer = state.drawer
    if drawer is None:
        return
    providers = door.services.providers
    try:
        draft = read_draft(form_values(FORM), _stored(door, drawer))
        if drawer.item_id is None:
            providers.create_provider(door.actor, draft)
        else:
            providers.update_provider(door.actor, drawer.item_id, draft, expected_revision=drawer.version)
    except DashboardError as error:
        drawer.error = error
        return
    state.close_drawer()
    state.toast = f"Saved “{draft.name}”."
