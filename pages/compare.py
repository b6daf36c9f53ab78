"""Compare: the same input over several agents, or several states of one, side by side."""

import uuid

import streamlit as st

from core.errors import NotFoundError
from pages.ui.compare.dialogs import render_dialogs
from pages.ui.compare.earlier import render_earlier
from pages.ui.compare.opening import follow_url, query_run_ids
from pages.ui.compare.setup import START, render_setup
from pages.ui.compare.state import CompareState
from pages.ui.compare.view import Read, read_chosen, read_stored, render_comparison
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import Action, delete_dialog, empty_state, page_header, say_once, undo_bar
from pages.ui.routes import query_id
from pages.ui.shortcuts import shortcuts
from pages.ui.state import page_state

door = open_door()
state = page_state(CompareState)
services, actor = door.services, door.actor


def leave() -> None:
    """Go back to the set-up, as it was left."""
    state.close_dialogs()
    st.query_params.clear()


def find_wanted() -> Read | None:
    """Return what reads the comparison that the URL asks for; None for the set-up."""
    comparison_id, run_ids = query_id("comparison"), query_run_ids()
    if comparison_id is not None:
        return read_stored(comparison_id)
    return read_chosen(run_ids) if run_ids else None


def is_deleted(comparison_id: uuid.UUID | None) -> bool:
    return comparison_id is not None and state.undo is not None and state.undo.item_id == comparison_id


def render_wanted(read: Read) -> None:
    if is_deleted(query_id("comparison")):
        empty_state(
            "This comparison was deleted",
            "Undo brings it back with its runs.",
            action=Action("New comparison", key="compare.leave", on_click=leave),
        )
        return
    render_comparison(read)
    if state.picking is None and state.saving is None:
        return
    try:
        render_dialogs(door, state, read(door))
    except NotFoundError:  # the comparison itself says so
        state.close_dialogs()


wanted = find_wanted()
page_header(
    "Compare",
    "The same input over several agents, or several states of one, side by side.",
    action=None
    if wanted is None
    else Action("New comparison", key="compare.new", on_click=leave, icon=":material/add:", is_primary=False),
)
say_once(state)
undo_bar(state, restore=lambda comparison_id: services.comparisons.restore_comparison(actor, comparison_id))
with page_errors():
    follow_url(door, state)
    if wanted is None:
        state.shown.forget()
        render_setup(door, state)
        render_earlier()
    else:
        render_wanted(wanted)
    delete_dialog(
        state,
        noun="comparison",
        delete=lambda comparison_id: services.comparisons.delete_comparison(actor, comparison_id),
        note="Its runs go with it.",
    )
shortcuts({"Ctrl+Enter": START}, key="compare.keys")
