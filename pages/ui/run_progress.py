"""Shows a run while it runs, step by step as it happens, and the button that cancels it."""

import uuid
from datetime import UTC, datetime

import streamlit as st

from core.errors import DashboardError
from core.runs.progress import RunProgress
from core.runs.records import RunRecord
from pages.ui.badges import render_status
from pages.ui.door import Door, open_door
from pages.ui.errors import retried_errors
from pages.ui.live import live
from pages.ui.live_fields import render_live_fields
from pages.ui.run_state import RunState
from pages.ui.state import page_state
from pages.ui.stopwatch import stopwatch


@st.fragment
def render_progress(run_id: uuid.UUID) -> None:
    """Draw where a run stands, and again with each of its events. Once it is over the whole page is drawn again."""
    door = open_door()
    with retried_errors("run"):
        _render(door, run_id)
    live(door, ("runs",), key="run.live", item_id=run_id)


def _render(door: Door, run_id: uuid.UUID) -> None:
    run = door.services.runs.get_run(door.actor, run_id)
    if run.status.is_over:
        st.rerun()
    progress = door.services.runs.get_progress(door.actor, run_id)
    _render_bar(door, run, progress)
    for note in progress.notes:
        st.caption(note)
    if progress.waiting:
        st.caption(f":material/hourglass_top: {progress.waiting}")
    st.caption("**Answer so far**")
    render_live_fields(progress, run.response_schema, key="run.fields")


def _render_bar(door: Door, run: RunRecord, progress: RunProgress) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        render_status(run.status)
        waited = (datetime.now(UTC) - (run.started_at or run.queued_at)).total_seconds()
        stopwatch(_standing(run, progress.attempt_number), seconds=waited, key="run.stopwatch")
        st.button(
            "Cancelling…" if run.is_cancel_requested else "Cancel",
            key="run.cancel",
            icon=":material/stop:",
            disabled=run.is_cancel_requested,
            on_click=_cancel,
            args=(door, run.id),
        )


def _standing(run: RunRecord, attempt_number: int) -> str:
    if run.started_at is None:
        return "Waiting for its turn"
    return f"Attempt {attempt_number}" if attempt_number else "Preparing the request"


def _cancel(door: Door, run_id: uuid.UUID) -> None:
    state = page_state(RunState)
    try:
        door.services.runs.cancel_run(door.actor, run_id)
        state.error = None
    except DashboardError as error:
        state.error = error
