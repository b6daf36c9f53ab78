"""Providers: the places that serve models, and whether they answer."""

import streamlit as st

from core.providers.records import ProviderFilter
from core.requests import parse_request
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import Action, delete_dialog, empty_state, filters_row, page_header, say_once, undo_bar
from pages.ui.live_list import LiveList, live_list
from pages.ui.provider_details import provider_details
from pages.ui.providers.form import provider_drawer
from pages.ui.providers.list import PROVIDERS, provider_acts
from pages.ui.providers.private_addresses import say_private_addresses
from pages.ui.shortcuts import shortcuts
from pages.ui.state import ProvidersState, page_state
from pages.ui.text import label

door = open_door()
state = page_state(ProvidersState)
services, actor = door.services, door.actor


def render_filters() -> ProviderFilter:
    with filters_row("providers.filters"):
        words = st.text_input(
            "Search", key="providers.search", type="search", live="300ms", placeholder="Name", width=220
        )
    return parse_request(ProviderFilter, {"search": words or ""})


def render_empty(is_filtered: bool) -> None:
    if is_filtered:
        empty_state("No provider fits", "Change the search above.", key="providers.no_match")
        return
    empty_state(
        "No providers yet",
        "Add the built-in model, an Ollama server, or anything with the OpenAI API. Agents then use its models.",
        key="providers.empty",
    )


page_header(
    "Providers",
    "The places that serve models: connect one, and Benchtop checks it at once.",
    action=Action("Add provider", key="providers.add", on_click=state.open_drawer, icon=":material/add:"),
)
say_once(state)
undo_bar(state, restore=lambda provider_id: services.providers.restore_provider(actor, provider_id))

live_list(
    door, LiveList(PROVIDERS, provider_acts(door, state), render_filters=render_filters, render_empty=render_empty)
)
st.caption(label(say_private_addresses(services.settings)))
with page_errors():
    provider_drawer(door, state)
    provider_details(door, state)
    delete_dialog(
        state,
        noun="provider",
        delete=lambda provider_id: services.providers.delete_provider(actor, provider_id),
        note="Past runs keep what they recorded.",
    )
shortcuts({"/": "providers.search"}, key="providers.keys")
