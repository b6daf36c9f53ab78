"""Tasks: the shape of the answer you want."""

import streamlit as st

from core.requests import parse_request
from core.tasks.records import TaskFilter
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import Action, delete_dialog, empty_state, filters_row, page_header, say_once, undo_bar
from pages.ui.live_list import LiveList, live_list
from pages.ui.shortcuts import shortcuts
from pages.ui.state import TasksState, page_state
from pages.ui.task_drawer import task_drawer
from pages.ui.task_editor import follow_url, open_new, render_editor
from pages.ui.task_list import TASKS, task_acts

door = open_door()
state = page_state(TasksState)
services, actor = door.services, door.actor


def render_filters() -> TaskFilter:
    with filters_row("tasks.filters"):
        words = st.text_input(
            "Search", key="tasks.search", type="search", live="300ms", placeholder="Name or description", width=320
        )
    return parse_request(TaskFilter, {"search": words or ""})


def render_empty(is_filtered: bool) -> None:
    if is_filtered:
        empty_state("No task fits", "Change the search above.", key="tasks.no_match")
        return
    empty_state(
        "No tasks yet",
        "A task says what an answer must look like, field by field. Add one, assign it to an agent, and run it.",
        key="tasks.empty",
    )


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

live_list(door, LiveList(TASKS, task_acts(door, state), render_empty=render_empty, render_filters=render_filters))
with page_errors():
    task_drawer(door, state)
    delete_dialog(
        state,
        noun="task",
        delete=lambda task_id: services.tasks.delete_task(actor, task_id),
        note="Past runs keep what they recorded.",
    )
shortcuts({"/": "tasks.search"}, key="tasks.list_keys")
