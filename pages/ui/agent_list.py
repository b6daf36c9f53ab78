"""The list of agents: where its rows come from, and what can be pressed in them."""

import uuid
from collections.abc import Sequence
from datetime import datetime, tzinfo

from core.actors import Actor
from core.agents.records import AgentFilter, AgentRecord
from core.services import Services
from pages.ui.cells import Row, cell, line, press, quiet, version_line
from pages.ui.door import Door
from pages.ui.layout import Column
from pages.ui.live_table import Acts, Pressed, TableSource
from pages.ui.model_trouble import explain_trouble, trouble_badge
from pages.ui.routes import start_run_params
from pages.ui.state import AgentsState


def _read(
    services: Services, actor: Actor, wanted: AgentFilter, offset: int, limit: int
) -> tuple[Sequence[AgentRecord], int]:
    page = services.agents.page_agents(actor, wanted, offset=offset, limit=limit)
    return page.items, page.total


def _build_row(agent: AgentRecord, zone: tzinfo) -> Row:
    today = datetime.now(zone).date()
    return {
        "id": str(agent.id),
        "note": explain_trouble(agent, today=today),
        "cells": [
            cell(line(agent.name, limit=60), quiet(agent.description, limit=90)),
            cell(
                line(agent.model_name, limit=40),
                quiet(agent.provider_name, limit=40),
                badge=trouble_badge(agent, today=today),
            ),
            cell(version_line(agent.version, agent.updated_at, zone=zone)),
            cell(switch={"act": "switch", "label": "Active", "is_on": agent.is_active}),
            cell(line(f"{agent.task_count:,}")),
            cell(
                presses=[
                    press("run", "Run", is_disabled=not agent.is_active),
                    press("edit", "Edit"),
                    press("duplicate", "Duplicate"),
                    press("delete", "Delete"),
                ]
            ),
        ],
    }


AGENTS = TableSource(
    name="agents",
    topics=("agents", "providers", "tasks"),
    columns=(
        Column("Agent", 2.7),
        Column("Model", 2.1),
        Column("Version", 1.5),
        Column("Active", 1),
        Column("Tasks", 0.8, "right"),
        Column("", 0),
    ),
    filter_kind=AgentFilter,
    read=_read,
    build_row=_build_row,
)


def edit_agent(door: Door, state: AgentsState, agent_id: uuid.UUID) -> None:
    """Open the form of an agent; what that meets stands above the list."""

    def edit() -> None:
        agent = door.services.agents.get_agent(door.actor, agent_id)
        state.open_drawer(agent.id, version=agent.version, was_active=agent.is_active)

    state.attempt(edit)


def agent_acts(door: Door, state: AgentsState) -> Acts:
    """Return what the buttons of a row do."""
    agents, actor = door.services.agents, door.actor

    def duplicate(agent_id: uuid.UUID) -> None:
        state.toast = f"Duplicated as “{agents.duplicate_agent(actor, agent_id).name}”."

    def ask_deletion(agent_id: uuid.UUID) -> None:
        state.ask_deletion(agent_id, agents.get_agent(actor, agent_id).name)

    def switch(pressed: Pressed) -> None:
        agents.set_agent_active(actor, pressed.item_id, is_active=pressed.is_on)

    return Acts(
        changes={
            "edit": lambda pressed: edit_agent(door, state, pressed.item_id),
            "duplicate": lambda pressed: state.attempt(lambda: duplicate(pressed.item_id)),
            "delete": lambda pressed: state.attempt(lambda: ask_deletion(pressed.item_id)),
            "switch": lambda pressed: state.attempt(lambda: switch(pressed)),
        },
        run_links={"run": lambda agent_id: start_run_params(agent_id=agent_id)},
    )
