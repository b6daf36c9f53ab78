"""Draws the schema builder: a form and a JSON tab over one draft, and beside them what comes of it."""

from collections.abc import Callable

import streamlit as st

from core.tasks.builder import FieldType
from pages.ui.builder.advised import may_fix
from pages.ui.builder.editor import (
    absorb,
    discard_json,
    is_changed,
    is_finished,
    json_key,
    problems_to_show,
    settle_json,
    shown_json,
)
from pages.ui.builder.form import render_form
from pages.ui.builder.form_state import Mark
from pages.ui.builder.panel import refresh_tried, render_panel
from pages.ui.builder.start_from import render_empty_start, render_start
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.leaving import warn_before_leaving
from pages.ui.state import SchemaEditor

_BUILDER_SPAN = 2
_COLUMNS = 3
_NARROWEST_COLUMN = 280
_JSON_HEIGHT = 480


@st.fragment
def render_schema_builder(door: Door, editor: SchemaEditor, *, noun: str, on_mended: Callable[[], None]) -> None:
    """Draw the builder. Only this is drawn again when something in it changes.

    `noun` is what fits the schema, with its article. `on_mended` is called once what a save was refused for is gone;
    then the whole page is drawn again.
    """
    absorb(editor)
    if editor.is_tried and is_finished(editor):
        editor.is_tried = False
        on_mended()
        st.rerun()
    refresh_tried(editor)
    grid = st.grid(_COLUMNS, min_column_width=_NARROWEST_COLUMN, gap="medium", key=f"{editor.prefix}.grid")
    with grid.cell(column_span=_BUILDER_SPAN):
        form_tab, json_tab = st.tabs(["Form", "JSON"], key=f"{editor.prefix}.tab", on_change="rerun")
        if form_tab.open:
            with form_tab:
                _render_form(door, editor, noun=noun)
        if json_tab.open:
            with json_tab:
                _render_json(editor)
    with grid.cell(), st.container(key=f"{editor.prefix}.beside"):
        render_panel(editor, noun=noun)
    warn_before_leaving(is_changed=is_changed(editor), key=f"{editor.prefix}.leaving")


def _render_form(door: Door, editor: SchemaEditor, *, noun: str) -> None:
    if editor.json_error is not None:
        _render_pending_text(editor)
        return
    settle_json(editor)
    if editor.draft.root.type is FieldType.OTHER:
        st.info("The form has no fields for a schema like this one. It is edited in the JSON tab, and kept as it is.")
        return
    is_empty = not editor.draft.fields and not editor.draft.definitions and editor.draft.root.type is FieldType.OBJECT
    if is_empty:
        render_empty_start(door, editor, noun=noun)
    else:
        render_start(door, editor, noun=noun)
    render_form(editor, noun=noun, marks=_marks(editor))


def _marks(editor: SchemaEditor) -> list[Mark]:
    """Return what the schema lacks, and what is wrong with the value tried last."""
    gaps = problems_to_show(editor)
    return [*(Mark(editor.draft.path_to(gap.place), gap.message) for gap in gaps), *editor.marks]


def _render_pending_text(editor: SchemaEditor) -> None:
    st.warning(
        "Mend it there, or discard it and go on from the last schema that worked.",
        title="The JSON tab holds a text that cannot be used yet",
        icon=":material/edit_note:",
    )
    st.button("Discard the text", key=f"{editor.prefix}.discard", on_click=discard_json, args=(editor,))


def _render_json(editor: SchemaEditor) -> None:
    has_clash = editor.json_error is None and not may_fix(editor.draft)
    if has_clash:
        st.warning(
            "JSON holds only one of two fields with the same name. Name them apart in the form, then edit here.",
            icon=":material/edit_note:",
        )
    st.text_area(
        "JSON Schema",
        disabled=has_clash,
        value=shown_json(editor),
        key=json_key(editor),
        height=_JSON_HEIGHT,
        label_visibility="collapsed",
        placeholder='{"type": "object", "properties": {…}}',
    )
    if editor.json_error is not None:
        show_error(editor.json_error, with_details=len(editor.json_error.details) > 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Apply",
            key=f"{editor.prefix}.apply",
            on_click=_apply,
            args=(editor,),
            icon=":material/check:",
            help="Take the text over into the form. Leaving the text does the same.",
        )
        if editor.json_error is None:
            st.caption("In step with the form.", width="content")
        else:
            st.button(
                "Discard the text",
                key=f"{editor.prefix}.discard",
                type="tertiary",
                on_click=discard_json,
                args=(editor,),
            )


def _apply(editor: SchemaEditor) -> None:
    absorb(editor)
    settle_json(editor)
