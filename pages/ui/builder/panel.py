"""Draws what stands beside the form: the schema as JSON and Python, an example, a value to try, and advice.

Only the tab that is open computes anything, since the panel is drawn again after every edit.
"""

import streamlit as st

from pages.ui.builder.advice import render_advice
from pages.ui.builder.previews import Preview, example_of, plain_text, python_of, written
from pages.ui.builder.try_value import refresh_tried, render_try
from pages.ui.errors import show_error
from pages.ui.state import SchemaEditor

__all__ = ["refresh_tried", "render_panel"]

_TABS = ("JSON", "Python", "Example", "Try", "Advice")
_HEIGHT = 480
_TALL_LINES = 20
# Colours cost a browser six elements a line: at 1,500 lines 60 to 120 ms for every edit, and nothing without them.
_COLOURED_LINES = 250
_COLOURED_CHARACTERS = 20_000


def render_panel(editor: SchemaEditor, *, noun: str) -> None:
    """Draw the panel. `noun` is what fits the schema, with its article. Call `refresh_tried` before the form."""
    with st.container(key=f"{editor.prefix}.panel"):
        tabs = st.tabs(_TABS, key=f"{editor.prefix}.panel.tab", on_change="rerun")
        opened = next((number for number, tab in enumerate(tabs) if tab.open), 0)
        with tabs[opened]:
            if editor.json_error is not None:
                st.caption("From the last schema that worked, not from the text in the JSON tab.")
            _render_open(editor, _TABS[opened], noun=noun)


def _render_open(editor: SchemaEditor, tab: str, *, noun: str) -> None:
    if tab == "Try":
        render_try(editor, noun=noun)
        return
    if tab == "Advice":
        render_advice(editor)
        return
    draft = editor.draft.without_unnamed()
    if draft is not editor.draft:
        st.caption("Fields without a name yet are left out.")
    schema = draft.to_json_schema()
    if tab == "JSON":
        _render_code(Preview(written(schema)), language="json")
    elif tab == "Python":
        _render_code(python_of(schema, name=noun.split()[-1].capitalize()), language="python")
    else:
        _render_code(example_of(schema), language="json")


def _render_code(preview: Preview, *, language: str) -> None:
    if preview.error is not None:
        show_error(preview.error, with_details=len(preview.error.details) > 1)
        return
    lines = preview.text.count("\n")
    is_short = lines <= _COLOURED_LINES and len(preview.text) <= _COLOURED_CHARACTERS
    st.code(
        plain_text(preview.text),
        language=language if is_short else None,
        height=_HEIGHT if lines > _TALL_LINES else "content",
    )
