"""The editor of a task, which fills the page: its name, what it asks for and what it answers with."""

import uuid
from functools import partial

import streamlit as st

from core.errors import DashboardError, InvalidSchemaError
from core.requests import parse_request
from core.tasks.records import TaskDraft, TaskRecord
from pages.ui.builder.builder import render_schema_builder
from pages.ui.builder.describe import stop_describing
from pages.ui.builder.editor import absorb, finished_schema, is_changed, open_editor
from pages.ui.changed_note import changed_note
from pages.ui.chosen_parts import colour_chosen_parts
from pages.ui.door import Door
from pages.ui.errors import show_error, show_field_error
from pages.ui.layout import then_rerun
from pages.ui.leaving import warn_before_leaving
from pages.ui.live_note import live_note
from pages.ui.routes import query_id
from pages.ui.shortcuts import shortcuts
from pages.ui.state import SchemaEditor, TaskEditor, TasksState, set_widget_value, widget_value
from pages.ui.text import label

_NAME = "tasks.name"
_DESCRIPTION = "tasks.description"
_BY_FORM = "tasks.by_form"
_MENDS = "tasks.mends_answers"
_STORES = "tasks.stores_content"


def open_new(state: TasksState) -> None:
    """Show the editor with an empty task."""
    _open(state, None)


def open_stored(state: TasksState, task: TaskRecord) -> None:
    """Show the editor with a stored task."""
    _open(state, task)


def follow_url(door: Door, state: TasksState) -> None:
    """Show the editor when the URL asks for it. Opening a URL changes nothing that is stored."""
    wanted = query_id("edit")
    editor = state.editor
    if wanted is not None and (editor is None or editor.task_id != wanted):
        try:
            _open(state, door.services.tasks.get_task(door.actor, wanted))
        except DashboardError as error:
            state.error = error
            _clear_url()
    elif editor is None and "new" in st.query_params:
        _open(state, None)
    elif editor is not None and wanted is None and "new" not in st.query_params:
        _write_url(editor)


def render_editor(door: Door, state: TasksState, editor: TaskEditor) -> None:
    """Draw the editor. Save and Cancel stay in sight at the bottom."""
    absorb(editor.response)
    absorb(editor.request)
    _render_header(editor)
    if editor.task_id is not None:
        changed_note(door, "tasks", editor.task_id, is_changed=partial(_is_stale, door, editor))
    _render_naming(editor)
    answer_tab, input_tab = st.tabs(["Answer", "Input"], key=f"{editor.response.prefix}.part", on_change="rerun")
    if answer_tab.open:
        with answer_tab:
            _render_answer(door, editor)
    if input_tab.open:
        with input_tab:
            _render_input(door, editor)
    with st.bottom:
        if editor.error is not None:
            show_error(editor.error, with_details=False)
        with st.container(horizontal=True, horizontal_alignment="right"):
            # A click that comes with the last edit of the form, in one message, would draw only the form again.
            st.button("Cancel", key="tasks.cancel", on_click=then_rerun, args=(partial(_cancel, door, state, editor),))
            save = partial(_save, door, state)
            st.button("Save", key="tasks.save", type="primary", help="Ctrl+S", on_click=then_rerun, args=(save,))
    warn_before_leaving(is_changed=_is_renamed(editor), key="tasks.leaving")
    _discard_dialog(door, state, editor)
    shortcuts({"Ctrl+S": "tasks.save"}, key="tasks.keys")


def _render_answer(door: Door, editor: TaskEditor) -> None:
    st.caption("The fields an answer must have. Every answer of the model is judged by this schema.")
    render_schema_builder(door, editor.response, noun="an answer", on_mended=editor.forget_error)
    _keep(_MENDS, editor.mends_answers)
    editor.mends_answers = st.toggle(
        "Mend small slips before asking again",
        key=_MENDS,
        help="“41” for a number, a lone item for a list, words around the JSON: mended, and listed at the attempt. "
        "Off: each costs a retry.",
    )
    _keep(_STORES, editor.stores_content)
    editor.stores_content = st.toggle("Store inputs and answers", key=_STORES)
    if not editor.stores_content:
        st.caption(
            "Off: inputs, requests and answers stay in memory, where they can be seen for 15 minutes after a run. Only "
            "figures are stored: status, tokens, cost, time, and where an answer did not fit."
        )


def _render_input(door: Door, editor: TaskEditor) -> None:
    _keep(_BY_FORM, editor.asks_by_form)
    editor.asks_by_form = st.toggle(
        "Ask for input by a form", key=_BY_FORM, help="Off: the input is plain text. On: it has fields of its own."
    )
    if editor.asks_by_form:
        st.caption("The fields an input must have. A prompt template of an agent names them as {{field}}.")
        render_schema_builder(door, editor.request, noun="an input", on_mended=editor.forget_error)
    else:
        st.caption("The input of this task is plain text.")


def _is_renamed(editor: TaskEditor) -> bool:
    """Return whether something beside the schemas was changed."""
    return _list_choices(editor) != editor.opened


def _list_choices(editor: TaskEditor) -> tuple[str, str, bool, bool, bool]:
    return editor.name, editor.description, editor.asks_by_form, editor.mends_answers, editor.stores_content


def _is_any_changed(editor: TaskEditor) -> bool:
    return _is_renamed(editor) or is_changed(editor.response) or is_changed(editor.request)


def _cancel(door: Door, state: TasksState, editor: TaskEditor) -> None:
    absorb(editor.response)
    absorb(editor.request)
    _read_naming(editor)
    if _is_any_changed(editor):
        editor.is_asked = True
    else:
        _close(door, state)


def _discard_dialog(door: Door, state: TasksState, editor: TaskEditor) -> None:
    if not editor.is_asked:
        return

    @st.dialog("Discard the changes?", on_dismiss=editor.stay)
    def confirm() -> None:
        st.text("What you changed since the task was last saved will be lost.")
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Keep editing", key="tasks.stay", on_click=then_rerun, args=(editor.stay,))
            close = partial(_close, door, state)
            st.button("Discard", key="tasks.discard", type="primary", on_click=then_rerun, args=(close,))

    confirm()


def _is_stale(door: Door, editor: TaskEditor) -> bool:
    if editor.task_id is None:
        return False
    return door.services.tasks.get_task(door.actor, editor.task_id).version != editor.version


def _render_header(editor: TaskEditor) -> None:
    with st.container(gap="xxsmall"):
        st.title("New task" if editor.task_id is None else label(f"Edit {editor.name}"), anchor=False)
        if editor.version is None:
            st.caption("Say what an answer must look like, field by field, or paste a JSON Schema.")
        else:
            st.caption(f"Version {editor.version} now. Saving a change makes a new version; past runs keep theirs.")
        live_note()
        colour_chosen_parts()


def _render_naming(editor: TaskEditor) -> None:
    _keep(_NAME, editor.name)
    _keep(_DESCRIPTION, editor.description)
    name, description = st.columns((1, 2))
    with name:
        editor.name = st.text_input("Name", key=_NAME, placeholder="Ticket triage")
        show_field_error(editor.error, "name")
    with description:
        editor.description = st.text_input("Description", key=_DESCRIPTION, placeholder="What it is for (optional)")
        show_field_error(editor.error, "description")


def _keep(key: str, value: object) -> None:
    """Give a widget its value when it is drawn for the first time, or again after another page was open."""
    if widget_value(key) is None:
        set_widget_value(key, value)


def _open(state: TasksState, task: TaskRecord | None) -> None:
    state.editor_count += 1
    prefix = f"tasks.{state.editor_count}"
    response, request = (None, None) if task is None else (task.response_schema, task.request_schema)
    state.editor = TaskEditor(
        response=open_editor(f"{prefix}.answer", response),
        request=open_editor(f"{prefix}.input", request),
        asks_by_form=request is not None,
    )
    if task is not None:
        state.editor.task_id, state.editor.version = task.id, task.version
        state.editor.name, state.editor.description = task.name, task.description
        state.editor.mends_answers, state.editor.stores_content = task.mends_answers, task.stores_content
    state.editor.opened = _list_choices(state.editor)
    set_widget_value(_NAME, state.editor.name)
    set_widget_value(_DESCRIPTION, state.editor.description)
    set_widget_value(_BY_FORM, state.editor.asks_by_form)
    set_widget_value(_MENDS, state.editor.mends_answers)
    set_widget_value(_STORES, state.editor.stores_content)
    state.close_drawer()
    state.error = None
    _write_url(state.editor)


def _write_url(editor: TaskEditor) -> None:
    st.query_params.from_dict({"new": "1"} if editor.task_id is None else {"edit": str(editor.task_id)})


def _clear_url() -> None:
    st.query_params.clear()


def _close(door: Door, state: TasksState) -> None:
    if state.editor is not None:
        stop_describing(door, state.editor.response)
        stop_describing(door, state.editor.request)
    state.editor = None
    _clear_url()


def _save(door: Door, state: TasksState) -> None:
    editor = state.editor
    if editor is None:
        return
    _read_naming(editor)
    try:
        saved = _store(door, editor)
    except DashboardError as error:
        editor.error = error
        return
    state.toast = f"Saved “{saved.name}” as version {saved.version}."
    _close(door, state)


def _read_naming(editor: TaskEditor) -> None:
    """Take over what was typed, which a click may have left before the page was drawn again."""
    editor.name = str(widget_value(_NAME, editor.name))
    editor.description = str(widget_value(_DESCRIPTION, editor.description))
    editor.asks_by_form = bool(widget_value(_BY_FORM, editor.asks_by_form))
    editor.mends_answers = bool(widget_value(_MENDS, editor.mends_answers))
    editor.stores_content = bool(widget_value(_STORES, editor.stores_content))


def _store(door: Door, editor: TaskEditor) -> TaskRecord:
    values = {
        "name": editor.name,
        "description": editor.description,
        "response_schema": _finished(editor.response, "answer"),
        "request_schema": _finished(editor.request, "input") if editor.asks_by_form else None,
        "mends_answers": editor.mends_answers,
        "stores_content": editor.stores_content,
    }
    draft = parse_request(TaskDraft, values)
    if editor.task_id is None:
        return door.services.tasks.create_task(door.actor, draft)
    task_id: uuid.UUID = editor.task_id
    return door.services.tasks.update_task(door.actor, task_id, draft, expected_version=editor.version)


def _finished(editor: SchemaEditor, part: str) -> object:
    try:
        return finished_schema(editor)
    except InvalidSchemaError as error:
        raise InvalidSchemaError(f"The {part}: {error.message}", hint=error.hint, details=error.details) from error
