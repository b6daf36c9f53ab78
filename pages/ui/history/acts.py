"""What can be done with runs that were chosen: run again, with another agent too, delete and undo."""

import uuid
from functools import partial

import streamlit as st

from core.errors import DashboardError
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.history.comparisons import comparison_dialog
from pages.ui.history.dialog_buttons import dialog_buttons
from pages.ui.history.repeating import repeat_runs
from pages.ui.history.state import Asked, HistoryState
from pages.ui.routes import RUN_PAGE, run_params
from pages.ui.state import widget_value
from pages.ui.text import counted, label

_AGENT = "history.other_agent"


def follow_acts(door: Door, state: HistoryState) -> None:
    """Open what has to be opened, say what was done, and draw the dialog that is open."""
    if state.target is not None:
        (page, query), state.target = state.target, None
        st.switch_page(page, query_params=query)
    if said := state.take_said():
        st.toast(label(said), icon=":material/check:")
    if state.error is not None and state.asked is None:
        show_error(state.error)
    dialogs = {
        Asked.DELETION: _deletion_dialog,
        Asked.REPETITION: _repetition_dialog,
        Asked.OTHER_AGENT: _other_agent_dialog,
        Asked.COMPARISON: comparison_dialog,
    }
    if state.asked is not None:
        dialogs[state.asked](door, state)


def repeat(door: Door, state: HistoryState, run_ids: tuple[uuid.UUID, ...], agent_id: uuid.UUID | None = None) -> None:
    """Start runs again. A single one is opened, of several the page says how many there are."""
    done = repeat_runs(door, run_ids, agent_id=agent_id)
    state.error = None
    if not done.started and done.refusals:
        state.error = done.refusals[0]
        return
    state.close()
    state.choose_none()
    if len(run_ids) == 1:
        state.target = (RUN_PAGE, run_params(done.started[0].id))
    else:
        state.said = done.sentence


def undo_bar(door: Door, state: HistoryState) -> None:
    """Say what was deleted and offer to restore it; draw nothing when nothing was."""
    if not state.deleted_ids:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="history.undo_bar"):
        said = f"Deleted {counted(len(state.deleted_ids), 'run')}."
        if state.kept_count:
            said += f" {_still_going(state.kept_count)}"
        st.text(said, width="stretch")
        st.button("Undo", key="history.undo", icon=":material/undo:", on_click=_restore, args=(door, state))
        st.button("Dismiss", key="history.undo_dismiss", type="tertiary", on_click=_forget_deletion, args=(state,))


def _deletion_dialog(door: Door, state: HistoryState) -> None:
    runs = counted(len(state.asked_ids), "run")

    @st.dialog(f"Delete {runs}?", on_dismiss=state.close)
    def confirm() -> None:
        if state.error is not None:
            show_error(state.error)
        st.text(f"{runs} will be deleted. You can undo this right afterwards.")
        st.caption("Runs that are still going on are kept.")
        dialog_buttons(state, "Delete", partial(_delete, door, state))

    confirm()


def _repetition_dialog(door: Door, state: HistoryState) -> None:
    runs = counted(len(state.asked_ids), "run")

    @st.dialog(f"Start {runs} again?", on_dismiss=state.close)
    def confirm() -> None:
        if state.error is not None:
            show_error(state.error)
        st.text(f"{runs} will start at once, each with its own agent, task and input.")
        st.caption("Agents and tasks are taken as they are now.")
        dialog_buttons(state, "Start", partial(repeat, door, state, state.asked_ids))

    confirm()


def _other_agent_dialog(door: Door, state: HistoryState) -> None:
    @st.dialog("Run with another agent", on_dismiss=state.close)
    def confirm() -> None:
        if state.error is not None:
            show_error(state.error)
        if state.asked_task_id is None:
            st.rerun()
        assigned = door.services.assignments.list_for_task(door.actor, state.asked_task_id)
        names = {each.agent_id: each.agent_name for each in assigned if each.is_active}
        if not names:
            st.text("No agent is assigned to this task. Assign one on the Agents page.")
            return
        st.selectbox("Agent", list(names), format_func=lambda each: names.get(each, ""), key=_AGENT)
        runs = counted(len(state.asked_ids), "run")
        st.caption(f"{runs} will start, with the same task and input.")
        dialog_buttons(state, "Start", partial(_repeat_with_other, door, state))

    confirm()


def _repeat_with_other(door: Door, state: HistoryState) -> None:
    agent_id = widget_value(_AGENT)
    if isinstance(agent_id, uuid.UUID):
        repeat(door, state, state.asked_ids, agent_id)


def _delete(door: Door, state: HistoryState) -> None:
    try:
        done = door.services.history.delete_runs(door.actor, state.asked_ids)
    except DashboardError as error:
        state.error = error
        return
    state.close()
    state.choose_none()
    state.error, state.deleted_ids, state.kept_count = None, done.deleted, len(done.kept)
    if not done.deleted:
        state.said = _still_going(len(done.kept)) if done.kept else "These runs were deleted already."


def _restore(door: Door, state: HistoryState) -> None:
    run_ids, state.deleted_ids = state.deleted_ids, ()
    try:
        count = door.services.history.restore_runs(door.actor, run_ids)
    except DashboardError as error:
        state.error = error
        return
    state.error = None
    state.said = f"Restored {counted(count, 'run')}."


def _forget_deletion(state: HistoryState) -> None:
    state.deleted_ids, state.kept_count = (), 0


def _still_going(count: int) -> str:
    verbs = "is still going on and was kept" if count == 1 else "are still going on and were kept"
    return f"{counted(count, 'run')} {verbs}."
