"""Shows a run while it runs, looking again twice a second, and the button that cancels it."""

import uuid
from datetime import UTC, datetime

import streamlit as st

from core.errors import DashboardError
from core.runs.progress import RunProgress
from core.runs.records import RunRecord
from pages.ui.badges import render_status
from pages.ui.door import Door, open_door
from pages.ui.errors import show_error
from pages.ui.long_text import render_last
from pages.ui.state import RunState, page_state
from pages.ui.text import duration

_LOOK_AGAIN_SECONDS = 0.5


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def render_progress(run_id: uuid.UUID) -> None:
    """Draw where a run stands. Once it is over the whole page is drawn again, without this."""
    door = open_door()
    try:
        run = door.services.runs.get_run(door.actor, run_id)
        progress = door.services.runs.get_progress(door.actor, run_id)
    except DashboardError as error:
        show_error(error)
        return
    if run.status.is_over:
        st.rerun()
    _render_bar(door, run, progress)
    for note in progress.notes:
        st.text(note)
    if progress.text:
        st.caption("**Answer so far**")
        render_last(progress.text)
    else:
        st.skeleton(height=160)


def _render_bar(door: Door, run: RunRecord, progress: RunProgress) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        render_status(run.status)
        st.caption(_standing(run, progress.attempt_number), width="stretch")
        st.button(
            "Cancelling…" if run.is_cancel_requested else "Cancel",
            key="run.cancel",
            icon=":material/stop:",
            disabled=run.is_cancel_requested,
            on_click=_cancel,
            args=(door, run.id),
        )


def _standing(run: RunRecord, attempt_number: int) -> str:
    waited = (datetime.now(UTC) - (run.started_at or run.queued_at)).total_seconds()
    if run.started_at is None:
        return f"Waiting for its turn · {duration(waited)}"
    if attempt_number == 0:
        return f"Preparing the request · {duration(waited)}"
    return f"Attempt {attempt_number} · {duration(waited)}"


def _cancel(door: Door, run_id: uuid.UUID) -> None:
    state = page_state(RunState)
    try:
        door.services.runs.cancel_run(door.actor, run_id)
        state.error = None
    except DashboardError as error:
        state.error = error
