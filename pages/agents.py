"""Agents: a model with its prompts and settings."""

from functools import partial

import streamlit as st

from core.agents.records import AgentFilter
from core.requests import parse_request
from pages.ui.agent_form import agent_drawer
from pages.ui.agent_list import AGENTS, agent_acts, edit_agent
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import Action, delete_dialog, empty_state, filters_row, page_header, say_once, undo_bar
from pages.ui.live_list import LiveList, live_list
from pages.ui.model_trouble import troubled_agents
from pages.ui.routes import PROVIDERS_PAGE, take_query_id
from pages.ui.shortcuts import shortcuts
from pages.ui.state import AgentsState, page_state

door = open_door()
state = page_state(AgentsState)
services, actor = door.services, door.actor
if (asked_id := take_query_id("edit")) is not None:
    edit_agent(door, state, asked_id)


def render_filters() -> AgentFilter:
    names = services.providers.list_names(actor)
    with filters_row("agents.filters"):
        words = st.text_input(
            "Search",
            key="agents.search",
            type="search",
            live="300ms",
            placeholder="Name, model or description",
            width=220,
        )
        provider_id = st.selectbox(
            "Provider",
            list(names),
            index=None,
            format_func=lambda each: names.get(each, ""),
            key="agents.provider",
            placeholder="All providers",
            width=180,
        )
        only_active = st.toggle("Active only", key="agents.only_active")
    return parse_request(AgentFilter, {"search": words or "", "provider_id": provider_id, "only_active": only_active})


def render_empty(is_filtered: bool) -> None:
    if is_filtered:
        empty_state("No agent fits", "Change the search or the filters above.", key="agents.no_match")
        return
    empty_state(
        "No agents yet",
        "An agent is a model of one of your providers with a system prompt. Give it tasks, then run it.",
        link=None if services.providers.list_names(actor) else (PROVIDERS_PAGE, "First add a provider"),
        key="agents.empty",
    )


with st.container(gap=None):  # so that the line about trouble takes no room where there is none
    page_header(
        "Agents",
        "A model with its prompts and settings. Every change makes a new version; past runs keep theirs.",
        action=Action("Add agent", key="agents.add", on_click=state.open_drawer, icon=":material/add:"),
    )
    troubled_agents(door, edit=partial(edit_agent, door, state))
say_once(state)
undo_bar(state, restore=lambda agent_id: services.agents.restore_agent(actor, agent_id))
live_list(door, LiveList(AGENTS, agent_acts(door, state), render_filters=render_filters, render_empty=render_empty))
with page_errors():
    agent_drawer(door, state)
    delete_dialog(
        state,
        noun="agent",
        delete=lambda agent_id: services.agents.delete_agent(actor, agent_id),
        note="Past runs keep what they recorded.",
    )
shortcuts({"/": "agents.search"}, key="agents.keys")
