"""The drawer of a task: its fields and the agents that may do it. Changes to the agents are stored at once."""

import uuid
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.agents.records import AssignmentRecord
from core.errors import DashboardError
from core.tasks.builder import from_json_schema
from pages.ui.door import Door
from pages.ui.errors import show_error, shown_errors
from pages.ui.state import TasksState, set_widget_value, widget_value
from pages.ui.text import label, render_quiet

_ADD = "task_agents.agent"


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
        _render_agents(door, state, task.id)
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


@shown_errors()
def _render_agents(door: Door, state: TasksState, task_id: uuid.UUID) -> None:
    st.subheader("Agents", anchor=False)
    st.caption("Which agents may do this task. Changes here are stored at once.")
    assignments = door.services.assignments.list_for_task(door.actor, task_id)
    for assignment in assignments:
        _render_assignment(door, state, assignment)
    if state.assignment_error is not None:
        show_error(state.assignment_error)
    _render_add(door, state, task_id)


def _render_assignment(door: Door, state: TasksState, assignment: AssignmentRecord) -> None:
    key = f"task_agents.active.{assignment.id}"
    set_widget_value(key, assignment.is_active)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(assignment.agent_name, width="stretch")
        st.toggle(
            "Active",
            key=key,
            on_change=lambda: _act(
                state,
                lambda: door.services.assignments.set_assignment_active(
                    door.actor, assignment.id, is_active=bool(widget_value(key))
                ),
            ),
        )
        st.button(
            "Remove",
            key=f"task_agents.remove.{assignment.id}",
            type="tertiary",
            on_click=lambda: _act(state, lambda: door.services.assignments.unassign(door.actor, assignment.id)),
        )


def _render_add(door: Door, state: TasksState, task_id: uuid.UUID) -> None:
    names = {agent.id: agent.name for agent in door.services.agents.list_agents(door.actor)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Add an agent",
            list(names),
            index=None,
            format_func=lambda agent_id: names.get(agent_id, ""),
            key=_ADD,
            placeholder="Choose an agent" if names else "There are no agents yet",
        )
        st.button("Assign", key="task_agents.assign", on_click=_assign, args=(door, state, task_id))


def _assign(door: Door, state: TasksState, task_id: uuid.UUID) -> None:
    chosen = widget_value(_ADD)
    if not isinstance(chosen, uuid.UUID):
        return
    _act(state, lambda: door.services.assignments.assign(door.actor, agent_id=chosen, task_id=task_id))
    if state.assignment_error is None:
        set_widget_value(_ADD, None)


def _act(state: TasksState, change: Callable[[], object]) -> None:
    try:
        change()
        state.assignment_error = None
    except DashboardError as error:
        state.assignment_error = error
