"""History: every run, newest first."""

import uuid

import streamlit as st

from core.runs.records import RunFilter, RunStatus
from pages.ui.door import open_door
from pages.ui.errors import page_errors, shown_errors
from pages.ui.latest_runs import STEPS_OF_A_RUN
from pages.ui.layout import empty_state, filters_row, page_header
from pages.ui.live import live
from pages.ui.routes import RUN_PAGE, go_to_run, run_params
from pages.ui.run_grid import grid_height, render_run_grid
from pages.ui.state import HistoryState, page_state
from pages.ui.text import counted

door = open_door()
state = page_state(HistoryState)
services, actor = door.services, door.actor


def choose(title: str, names: dict[str, str], *, key: str) -> str | None:
    return st.selectbox(
        title,
        list(names),
        index=None,
        format_func=lambda each: names[each],
        key=key,
        bind="query-params",
        placeholder=f"Any {title.lower()}",
        width=170,
    )


def render_filters() -> RunFilter:
    agents = {str(agent.id): agent.name for agent in services.agents.list_agents(actor)}
    tasks = {str(task.id): task.name for task in services.tasks.list_tasks(actor)}
    with filters_row("history.filters"):
        agent_id = choose("Agent", agents, key="agent")
        task_id = choose("Task", tasks, key="task")
        status = choose("Status", {each.value: each.value for each in RunStatus}, key="status")
    return RunFilter(
        agent_id=uuid.UUID(agent_id) if agent_id else None,
        task_id=uuid.UUID(task_id) if task_id else None,
        status=RunStatus(status) if status else None,
    )


@st.fragment
def follow_count(wanted: RunFilter, drawn_for: int) -> None:
    """Draw how many runs there are. When the grid has to grow, come or go, the page is drawn again."""
    total = drawn_for
    with shown_errors():
        total = services.runs.page_runs(actor, wanted, offset=0, limit=1).total
    if grid_height(total) != grid_height(drawn_for):
        st.rerun()
    with st.container(gap=None):
        if total:
            st.caption(f"{counted(total, 'run')}, newest first. Click one to open it.")
        live(door, ("runs",), key="history.live", without=STEPS_OF_A_RUN)


def render_grid(wanted: RunFilter, total: int) -> None:
    opened = render_run_grid(
        wanted, total=total, key=f"history.grid.{wanted.agent_id}.{wanted.task_id}.{wanted.status}"
    )
    if opened is not None and opened[1] != state.opened:
        state.opened = opened[1]
        go_to_run(run_params(opened[0]))


page_header("History", "Every run so far, with its outcome.")
with page_errors():
    filters = st.empty()
    with filters.container():
        wanted = render_filters()
    total = services.runs.page_runs(actor, wanted, offset=0, limit=1).total
    if not total and wanted == RunFilter():
        filters.empty()
        empty_state(
            "Nothing has run yet",
            "Every run will stand here with its outcome, tokens and duration, newest first.",
            key="history.empty",
        )
        st.page_link(RUN_PAGE, label="Open Run", icon=":material/arrow_forward:")
    elif not total:
        empty_state("No run fits", "Change the filters above.", key="history.no_match")
    follow_count(wanted, total)
    if total:
        render_grid(wanted, total)
