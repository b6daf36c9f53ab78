"""The dialog “Start from”: six ways to a schema, each ending in a proposal that is looked at before it is used."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.tasks.sources.gallery import GALLERY, Template
from pages.ui.builder.describe import render_describe
from pages.ui.builder.proposal import render_proposal
from pages.ui.builder.start_reading import MAX_FILE_MEGABYTES, propose_template, read_file, read_way
from pages.ui.builder.start_state import OpenStart, SentFile, Way
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.state import SchemaEditor, page_state, set_widget_value, widget_value
from pages.ui.text import cut

_TEXT_HEIGHT = 180
_FILE_SHOWN = 2_000  # characters
_NAME_LIMIT = 60  # characters


class _Source(NamedTuple):
    """What a way reads: how it is asked for, an example of it, and the endings of its files."""

    about: str
    placeholder: str
    endings: tuple[str, ...]


_SOURCES: Final[Mapping[Way, _Source]] = {
    Way.EXAMPLES: _Source(
        "One or several answers as JSON: one after another, one on each line, or a list of objects. "
        "Types, formats, choices and which fields are required are read from them.",
        '{"title": "Printer on fire", "urgent": true}\n{"title": "New keyboard", "urgent": false, "room": 12}',
        ("json", "jsonl", "ndjson", "txt"),
    ),
    Way.CSV: _Source(
        "A header and some rows below it. Each column becomes a field, its type read from the rows.",
        "title,urgent,room\nPrinter on fire,true,\nNew keyboard,false,12",
        ("csv", "tsv", "txt"),
    ),
    Way.JSON_SCHEMA: _Source(
        "A JSON Schema of draft-07, 2019-09 or 2020-12, also inside the request of a provider. "
        "What has to change is listed before you use it.",
        '{"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}',
        ("json", "txt"),
    ),
    Way.PYDANTIC: _Source(
        "The source of a Pydantic model, with the classes it needs. It is read, never run.",
        "class Ticket(BaseModel):\n    title: str\n    room: int | None = None",
        ("py", "txt"),
    ),
}
_ICONS: Final[Mapping[Way, str]] = {
    Way.EXAMPLES: ":material/data_object:",
    Way.CSV: ":material/table_rows:",
    Way.JSON_SCHEMA: ":material/schema:",
    Way.PYDANTIC: ":material/code:",
    Way.GALLERY: ":material/grid_view:",
    Way.IN_WORDS: ":material/chat:",
}


def render_start(door: Door, editor: SchemaEditor, *, noun: str) -> None:
    """Draw the button “Start from…”, and the dialog while it is open. `noun` is what fits the schema, with its article.

    Draw either this or `render_empty_start` in one run: each brings the dialog, and two would be an error.
    """
    st.button(
        "Start from…",
        key=f"{editor.prefix}.start.open",
        icon=":material/auto_awesome:",
        on_click=_open,
        args=(editor, editor.start.way),
        help="An example, a CSV, a JSON Schema, a Pydantic model, a ready shape, or your own words.",
    )
    _start_dialog(door, editor, noun=noun)


def render_empty_start(door: Door, editor: SchemaEditor, *, noun: str) -> None:
    """Draw what stands in the place of fields while there are none: the ways to start, and the dialog once open."""
    with st.container(border=True, gap="xsmall", key=f"{editor.prefix}.start.empty"):
        st.text(f"No fields yet. Each field is one part of {noun}.")
        st.caption("Add one, or start from …")
        with st.container(horizontal=True, gap="xsmall"):
            for way in Way:
                key = f"{_way_key(editor, way)}.open"
                st.button(way.value, key=key, type="tertiary", icon=_ICONS[way], on_click=_open, args=(editor, way))
    _start_dialog(door, editor, noun=noun)


def _open(editor: SchemaEditor, way: Way) -> None:
    page_state(OpenStart).prefix = editor.prefix
    editor.start.way = way
    set_widget_value(f"{editor.prefix}.start.way", way.value)


def _close(editor: SchemaEditor) -> None:
    _keep_typed(editor)
    page_state(OpenStart).close()


def _start_dialog(door: Door, editor: SchemaEditor, *, noun: str) -> None:
    if page_state(OpenStart).prefix != editor.prefix:
        return

    @st.dialog("Start from", width="large", on_dismiss=partial(_close, editor))
    def show() -> None:
        _keep_typed(editor)
        way = editor.start.way = _choose_way(editor)
        if way is Way.GALLERY:
            _render_gallery(editor)
        elif way is Way.IN_WORDS:
            render_describe(door, editor, noun=noun)
        else:
            _render_source(editor, way)

    show()


def _choose_way(editor: SchemaEditor) -> Way:
    key = f"{editor.prefix}.start.way"
    if widget_value(key) is None:
        set_widget_value(key, editor.start.way.value)
    chosen = st.segmented_control(
        "Start from", [way.value for way in Way], key=key, required=True, label_visibility="collapsed", wrap=True
    )
    return Way(chosen or editor.start.way)


def _keep_typed(editor: SchemaEditor) -> None:
    """Remember what stands in the text areas, which Streamlit forgets once another way is looked at."""
    for way in _SOURCES:
        typed = widget_value(_text_key(editor, way))
        if isinstance(typed, str):
            editor.start.texts[way] = typed


def _render_source(editor: SchemaEditor, way: Way) -> None:
    st.caption(_SOURCES[way].about)
    file = editor.start.files.get(way)
    if file is None:
        text = _ask_for_text(editor, way)
    else:
        text = file.text
        _render_file(editor, way, file)
    if file is not None and file.error is not None:
        show_error(file.error)
    elif file is not None and not text.strip():
        st.caption("The file is empty.")
    else:
        _render_reading(editor, way, text)


def _ask_for_text(editor: SchemaEditor, way: Way) -> str:
    key = _text_key(editor, way)
    source = _SOURCES[way]
    if widget_value(key) is None:
        set_widget_value(key, editor.start.texts.get(way, ""))
    typed = st.text_area(
        way.value, key=key, height=_TEXT_HEIGHT, placeholder=source.placeholder, label_visibility="collapsed"
    )
    file_key = f"{_way_key(editor, way)}.file.{editor.start.file_round}"
    st.file_uploader(
        "Or a file",
        type=source.endings,
        key=file_key,
        max_upload_size=MAX_FILE_MEGABYTES,
        on_change=_take_file,
        args=(editor, way, file_key),
    )
    return typed or ""


def _take_file(editor: SchemaEditor, way: Way, key: str) -> None:
    file = widget_value(key)
    if isinstance(file, UploadedFile):
        editor.start.take_file(way, read_file(file.name, file.getvalue()))


def _render_file(editor: SchemaEditor, way: Way, file: SentFile) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"From the file “{cut(file.name, _NAME_LIMIT)}”.", width="stretch")
        st.button(
            "Remove the file",
            key=f"{_way_key(editor, way)}.drop",
            icon=":material/close:",
            on_click=editor.start.drop_file,
            args=(way,),
            help="What was typed before comes back.",
        )
    if file.text.strip():
        shown = file.text[:_FILE_SHOWN]
        st.code(shown, language=None, line_numbers=True, height=160)
        if len(shown) < len(file.text):
            st.caption(f"These are the first {_FILE_SHOWN:,} of {len(file.text):,} characters. All are read.")


def _render_reading(editor: SchemaEditor, way: Way, text: str) -> None:
    start, key = editor.start, _way_key(editor, way)
    reading = start.readings.get(way)
    asked = (text, start.model if way is Way.PYDANTIC else "")
    if reading is None or reading.asked != asked:
        with st.spinner("Reading…", show_time=False):
            reading = start.readings[way] = read_way(way, text, model=asked[1])
    if len(reading.models) > 1:
        _choose_model(editor, reading.models)
    if reading.error is not None:
        show_error(reading.error, with_details=len(reading.error.details) > 1)
    elif reading.proposal is not None:
        render_proposal(editor, reading.proposal, key=key, on_accept=partial(_keep_typed, editor))
    else:
        st.button("Read it", key=f"{key}.read", help="Leaving the text does the same.")


def _choose_model(editor: SchemaEditor, models: tuple[str, ...]) -> None:
    key = f"{_way_key(editor, Way.PYDANTIC)}.model"
    chosen = editor.start.model if editor.start.model in models else models[-1]
    if widget_value(key) not in models:
        set_widget_value(key, chosen)
    st.selectbox("Start from the model", models, key=key, on_change=_take_model, args=(editor, key))


def _take_model(editor: SchemaEditor, key: str) -> None:
    editor.start.model = str(widget_value(key, ""))


def _render_gallery(editor: SchemaEditor) -> None:
    st.caption("Ready shapes for common tasks. Choose one to see its fields and an answer that fits it.")
    key = f"{_way_key(editor, Way.GALLERY)}.template"
    titles = {template.key: template.title for template in GALLERY}
    if widget_value(key) is None and editor.start.template:
        set_widget_value(key, editor.start.template)
    chosen = st.pills("Shape", list(titles), key=key, format_func=lambda one: titles[one], label_visibility="collapsed")
    editor.start.template = chosen or ""
    for template in GALLERY:
        if template.key == chosen:
            _render_template(editor, template)


def _render_template(editor: SchemaEditor, template: Template) -> None:
    st.text(template.purpose)
    proposal = propose_template(template)
    render_proposal(editor, proposal, key=_way_key(editor, Way.GALLERY), on_accept=partial(_keep_typed, editor))
    st.caption("An answer that fits it:")
    st.code(json.dumps(template.example, indent=2, ensure_ascii=False), language="json", wrap_lines=True)


def _way_key(editor: SchemaEditor, way: Way) -> str:
    return f"{editor.prefix}.start.{way.name.lower()}"


def _text_key(editor: SchemaEditor, way: Way) -> str:
    return f"{_way_key(editor, way)}.text"
