"""Agents: a model with its prompts and settings."""

from collections.abc import Sequence

import streamlit as st

from core.agents.records import AgentRecord
from pages.ui.agent_form import agent_drawer
from pages.ui.agent_list import agent_list
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import (
    Action,
    delete_dialog,
    empty_state,
    filters_row,
    page_header,
    render_paged,
    say_once,
    undo_bar,
)
from pages.ui.routes import PROVIDERS_PAGE
from pages.ui.shortcuts import shortcuts
from pages.ui.state import AgentsState, page_state

door = open_door()
state = page_state(AgentsState)
services, actor = door.services, door.actor


def render_filters(agents: Sequence[AgentRecord]) -> list[AgentRecord]:
    names = {agent.provider_id: agent.provider_name for agent in sorted(agents, key=lambda each: each.provider_name)}
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
    return [
        agent
        for agent in agents
        if (agent.is_active or not only_active)
        and provider_id in (None, agent.provider_id)
        and is_match(agent, words or "")
    ]


def is_match(agent: AgentRecord, words: str) -> bool:
    text = " ".join((agent.name, agent.model_name, agent.provider_name, agent.description)).casefold()
    return all(word in text for word in words.casefold().split())


page_header(
    "Agents",
    "A model with its prompts and settings. Every change makes a new version; past runs keep theirs.",
    action=Action("Add agent", key="agents.add", on_click=state.open_drawer, icon=":material/add:"),
)
say_once(state)
undo_bar(state, restore=lambda agent_id: services.agents.restore_agent(actor, agent_id))

with page_errors():
    agents = services.agents.list_agents(actor)
    if agents:
        fitting = render_filters(agents)
        if fitting:
            render_paged(fitting, key="agents.page", render=lambda part: agent_list(door, state, part))
        else:
            empty_state("No agent fits", "Change the search or the filters above.", key="agents.no_match")
    else:
        empty_state(
            "No agents yet",
            "An agent is a model of one of your providers with a system prompt. Give it tasks, then run it.",
            link=None if services.providers.list_providers(actor) else (PROVIDERS_PAGE, "First add a provider"),
            key="agents.empty",
        )
    agent_drawer(door, state)
    delete_dialog(
        state,
        noun="agent",
        delete=lambda agent_id: services.agents.delete_agent(actor, agent_id),
        note="Past runs keep what they recorded.",
    )
shortcuts({"/": "agents.search"}, key="agents.keys")
