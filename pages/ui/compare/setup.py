"""The set-up of a comparison: the task, the input, the columns, how often, and the button that starts it."""

import uuid

import streamlit as st

from core.errors import DashboardError, Detail, InvalidInputError
from core.requests import parse_request
from core.runs.comparing.records import MAX_REPEATS, MAX_RUNS, ComparisonColumnDraft, ComparisonDraft
from core.tasks.records import TaskRecord
from pages.ui.compare.column_drawer import column_drawer
from pages.ui.compare.columns import list_problems, render_columns
from pages.ui.compare.shelf import Shelf
from pages.ui.compare.state import CompareState
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.input.task_input import InputForm, finished_input, render_task_input
from pages.ui.layout import empty_state
from pages.ui.routes import AGENTS_PAGE, TASKS_PAGE, compare_params
from pages.ui.run_check import typed_value
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import counted, label

KEY = "compare"
"""What the keys of the input begin with."""
START = "compare.start"
_TASK = "compare.task"
_REPEATS = "compare.repeats"


def render_setup(door: Door, state: CompareState) -> None:
    """Draw the set-up; without a task or an agent for it, what to do next."""
    tasks = door.services.tasks.list_tasks(door.actor)
    if not tasks:
        empty_state(
            "No task yet",
            "A task says which answer is wanted. Agents are compared on one task with one input.",
            link=(TASKS_PAGE, "Add a task"),
            key="compare.no_task",
        )
        return
    grid = st.grid(2, min_column_width=380, gap="medium", key="compare.grid")
    with grid.cell():
        task = _render_task(state, tasks)
        if task is None:
            return
        shelf = state.kept.read(door, f"shelf of {task.id}", lambda: Shelf(door, task.id))
        given = render_task_input(door, state.input, task, key=KEY)
    with grid.cell():
        if shelf.agents:
            _render_start(door, state, shelf, task=task, given=given)
        else:
            empty_state(
                "No active agent may do this task",
                "Assign agents to it, or switch one on. Two states of one agent can be compared as well.",
                link=(AGENTS_PAGE, "Open Agents"),
                key="compare.no_agent",
            )


def _render_task(state: CompareState, tasks: list[TaskRecord]) -> TaskRecord | None:
    """Draw the choice of the task; None where the one that was chosen is gone: no other takes its place unasked."""
    by_id, setup = {task.id: task for task in tasks}, state.setup
    if setup.task_id is None:
        setup.task_id = next((task.id for task in tasks if task.agent_count), tasks[0].id)
    task = by_id.get(setup.task_id)
    set_widget_value(_TASK, task.id if task is not None else None)

    def choose() -> None:
        chosen = widget_value(_TASK)
        if isinstance(chosen, uuid.UUID):
            setup.task_id, state.start_error, state.input.errors = chosen, None, ()

    st.selectbox(
        "Task",
        list(by_id),
        format_func=lambda task_id: by_id[task_id].name,
        index=0 if task is not None else None,  # None would offer to clear it
        placeholder="Choose a task",
        key=_TASK,
        on_change=choose,
    )
    if task is None:
        st.caption(":material/info: The task that was chosen is not there any more. Choose another.")
    elif task.description:
        st.caption(label(task.description))
    return task


def _render_start(door: Door, state: CompareState, shelf: Shelf, *, task: TaskRecord, given: InputForm | str) -> None:
    with st.container(gap="xxsmall"):
        st.caption("**Columns**")
        st.caption("Each one answers the same input. Two may be the same agent in different states.")
    render_columns(door, state, shelf, task=task, value=typed_value(given))
    _render_repeats(state)
    pressed = st.button(
        "Compare",
        key=START,
        type="primary",
        icon=":material/compare_arrows:",
        disabled=state.setup.run_count > MAX_RUNS,
        help="Ctrl+Enter",
        width="stretch",
    )
    _render_start_error(state)
    if pressed:
        _start(door, state, task=task, given=given)
    column_drawer(door, state, shelf)


def _render_repeats(state: CompareState) -> None:
    setup = state.setup
    set_widget_value(_REPEATS, setup.repeat_count)

    def take() -> None:
        value = widget_value(_REPEATS)
        setup.repeat_count = value if isinstance(value, int) else 1

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.number_input(
            "Repeats",
            min_value=1,
            max_value=MAX_REPEATS,
            value="min",
            step=1,
            key=_REPEATS,
            width=140,
            help="How often each column runs, to see how far its own answers agree.",
            on_change=take,
        )
        said = f"{len(setup.columns)} columns × {setup.repeat_count} = {counted(setup.run_count, 'run')}"
        if setup.run_count > MAX_RUNS:
            st.caption(f":red[:material/error: {said}; at most {MAX_RUNS}. Lower the repeats or remove a column.]")
        else:
            st.caption(said)


def _start(door: Door, state: CompareState, *, task: TaskRecord, given: InputForm | str) -> None:
    """Start the comparison and put it into the URL; what stands in its way is shown where it is."""
    try:
        draft = parse_request(
            ComparisonDraft,
            {
                "task_id": task.id,
                "input": finished_input(given),
                "columns": _draft_columns(state),
                "repeat_count": state.setup.repeat_count,
            },
        )
        comparison = door.services.comparisons.start_comparison(door.actor, draft)
    except DashboardError as error:
        state.start_error = error
        state.input.errors = tuple(each for each in error.details if not each.place.startswith("columns/"))
        st.rerun()  # so that the columns and fields, which are drawn already, show what is wrong with them
    state.start_error, state.input.errors = None, ()
    state.seen = compare_params(comparison_id=comparison.id)
    st.query_params.from_dict(state.seen)
    st.rerun()


def _draft_columns(state: CompareState) -> list[ComparisonColumnDraft]:
    drafts = [column.draft() for column in state.setup.columns]
    missing = [
        Detail(place=f"columns/{place}/agent_id", message="Choose an agent.")
        for place, draft in enumerate(drafts, start=1)
        if draft is None
    ]
    if missing:
        raise InvalidInputError("A column has no agent.", details=missing)
    return [draft for draft in drafts if draft is not None]


def _render_start_error(state: CompareState) -> None:
    """Draw what stood in the way of the last start, without what stands at a column already."""
    error = state.start_error
    if error is None:
        return
    places = range(1, len(state.setup.columns) + 1)
    is_marked = any(list_problems(error, place) for place in places)
    shown = type(error)(error.message, hint=error.hint or ("See the marked column." if is_marked else ""))
    show_error(shown)
