"""Mounts the form of a schema: its fields, edited in the browser without waiting for the server.

Two hundred fields would be a thousand Streamlit widgets, which no browser draws in time. Here the browser holds the
fields, shows an edit at once, and sends what was done; one small component stands for them all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from core.tasks.builder import FieldType
from pages.ui.builder.editor import form_key
from pages.ui.builder.form_state import Mark
from pages.ui.builder.form_view import build_view
from pages.ui.state import SchemaEditor

TYPE_WORDS: Final = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.CHOICE: "choice",
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "date and time",
    FieldType.TIME: "time",
    FieldType.EMAIL: "email",
    FieldType.URL: "url",
    FieldType.UUID: "uuid",
    FieldType.OBJECT: "object",
    FieldType.ONE_OF: "one of",
    FieldType.CONSTANT: "constant",
}
"""The types a person can choose for one value, in the order they are offered, and what they are called."""

_FOLDER = Path(__file__).with_suffix("")
# In the order in which they use each other; to the browser they are one file.
_SCRIPTS = (
    *("tree", "sending", "parts", "kinds", "rows", "menu", "drag", "keys"),
    *("controls", "details", "toolbar", "edits", "main"),
)
_form = st.components.v2.component(
    "benchtop_schema_form",
    js="\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS),
    css=(_FOLDER / "form.css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def render_form(editor: SchemaEditor, *, noun: str, marks: Sequence[Mark]) -> None:
    """Draw the form. What is edited in it comes back as `edits`, which `absorb` takes over in the next run."""
    view = build_view(editor.form, marks=marks, noun=noun, ids=editor.row_ids)
    types = [{"value": kind.value, "words": words} for kind, words in TYPE_WORDS.items()]
    _form(data={**view, "types": types}, key=form_key(editor), on_edits_change=lambda: None)
