"""The list of tasks with its row actions."""

from collections.abc import Sequence

import streamlit as st

from core.errors import DashboardError
from core.tasks.builder import from_json_schema
from core.tasks.records import TaskRecord
from pages.ui.door import Door
from pages.ui.layout import Column, list_row, list_table, row_action, row_actions
from pages.ui.routes import go_to_run, start_run_params
from pages.ui.state import TasksState
from pages.ui.task_editor import open_stored
from pages.ui.text import counted, render_title, render_two_lines, render_version

_COLUMNS = (
    Column("Task", 3),
    Column("Answer fields", 2.5),
    Column("Agents", 1.3),
    Column("Version", 1.5),
    Column("", 4.3),
)


def is_match(task: TaskRecord, words: str) -> bool:
    """Return whether every word stands in the task's name or description."""
    text = f"{task.name} {task.description}".casefold()
    return all(word in text for word in words.casefold().split())


def task_list(door: Door, state: TasksState, tasks: Sequence[TaskRecord]) -> None:
    """Draw one page of tasks."""
    with list_table(_COLUMNS, key="tasks.list"):
        for task in tasks:
            _render_row(door, state, task)


def _render_row(door: Door, state: TasksState, task: TaskRecord) -> None:
    name, fields, agents, version, actions = list_row(_COLUMNS, key=f"tasks.row.{task.id}")
    with name:
        render_title(task.name, task.description)
    with fields:
        render_two_lines(_summary(task), "from a text" if task.request_schema is None else "from a form", limit=70)
    with agents:
        row_action(
            counted(task.agent_count, "agent"),
            key=f"tasks.agents.{task.id}",
            act=lambda: state.open_drawer(task.id, version=task.version),
        )
    with version:
        render_version(task.version, task.updated_at)
    with actions, row_actions():
        _render_actions(door, state, task)


def _summary(task: TaskRecord) -> str:
    names = [field.name for field in from_json_schema(task.response_schema).fields]
    return ", ".join(names) if names else "Written as JSON"


def _render_actions(door: Door, state: TasksState, task: TaskRecord) -> None:
    help_text = None if task.agent_count else "Assign an agent first: click on its agents."
    if st.button("Run", key=f"tasks.run.{task.id}", type="tertiary", disabled=not task.agent_count, help=help_text):
        go_to_run(start_run_params(task_id=task.id))
    row_action("Edit", key=f"tasks.edit.{task.id}", act=lambda: open_stored(state, task))
    row_action("Duplicate", key=f"tasks.duplicate.{task.id}", act=lambda: _duplicate(door, state, task))
    row_action("Delete", key=f"tasks.delete.{task.id}", act=lambda: state.ask_deletion(task.id, task.name))


def _duplicate(door: Door, state: TasksState, task: TaskRecord) -> None:
    state.error = None
    try:
        copy = door.services.tasks.duplicate_task(door.actor, task.id)
        state.toast = f"Duplicated as “{copy.name}”."
    except DashboardError as error:
        state.error = error
