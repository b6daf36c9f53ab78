"""The list of agents with its row actions."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.agents.records import AgentRecord
from core.errors import DashboardError
from pages.ui.door import Door
from pages.ui.layout import Column, list_row, list_table, row_action, row_actions
from pages.ui.routes import go_to_run, start_run_params
from pages.ui.state import AgentsState, set_widget_value, widget_value
from pages.ui.text import render_title, render_two_lines, render_version

_COLUMNS = (
    Column("Agent", 2.7),
    Column("Model", 2.1),
    Column("Version", 1.5),
    Column("Active", 1),
    Column("Tasks", 1.1, "right"),
    Column("", 4.3),
)


def agent_list(door: Door, state: AgentsState, agents: Sequence[AgentRecord]) -> None:
    """Draw one page of agents."""
    with list_table(_COLUMNS, key="agents.list"):
        for agent in agents:
            _render_row(door, state, agent)


def _render_row(door: Door, state: AgentsState, agent: AgentRecord) -> None:
    name, model, version, active, tasks, actions = list_row(_COLUMNS, key=f"agents.row.{agent.id}")
    with name:
        render_title(agent.name, agent.description)
    with model:
        render_two_lines(agent.model_name, agent.provider_name, limit=40)
    with version:
        render_version(agent.version, agent.updated_at)
    with active:
        _render_switch(door, state, agent)
    tasks.text(f"{agent.task_count:,}", text_alignment="right", width="stretch")
    with actions, row_actions():
        _render_actions(door, state, agent)


def _render_switch(door: Door, state: AgentsState, agent: AgentRecord) -> None:
    key = f"agents.active.{agent.id}"
    set_widget_value(key, agent.is_active)
    st.toggle(
        "Active",
        key=key,
        label_visibility="collapsed",
        on_change=lambda: _try(
            state,
            lambda: door.services.agents.set_agent_active(door.actor, agent.id, is_active=bool(widget_value(key))),
        ),
    )


def _render_actions(door: Door, state: AgentsState, agent: AgentRecord) -> None:
    if st.button("Run", key=f"agents.run.{agent.id}", type="tertiary", disabled=not agent.is_active):
        go_to_run(start_run_params(agent_id=agent.id))
    row_action(
        "Edit",
        key=f"agents.edit.{agent.id}",
        act=lambda: state.open_drawer(agent.id, version=agent.version, was_active=agent.is_active),
    )
    row_action("Duplicate", key=f"agents.duplicate.{agent.id}", act=lambda: _duplicate(door, state, agent))
    row_action("Delete", key=f"agents.delete.{agent.id}", act=lambda: state.ask_deletion(agent.id, agent.name))


def _duplicate(door: Door, state: AgentsState, agent: AgentRecord) -> None:
    def duplicate() -> None:
        copy = door.services.agents.duplicate_agent(door.actor, agent.id)
        state.toast = f"Duplicated as “{copy.name}”."

    _try(state, duplicate)


def _try(state: AgentsState, act: Callable[[], object]) -> None:
    state.error = None
    try:
        act()
    except DashboardError as error:
        state.error = error
