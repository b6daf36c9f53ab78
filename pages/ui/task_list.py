"""The list of tasks: where its rows come from, and what can be pressed in them."""

import uuid
from collections.abc import Sequence
from datetime import tzinfo

from core.actors import Actor
from core.services import Services
from core.tasks.builder import from_json_schema
from core.tasks.records import TaskFilter, TaskRecord
from pages.ui.cells import Row, cell, line, press, quiet, version_line
from pages.ui.door import Door
from pages.ui.layout import Column
from pages.ui.live_table import Acts, TableSource
from pages.ui.routes import start_run_params
from pages.ui.state import TasksState
from pages.ui.task_editor import open_stored
from pages.ui.text import counted


def _read(
    services: Services, actor: Actor, wanted: TaskFilter, offset: int, limit: int
) -> tuple[Sequence[TaskRecord], int]:
    page = services.tasks.page_tasks(actor, wanted, offset=offset, limit=limit)
    return page.items, page.total


def _build_row(task: TaskRecord, zone: tzinfo) -> Row:
    names = [field.name for field in from_json_schema(task.response_schema).fields]
    fields = ", ".join(names) if names else "Written as JSON"
    asked_by = "from a text" if task.request_schema is None else "from a form"
    why_not = "" if task.agent_count else "Assign an agent first: click on its agents."
    return {
        "id": str(task.id),
        "note": "",
        "cells": [
            cell(line(task.name, limit=60), quiet(task.description, limit=90)),
            cell(line(fields, limit=70), quiet(asked_by)),
            cell(presses=[press("agents", counted(task.agent_count, "agent"))]),
            cell(version_line(task.version, task.updated_at, zone=zone)),
            cell(
                presses=[
                    press("run", "Run", title=why_not, is_disabled=not task.agent_count),
                    press("edit", "Edit"),
                    press("duplicate", "Duplicate"),
                    press("delete", "Delete"),
                ]
            ),
        ],
    }


TASKS = TableSource(
    name="tasks",
    topics=("tasks", "agents"),
    columns=(
        Column("Task", 3),
        Column("Answer fields", 2.5),
        Column("Agents", 1.1),
        Column("Version", 1.4),
        Column("", 0),
    ),
    filter_kind=TaskFilter,
    read=_read,
    build_row=_build_row,
)


def task_acts(door: Door, state: TasksState) -> Acts:
    """Return what the buttons of a row do."""
    tasks, actor = door.services.tasks, door.actor

    def show_agents(task_id: uuid.UUID) -> None:
        state.open_drawer(task_id, version=tasks.get_task(actor, task_id).version)

    def duplicate(task_id: uuid.UUID) -> None:
        state.toast = f"Duplicated as “{tasks.duplicate_task(actor, task_id).name}”."

    def ask_deletion(task_id: uuid.UUID) -> None:
        state.ask_deletion(task_id, tasks.get_task(actor, task_id).name)

    return Acts(
        changes={
            "agents": lambda pressed: state.attempt(lambda: show_agents(pressed.item_id)),
            "edit": lambda pressed: state.attempt(lambda: open_stored(state, tasks.get_task(actor, pressed.item_id))),
            "duplicate": lambda pressed: state.attempt(lambda: duplicate(pressed.item_id)),
            "delete": lambda pressed: state.attempt(lambda: ask_deletion(pressed.item_id)),
        },
        run_links={"run": lambda task_id: start_run_params(task_id=task_id)},
    )
