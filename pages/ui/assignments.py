"""Which agents may do which tasks, as an agent's drawer and a task's drawer show it. Changes are stored at once."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.agents.records import AssignmentRecord
from core.errors import DashboardError
from pages.ui.door import Door
from pages.ui.errors import show_error, shown_errors
from pages.ui.live import live
from pages.ui.state import AssigningState, set_widget_value, widget_value
from pages.ui.text import render_text

_NAME_LIMIT = 56  # as many characters as stand beside the switch and the button


@dataclass(frozen=True)
class Side:
    """The assignments of one thing, and the things on the other side of them.

    `noun` is what stands on the other side, `prefix` begins the keys of the widgets. `choices` are the names that can
    be assigned; `assign` takes the id of one.
    """

    prefix: str
    noun: str
    purpose: str
    assignments: Sequence[AssignmentRecord]
    name_of: Callable[[AssignmentRecord], str]
    choices: Mapping[uuid.UUID, str]
    assign: Callable[[uuid.UUID], object]


@st.fragment
def live_assignments(
    door: Door, state: AssigningState, build_side: Callable[[], Side], *, topic: str, item_id: uuid.UUID
) -> None:
    """Draw the assignments of one thing, and again when they change elsewhere. `topic` is what its events are about."""
    with shown_errors():
        _render_side(door, state, build_side())
    live(door, (topic,), key=f"{topic}.assignments.live", item_id=item_id)


def _render_side(door: Door, state: AssigningState, side: Side) -> None:
    """Draw the assignments with a switch and a way out each, and the row that adds one."""
    st.subheader(f"{side.noun.capitalize()}s", anchor=False)
    st.caption(f"{side.purpose} Changes here are stored at once.")
    state.drawn = frozenset(assignment.id for assignment in side.assignments)
    for assignment in side.assignments:
        _render_assignment(door, state, side, assignment)
    if state.assignment_error is not None:
        show_error(state.assignment_error)
    _render_add(state, side)


def _render_assignment(door: Door, state: AssigningState, side: Side, assignment: AssignmentRecord) -> None:
    assignments, actor = door.services.assignments, door.actor
    key = f"{side.prefix}.active.{assignment.id}"
    set_widget_value(key, assignment.is_active)

    def switch() -> None:
        if assignment.id in state.drawn:
            is_active = bool(widget_value(key))
            _act(state, lambda: assignments.set_assignment_active(actor, assignment.id, is_active=is_active))

    with st.container(horizontal=True, vertical_alignment="center"):
        render_text(side.name_of(assignment), limit=_NAME_LIMIT, width="stretch")
        st.toggle("Active", key=key, on_change=switch)
        st.button(
            "Remove",
            key=f"{side.prefix}.remove.{assignment.id}",
            type="tertiary",
            on_click=lambda: _act(state, lambda: assignments.unassign(actor, assignment.id)),
        )


def _render_add(state: AssigningState, side: Side) -> None:
    article = "an" if side.noun[0] in "aeiou" else "a"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Add {article} {side.noun}",
            list(side.choices),
            index=None,
            format_func=lambda each: side.choices.get(each, ""),
            key=_choice_key(side),
            placeholder=f"Choose {article} {side.noun}" if side.choices else f"There are no {side.noun}s yet",
        )
        st.button("Assign", key=f"{side.prefix}.assign", on_click=_assign, args=(state, side))


def _choice_key(side: Side) -> str:
    return f"{side.prefix}.{side.noun}"


def _assign(state: AssigningState, side: Side) -> None:
    chosen = widget_value(_choice_key(side))
    if not isinstance(chosen, uuid.UUID):
        return
    _act(state, lambda: side.assign(chosen))
    if state.assignment_error is None:
        set_widget_value(_choice_key(side), None)


def _act(state: AssigningState, change: Callable[[], object]) -> None:
    try:
        change()
        state.assignment_error = None
    except DashboardError as error:
        state.assignment_error = error
