"""The drawer that adds or edits a provider."""

import streamlit as st

from core.errors import DashboardError, NotFoundError
from core.providers.builtin import availability
from core.providers.price_lines import read_price_lines, write_price_lines
from core.providers.records import ProviderDraft, ProviderRecord
from core.providers.types import find_type, list_types
from core.providers.types.base import ProviderType
from core.requests import parse_request
from pages.ui.changed_note import changed_note
from pages.ui.door import Door
from pages.ui.errors import show_error, show_field_error, show_form_error
from pages.ui.layout import drawer_buttons, drawer_keys, field_group
from pages.ui.state import Drawer, ProvidersState, form_values
from pages.ui.text import counted, label

_FORM = "provider"
_FIELDS = frozenset({"name", "type", "base_url", "api_key", "prices"})
_NEW_KEY_NOTE = "Sealed before it is stored, and never shown again."
_STORED_KEY_NOTE = (
    "Leave blank to keep the stored key. If the base URL changes to another server, enter the key again: "
    "a stored key is only sent to the server it was entered for."
)
_PRICES_NOTE = (
    "US dollars per million tokens, or per second on a machine of your own. One model on each line; * stands for any "
    "part of a name. They go before public prices; where neither is known, the cost of a run is unknown."
)
_PRICES_EXAMPLE = "gpt-4o* = 2.50 in, 10 out, 1.25 cached\nqwen3:8b = 0.0002 per second"


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
        drawer_keys(prefix=_FORM)

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
    kind = _render_type(record)
    with st.form("provider.form", border=False):
        show_form_error(drawer.error, fields=_FIELDS)
        with field_group():
            st.text_input(
                "Name",
                value=record.name if record else "",
                key=f"{_FORM}.name",
                placeholder="For example: Lab GPU",
                autocomplete="off",
            )
            show_field_error(drawer.error, "name")
        if kind.has_address:
            _render_connection(drawer, kind, record)
        if record is not None and record.model_names:
            _render_models(record)
        _render_prices(drawer, record)
        drawer_buttons(prefix=_FORM, save=_save, cancel=state.close_drawer, args=(door, state))


def _render_type(record: ProviderRecord | None) -> ProviderType:
    types = [one.name for one in list_types()]
    with field_group():
        kind = find_type(
            st.selectbox(
                "Type",
                types,
                index=types.index(record.type if record else "ollama"),
                format_func=lambda option: find_type(option).label,
                key=f"{_FORM}.type",
            )
        )
        st.caption(kind.note)
    if not kind.has_address and not (builtin := availability()).is_available:
        st.warning(label(builtin.reason), icon=":material/warning:")
    return kind


def _render_connection(drawer: Drawer, kind: ProviderType, record: ProviderRecord | None) -> None:
    with field_group():
        st.text_input(
            "Base URL",
            value=record.base_url if record and record.type == kind.name else "",
            key=f"{_FORM}.base_url",
            placeholder=kind.default_base_url,
            autocomplete="off",
        )
        show_field_error(drawer.error, "base_url")
        st.caption(kind.address_help)
    has_key = record is not None and record.has_key
    with field_group():
        st.text_input(
            "API key",
            type="password",
            key=f"{_FORM}.api_key",
            autocomplete="new-password",
            placeholder="Leave blank to keep the stored key" if has_key else "Blank if the server needs none",
        )
        show_field_error(drawer.error, "api_key")
        st.caption(_STORED_KEY_NOTE if has_key else _NEW_KEY_NOTE)


def _render_models(record: ProviderRecord) -> None:
    with st.expander(f"{counted(len(record.model_names), 'model')} listed at the last good check"):
        st.text("\n".join(record.model_names))


def _render_prices(drawer: Drawer, record: ProviderRecord | None) -> None:
    error = drawer.error
    is_refused = error is not None and any(detail.place == "prices" for detail in error.details)
    prices = None if record is None else record.prices
    with st.expander("Prices", expanded=is_refused or prices is not None), field_group():
        st.text_area(
            "What the models cost",
            value=write_price_lines(prices),
            key=f"{_FORM}.prices",
            placeholder=_PRICES_EXAMPLE,
        )
        show_field_error(error, "prices")
        st.caption(_PRICES_NOTE)


def _read_form() -> ProviderDraft:
    values = form_values(_FORM)
    prices = read_price_lines(str(values.get("prices", "")))
    return parse_request(ProviderDraft, values | {"prices": prices})


def _save(door: Door, state: ProvidersState) -> None:
    drawer = state.drawer
    if drawer is None:
        return
    providers = door.services.providers
    try:
        draft = _read_form()
        if drawer.item_id is None:
            providers.create_provider(door.actor, draft)
        else:
            providers.update_provider(door.actor, drawer.item_id, draft, expected_revision=drawer.version)
    except DashboardError as error:
        drawer.error = error
        return
    state.close_drawer()
    state.toast = f"Saved “{draft.name}”."
