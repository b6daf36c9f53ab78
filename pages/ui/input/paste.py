"""The dialog that takes an input as pasted JSON."""

from functools import partial

import streamlit as st

from core.errors import InvalidInputError
from pages.ui.errors import show_error
from pages.ui.input.dialog_context import DialogContext
from pages.ui.input.leaf_values import MISSING, Unreadable, read_json
from pages.ui.layout import then_rerun
from pages.ui.state import widget_value

_HEIGHT = 260


def render_paste(context: DialogContext) -> None:
    """Open the dialog."""

    @st.dialog("Paste JSON", on_dismiss=context.state.close_dialog)
    def show() -> None:
        if context.dialog.error is not None:
            show_error(context.dialog.error)
        mark = f"{context.key}.paste.text"
        st.text_area("Input as JSON", key=mark, height=_HEIGHT, placeholder='{"…": "…"}')
        st.caption("It replaces what stands in the form.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            close = partial(then_rerun, context.state.close_dialog)
            st.button("Cancel", key=f"{context.key}.paste.cancel", on_click=close)
            st.button(
                "Fill in",
                key=f"{context.key}.paste.fill",
                type="primary",
                on_click=partial(then_rerun, partial(_take, context, mark)),
            )

    show()


def _take(context: DialogContext, mark: str) -> None:
    with context.attempt():
        value = read_json(str(widget_value(mark) or ""))
        if value is MISSING:
            raise InvalidInputError("There is nothing to fill in yet.", hint="Paste a JSON object.")
        if isinstance(value, Unreadable):
            raise InvalidInputError(value.reason, hint="Mend the text, then press Fill in again.")
        if not isinstance(value, dict):
            raise InvalidInputError("The input must be a JSON object, in curly brackets.")
        context.fill_and_close(value)
