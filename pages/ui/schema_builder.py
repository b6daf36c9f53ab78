"""Draws the schema builder: a form and a JSON tab over one draft, with a live preview beside them."""

from collections.abc import Callable

import streamlit as st

from core.tasks.builder import FieldType
from pages.ui.errors import show_error
from pages.ui.schema_editor import absorb, discard_json, is_finished, json_key, preview, say, settle_json, shown_json
from pages.ui.schema_fields import render_fields
from pages.ui.state import SchemaEditor
from pages.ui.text import label

_BUILDER_SPAN = 2
_COLUMNS = 3
_NARROWEST_COLUMN = 280
_JSON_HEIGHT = 420
_PREVIEW_HEIGHT = 320
_PREVIEW_LINES = 16


@st.fragment
def render_schema_builder(editor: SchemaEditor, *, noun: str, on_mended: Callable[[], None]) -> None:
    """Draw the builder. Only this is drawn again when something in it changes.

    `noun` is what fits the schema, with its article. `on_mended` is called once what a save was refused for is gone;
    then the whole page is drawn again.
    """
    absorb(editor)
    if editor.is_tried and is_finished(editor):
        editor.is_tried = False
        on_mended()
        st.rerun()
    grid = st.grid(_COLUMNS, min_column_width=_NARROWEST_COLUMN, gap="medium", key=f"{editor.prefix}.grid")
    with grid.cell(column_span=_BUILDER_SPAN):
        form_tab, json_tab = st.tabs(["Form", "JSON"], key=f"{editor.prefix}.tab", on_change="rerun")
        if form_tab.open:
            with form_tab:
                _render_form(editor, noun=noun)
        if json_tab.open:
            with json_tab:
                _render_json(editor)
    with grid.cell():
        _render_preview(editor, noun=noun)


def _render_form(editor: SchemaEditor, *, noun: str) -> None:
    if editor.json_error is not None:
        _render_pending_text(editor)
        return
    settle_json(editor)
    if editor.draft.root.type is not FieldType.OBJECT:
        st.info("This schema does not start with a plain object, so it is edited in the JSON tab.")
        return
    if not editor.draft.fields:
        st.caption(f"No fields yet. Each field is one part of {noun}; the model reads its description.")
    render_fields(editor, ())
    if editor.is_tried and (problems := editor.draft.problems()):
        lines = [f"- {label(say(problem))}" for problem in problems]
        st.warning("\n".join(lines), title="Not finished yet", icon=":material/edit_note:")
    if kept := editor.draft.root.kept_keywords:
        st.caption(label(f"Kept from the JSON as it stands: {', '.join(kept)}."))


def _render_pending_text(editor: SchemaEditor) -> None:
    st.warning(
        "Mend it there, or discard it and go on from the last schema that worked.",
        title="The JSON tab holds a text that cannot be used yet",
        icon=":material/edit_note:",
    )
    st.button("Discard the text", key=f"{editor.prefix}.discard", on_click=discard_json, args=(editor,))


def _render_json(editor: SchemaEditor) -> None:
    st.text_area(
        "JSON Schema",
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


def _render_preview(editor: SchemaEditor, *, noun: str) -> None:
    schema, example = preview(editor)
    with st.container(border=True, gap="small", key=f"{editor.prefix}.preview"):
        st.caption(f"**{noun.capitalize()} could look like this**")
        if example:
            st.code(example, language="json", wrap_lines=True)
        else:
            st.caption("No example can be made from this schema, which is judged by all the same.")
        st.caption("**JSON Schema**")
        is_long = schema.count("\n") > _PREVIEW_LINES
        st.code(schema, language="json", wrap_lines=True, height=_PREVIEW_HEIGHT if is_long else "content")
