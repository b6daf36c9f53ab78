"""The part of an agent's drawer that says which tasks it may do. Changes here are stored at once."""

import uuid
from collections.abc import Callable

import streamlit as st

from core.agents.records import AssignmentRecord
from core.errors import DashboardError
from core.tasks.records import TaskRecord
from pages.ui.door import Door
from pages.ui.errors import show_error, shown_errors
from pages.ui.state import AgentsState, set_widget_value, widget_value

NEW_TASKS = "agent_tasks.new"
_ADD = "agent_tasks.task"


@shown_errors()
def agent_tasks(door: Door, state: AgentsState, *, agent_id: uuid.UUID, tasks: list[TaskRecord]) -> None:
    """Draw an agent's assignments with a switch and a way out each, and the row that adds one."""
    st.header("Tasks", anchor=False)
    st.caption("Which tasks this agent may do. Changes here are stored at once.")
    assignments = door.services.assignments.list_for_agent(door.actor, agent_id)
    for assignment in assignments:
        _render_assignment(door, state, assignment)
    if state.assignment_error is not None:
        show_error(state.assignment_error)
    _render_add(door, state, agent_id=agent_id, tasks=tasks)


def _render_assignment(door: Door, state: AgentsState, assignment: AssignmentRecord) -> None:
    key = f"agent_tasks.active.{assignment.id}"
    set_widget_value(key, assignment.is_active)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(assignment.task_name, width="stretch")
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
            key=f"agent_tasks.remove.{assignment.id}",
            type="tertiary",
            on_click=lambda: _act(state, lambda: door.services.assignments.unassign(door.actor, assignment.id)),
        )


def _render_add(door: Door, state: AgentsState, *, agent_id: uuid.UUID, tasks: list[TaskRecord]) -> None:
    names = {task.id: task.name for task in tasks}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Add a task",
            list(names),
            index=None,
            format_func=lambda task_id: names.get(task_id, ""),
            key=_ADD,
            placeholder="Choose a task" if names else "There are no tasks yet",
        )
        st.button("Assign", key="agent_tasks.assign", on_click=_assign, args=(door, state, agent_id))


def _assign(door: Door, state: AgentsState, agent_id: uuid.UUID) -> None:
    chosen = widget_value(_ADD)
    if not isinstance(chosen, uuid.UUID):
        return
    _act(state, lambda: door.services.assignments.assign(door.actor, agent_id=agent_id, task_id=chosen))
    if state.assignment_error is None:
        set_widget_value(_ADD, None)


def _act(state: AgentsState, change: Callable[[], object]) -> None:
    try:
        change()
        state.assignment_error = None
    except DashboardError as error:
        state.assignment_error = error
