"""The dialog that keeps the present input with the task, under a name."""

from functools import partial

import streamlit as st

from core.errors import DashboardError
from core.requests import parse_request
from core.tasks.inputs import find_misfits
from core.tasks.records import FixtureDraft
from pages.ui.errors import show_error, show_field_error, show_form_error
from pages.ui.input.assembling import finished_input
from pages.ui.input.dialog_context import DialogContext
from pages.ui.layout import then_rerun
from pages.ui.state import widget_value
from pages.ui.text import cut, label

_SHOWN = 5
_LIMIT = 160


def render_keep(context: DialogContext) -> None:
    """Open the dialog."""

    @st.dialog("Keep this input", on_dismiss=context.state.close_dialog)
    def show() -> None:
        try:
            value = finished_input(context.given)
        except DashboardError as unreadable:
            show_error(unreadable)
            return
        error = context.dialog.error
        show_form_error(error, fields=frozenset({"name"}))
        mark = f"{context.key}.keep.name"
        st.text_input("Name", key=mark, placeholder="What makes this input worth trying")
        show_field_error(error, "name")
        render_fit(context, value)
        close = partial(then_rerun, context.state.close_dialog)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Cancel", key=f"{context.key}.keep.cancel", on_click=close)
            st.button(
                "Keep",
                key=f"{context.key}.keep.save",
                type="primary",
                on_click=partial(then_rerun, partial(_keep, context, value, mark)),
            )

    show()


def render_fit(context: DialogContext, value: object) -> None:
    """Say whether the task would take the value."""
    misfits = find_misfits(value, context.task.request_schema)
    if not misfits:
        st.caption(":green[:material/check:] It fits the task.")
        return
    lines = [f"- {_line(detail.place, detail.message)}" for detail in misfits[:_SHOWN]]
    more = [f"- and {len(misfits) - _SHOWN} more"] if len(misfits) > _SHOWN else []
    title = "It does not fit the task. It can be kept all the same."
    st.warning("\n".join([*lines, *more]), title=title, icon=":material/warning:")


def _line(place: str, message: str) -> str:
    name = label(place.lstrip("/").replace("/", " › "))
    return f"**{name}** {label(cut(message, _LIMIT))}" if name else label(cut(message, _LIMIT))


def _keep(context: DialogContext, value: object, mark: str) -> None:
    with context.attempt():
        draft = parse_request(FixtureDraft, {"name": widget_value(mark) or "", "input": value})
        kept = context.door.services.fixtures.create_fixture(context.door.actor, context.task.id, draft)
        context.state.close_dialog()
        context.state.toast = f"Kept “{kept.name}”."
