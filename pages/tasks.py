"""Tasks: the shape of the answer you want."""

from collections.abc import Sequence

import streamlit as st

from core.tasks.records import TaskRecord
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
from pages.ui.shortcuts import shortcuts
from pages.ui.state import TasksState, page_state
from pages.ui.task_drawer import task_drawer
from pages.ui.task_editor import follow_url, open_new, render_editor
from pages.ui.task_list import is_match, task_list

door = open_door()
state = page_state(TasksState)
services, actor = door.services, door.actor


def render_list(tasks: Sequence[TaskRecord]) -> None:
    with filters_row("tasks.filters"):
        words = st.text_input(
            "Search", key="tasks.search", type="search", live="300ms", placeholder="Name or description", width=320
        )
    found = [task for task in tasks if is_match(task, words or "")]
    if found:
        render_paged(found, key="tasks.page", render=lambda part: task_list(door, state, part))
    else:
        empty_state("No task fits", "Change the search above.", key="tasks.no_match")


with page_errors():
    follow_url(door, state)
    if state.editor is not None:
        render_editor(door, state, state.editor)
        st.stop()

page_header(
    "Tasks",
    "The shape of the answer you want. Every answer is judged by the task's schema.",
    action=Action("Add task", key="tasks.add", on_click=open_new, args=(state,), icon=":material/add:"),
)
say_once(state)
undo_bar(state, restore=lambda task_id: services.tasks.restore_task(actor, task_id))

with page_errors():
    tasks = services.tasks.list_tasks(actor)
    if tasks:
        render_list(tasks)
    else:
        empty_state(
            "No tasks yet",
            "A task says what an answer must look like, field by field. Add one, assign it to an agent, and run it.",
            key="tasks.empty",
        )
    task_drawer(door, state)
    delete_dialog(
        state,
        noun="task",
        delete=lambda task_id: services.tasks.delete_task(actor, task_id),
        note="Past runs keep what they recorded.",
    )
shortcuts({"/": "tasks.search"}, key="tasks.list_keys")
