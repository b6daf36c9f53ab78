"""The dialog that fills in the input of an earlier run on the task."""

import json
from functools import partial

import streamlit as st

from core.runs.records import RunFilter, RunRecord
from pages.ui.badges import render_status
from pages.ui.errors import shown_errors
from pages.ui.input.dialog_context import DialogContext
from pages.ui.layout import then_rerun
from pages.ui.text import cut, label, render_text, render_time

_COUNT = 20
_INPUT_LIMIT = 110
_NAME_LIMIT = 36
_HOVER_LIMIT = 600


def render_earlier(context: DialogContext) -> None:
    """Open the dialog."""

    @st.dialog("From an earlier run", width="large", on_dismiss=context.state.close_dialog)
    def show() -> None:
        runs: list[RunRecord] = []
        with shown_errors():
            runs += _list_runs(context)
            if not runs:
                st.caption("This task has not been run yet.")
        for number, run in enumerate(runs):
            _render_run(context, run, key=f"{context.key}.earlier.{number}")

    show()


def _list_runs(context: DialogContext) -> list[RunRecord]:
    """Return the latest runs on the task, newest first, each with its input."""
    services, actor = context.door.services, context.door.actor
    page = services.history.page_runs(actor, RunFilter(task_id=context.task.id), limit=_COUNT)
    return [services.runs.get_run(actor, run.id) for run in page.items]


def _render_run(context: DialogContext, run: RunRecord, *, key: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=key):
        with st.container(gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                render_status(run.status.value)
                render_text(run.agent_name, limit=_NAME_LIMIT, width="content")
                render_time(run.queued_at)
            if run.input is None:
                st.caption("Its input is not kept any more.")
            else:
                text = _write(run.input)
                hover = label(cut(text, _HOVER_LIMIT)) if len(text) > _INPUT_LIMIT else None
                st.caption(label(cut(text, _INPUT_LIMIT)), help=hover)
        st.button(
            "Fill in",
            key=f"{key}.fill",
            disabled=run.input is None,
            on_click=partial(then_rerun, partial(context.fill_and_close, run.input)),
        )


def _write(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
