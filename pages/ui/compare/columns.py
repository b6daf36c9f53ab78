"""The columns of a comparison to be: which agent, in which state, changed how."""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

import streamlit as st

from core.agents.records import AgentRecord, AgentVersionRecord
from core.errors import DashboardError, Detail
from core.runs.comparing.records import MAX_COLUMNS
from core.tasks.records import TaskRecord
from pages.ui.compare.column_notices import render_column_notices
from pages.ui.compare.setup_state import ColumnSetup, CompareSetup
from pages.ui.compare.shelf import Shelf
from pages.ui.compare.state import CompareState
from pages.ui.door import Door
from pages.ui.errors import show_field_error
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import cut, label, relative_time

_VERSION_WIDTH = 150
_LOST = "The agent that stood here is switched off, deleted or not assigned to the task. Choose another."


class _More(StrEnum):
    DUPLICATE = "Duplicate"
    REMOVE = "Remove"


def render_columns(door: Door, state: CompareState, shelf: Shelf, *, task: TaskRecord, value: object) -> None:
    """Draw a box for each column, and the button that adds one; `value` is the input as far as it is typed."""
    setup = state.setup
    setup.settle(list(shelf.agents))
    for place, column in enumerate(setup.columns, start=1):
        with st.container(border=True, gap="xsmall", key=f"compare.column.{column.number}"):
            _render_choices(state, shelf, column, place=place)
            _render_state(state, shelf, column, place=place)
            render_column_notices(door, shelf, column, task=task, value=value)
    with st.container(key="compare.twins"):  # a place that is always there: else all below it would be drawn anew
        _render_twins(setup)
    st.button(
        "Add column",
        key="compare.add",
        icon=":material/add:",
        disabled=not setup.can_grow,
        help=None if setup.can_grow else f"A comparison has at most {MAX_COLUMNS} columns.",
        on_click=partial(_add_next, setup, shelf),
    )


def _render_choices(state: CompareState, shelf: Shelf, column: ColumnSetup, *, place: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.text(f"{place}", width="content")
        _render_agent(state, shelf, column, place=place)
        _render_version(state, shelf, column, place=place)


def _render_agent(state: CompareState, shelf: Shelf, column: ColumnSetup, *, place: int) -> None:
    key = f"compare.column.{column.number}.agent"
    set_widget_value(key, column.agent_id)

    def choose() -> None:
        column.choose_agent(_chosen(key))
        state.start_error = None

    st.selectbox(
        f"Agent of column {place}",
        list(shelf.agents),
        format_func=lambda agent_id: shelf.agents[agent_id].name,
        index=0 if column.agent_id in shelf.agents else None,  # None would offer to clear it
        placeholder="Choose an agent",
        key=key,
        label_visibility="collapsed",
        on_change=choose,
    )


def _render_version(state: CompareState, shelf: Shelf, column: ColumnSetup, *, place: int) -> None:
    agent = shelf.agents.get(column.agent_id) if column.agent_id is not None else None
    versions = shelf.versions(agent) if agent is not None else {}
    if agent is None or not versions:
        return
    if column.agent_version not in versions:
        column.agent_version = None
    key = f"compare.column.{column.number}.version"
    numbers = [0, *versions]  # 0: the current one, so that a state that is saved meanwhile is taken too
    set_widget_value(key, column.agent_version or 0)

    def choose() -> None:
        chosen = widget_value(key)
        column.agent_version = chosen if isinstance(chosen, int) and chosen else None
        state.start_error = None

    st.selectbox(
        f"Version of column {place}",
        numbers,
        format_func=lambda number: _say_version(number, agent, versions),
        key=key,
        label_visibility="collapsed",
        on_change=choose,
        width=_VERSION_WIDTH,
    )


def _say_version(number: int, agent: AgentRecord, versions: Mapping[int, AgentVersionRecord]) -> str:
    if number == 0:
        return f"v{agent.version}, current"
    return f"v{number}, {relative_time(versions[number].created_at)}"


def _render_more(state: CompareState, column: ColumnSetup) -> None:
    setup = state.setup
    key = f"compare.column.{column.number}.more"
    options = [
        *((_More.DUPLICATE,) if setup.can_grow else ()),
        *((_More.REMOVE,) if setup.can_shrink else ()),
    ]

    def act() -> None:
        state.start_error = None
        if widget_value(key) is _More.DUPLICATE:
            setup.duplicate(column)
        elif widget_value(key) is _More.REMOVE:
            setup.remove(column)

    st.menu_button(
        "",
        options,
        icon=":material/more_horiz:",
        key=key,
        format_func=lambda option: option.value,
        help="Duplicate or remove this column",
        on_click=act,
    )


def _render_state(state: CompareState, shelf: Shelf, column: ColumnSetup, *, place: int) -> None:
    base = shelf.find_base(column)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if base is not None:
                st.caption(label(f"{cut(base.model_name, 40)} by {base.provider_name}"), width="content")
            for words in shelf.tell_changes(column):
                st.badge(label(cut(words, 70)), color="blue")
        st.button(
            "Change…",
            key=f"compare.column.{column.number}.change",
            icon=":material/tune:",
            help="Try another model, other prompts or settings in this column only.",
            disabled=base is None,
            on_click=partial(state.open_change, column.number),
        )
        _render_more(state, column)
    lost = [_LOST] if column.is_lost else []
    for problem in lost or list_problems(state.start_error, place):
        show_field_error(DashboardError("", details=[Detail(place="", message=problem)]), "")


def list_problems(error: DashboardError | None, place: int) -> list[str]:
    """Return what an error says about the column at this place, counted from 1."""
    mark = f"columns/{place}"
    details = error.details if error is not None else ()
    return [each.message for each in details if each.place == mark or each.place.startswith(f"{mark}/")]


def _render_twins(setup: CompareSetup) -> None:
    """Say which columns are the same: that is an oversight, since repeats are there for chance."""
    first: dict[object, int] = {}
    for place, column in enumerate(setup.columns, start=1):
        draft = column.draft()
        twin = first.setdefault(draft.model_dump_json(), place) if draft is not None else place
        if twin != place:
            st.caption(f":material/info: Columns {twin} and {place} are the same. Choose another agent or change one.")


def _add_next(setup: CompareSetup, shelf: Shelf) -> None:
    """Add a column with an agent that is not there yet; where all are, with the last column's once more."""
    used = {column.agent_id for column in setup.columns}
    unused = next((agent_id for agent_id in shelf.agents if agent_id not in used), None)
    if unused is not None:
        setup.add(agent_id=unused)
    else:
        setup.duplicate(setup.columns[-1])


def _chosen(key: str) -> uuid.UUID | None:
    chosen = widget_value(key)
    return chosen if isinstance(chosen, uuid.UUID) else None
