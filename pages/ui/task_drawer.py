"""The drawer of a task: its fields and the agents that may do it. Changes to the agents are stored at once."""

import uuid
from functools import partial
from typing import Any

import streamlit as st

from core.errors import DashboardError
from core.tasks.builder import from_json_schema
from pages.ui.assignments import Side, live_assignments
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.state import TasksState
from pages.ui.text import label, render_quiet


def task_drawer(door: Door, state: TasksState) -> None:
    """Open the drawer of the task that was asked for, if one was."""
    drawer = state.drawer
    if drawer is None or drawer.item_id is None:
        return
    try:
        task = door.services.tasks.get_task(door.actor, drawer.item_id)
    except DashboardError as error:
        state.close_drawer()
        show_error(error)
        return

    @st.dialog(label(task.name), position="right", width="medium", on_dismiss=state.close_drawer)
    def show() -> None:
        if task.description:
            render_quiet(task.description)
        live_assignments(door, state, partial(_build_side, door, task.id), topic="tasks", item_id=task.id)
        st.subheader("Answer", anchor=False)
        _render_fields(task.response_schema)
        st.subheader("Input", anchor=False)
        if task.request_schema is None:
            st.caption("Plain text.")
        else:
            _render_fields(task.request_schema)

    show()


def _render_fields(schema: dict[str, Any]) -> None:  # Any: a JSON Schema
    rows = [
        {
            "Field": field.name,
            "Type": field.type.value,
            "Required": "yes" if field.required else "no",
            "Description": field.description,
        }
        for field in from_json_schema(schema).fields
    ]
    if rows:
        st.dataframe(rows, hide_index=True, alt="The fields of the schema")
    else:
        st.caption("Written as JSON, without plain fields. Open the task to see it.")


def _build_side(door: Door, task_id: uuid.UUID) -> Side:
    assignments = door.services.assignments
    return Side(
        prefix="task_agents",
        noun="agent",
        purpose="Which agents may do this task.",
        assignments=assignments.list_for_task(door.actor, task_id),
        name_of=lambda assignment: assignment.agent_name,
        choices={agent.id: agent.name for agent in door.services.agents.list_agents(door.actor)},
        assign=lambda agent_id: assignments.assign(door.actor, agent_id=agent_id, task_id=task_id),
    )
