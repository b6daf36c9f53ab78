"""The input of a task: its fixtures, the form or the text, and a small menu beside them."""

import uuid
from functools import partial

import streamlit as st

from core.errors import Detail
from core.tasks.records import TaskRecord
from core.tasks.schemas.json_values import JsonObject
from pages.ui.door import Door
from pages.ui.input.assembling import InputForm, assemble, finished_input
from pages.ui.input.dialogs import MenuEntry, render_dialog
from pages.ui.input.fixture_pills import find_fixtures, render_fixtures
from pages.ui.input.form import absorb, render_form
from pages.ui.input.json_view import absorb_text, render_json_view, render_refusal, render_switch, show_json
from pages.ui.input.leaf_values import MISSING, read_json, write_json
from pages.ui.input.marks import Marks
from pages.ui.input.nodes import FormTree
from pages.ui.input.state import InputState, TaskForm
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import label, viewer_zone

__all__ = ["InputForm", "InputState", "fill_input", "finished_input", "render_task_input"]

_TEXT_HEIGHT = 180
_MOST_LAID_ASIDE = 20


def render_task_input(door: Door, state: InputState, task: TaskRecord, *, key: str) -> InputForm | str:
    """Draw all that a task's input is filled with, and return the input as far as it is typed.

    The keys of all widgets begin with `key`. What the judge said of the input last, in `state.errors`, is shown at
    its fields.
    """
    if toast := state.take_toast():
        st.toast(label(toast), icon=":material/check:")
    fill = partial(fill_input, state, task_id=task.id, key=key)
    fixtures = find_fixtures(door, task)
    with st.container(gap="small", key=f"{key}.form"):
        form = None if task.request_schema is None else _find_form(state, task.id, task.request_schema, key=key)
        _render_head(state, form, has_fixtures=bool(fixtures), key=key)
        render_fixtures(fixtures, fill=fill, key=key)
        given = _render_text(state, key=key) if form is None else _render_task_form(form, state.errors, key=key)
    render_dialog(door, state, task, given=given, fixtures=fixtures, fill=fill, key=key)
    return given


def fill_input(state: InputState, value: object, *, task_id: uuid.UUID, key: str) -> None:
    """Have the input of a task start again from a value. Call it before the input is drawn, as from a callback."""
    state.form_value, state.form_task_id, state.errors = value, task_id, ()
    state.form_round += 1
    state.text = value if isinstance(value, str) else write_json(value) if value not in (None, {}) else ""
    set_widget_value(f"{key}.input", state.text)


def _render_head(state: InputState, form: TaskForm | None, *, has_fixtures: bool, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container():
            st.markdown("Input", width="content")  # noqa: TID251  # a constant
        if form is not None and not form.tree.is_text_only:
            render_switch(form, key=key)
        entries = [entry for entry in MenuEntry if entry.fits(has_form=form is not None, has_fixtures=has_fixtures)]
        mark = f"{key}.menu"
        st.menu_button(
            "",
            entries,
            icon=":material/more_horiz:",
            key=mark,
            format_func=lambda entry: entry.value,
            help="Keep this input, or fill in another",
            on_click=_choose,
            args=(state, mark),
        )


def _choose(state: InputState, mark: str) -> None:
    chosen = widget_value(mark)
    if isinstance(chosen, MenuEntry):
        state.open_dialog(chosen.dialog)


def _render_text(state: InputState, *, key: str) -> str:
    mark = f"{key}.input"
    if widget_value(mark) is None:
        set_widget_value(mark, state.text)
    state.text = (
        st.text_area(
            "Input", key=mark, height=_TEXT_HEIGHT, placeholder="The text to work on", label_visibility="collapsed"
        )
        or ""
    )
    return state.text


def _find_form(state: InputState, task_id: uuid.UUID, schema: JsonObject, *, key: str) -> TaskForm:
    """Return the form of the task as it was left; a new one for another filling, or a schema that was changed."""
    form = _turn_to(state, task_id, key=key)
    is_filled = state.form_task_id == task_id and state.filled_round != state.form_round
    if form is not None and not is_filled:
        if form.schema == schema:
            return form
        start = _read_typed(form, key=key)
    else:
        start = state.form_value if state.form_task_id == task_id and state.form_value is not None else MISSING
    if is_filled:
        state.filled_round = state.form_round
    state.form_count += 1
    state.form = new_form(task_id, schema, start, number=state.form_count)
    return state.form


def _turn_to(state: InputState, task_id: uuid.UUID, *, key: str) -> TaskForm | None:
    """Lay the form of another task aside with all that was typed, and return that of this one, if there is one."""
    left = state.form
    if left is None or left.task_id == task_id:
        return left
    _read_typed(left, key=key)
    state.laid_aside[left.task_id] = left
    if len(state.laid_aside) > _MOST_LAID_ASIDE:
        state.laid_aside.pop(next(iter(state.laid_aside)))
    state.form, state.errors = state.laid_aside.pop(task_id, None), ()
    return state.form


def new_form(task_id: uuid.UUID, schema: JsonObject, start: object, *, number: int) -> TaskForm:
    """Return a form that starts from a value; from one that is no object, as JSON text, so that nothing is lost."""
    is_object = start is MISSING or isinstance(start, dict)
    zone = viewer_zone()
    form = TaskForm(task_id, FormTree(schema, start if is_object else MISSING, zone=zone), number)
    if not is_object and form.tree.is_text_only:
        form.tree = FormTree(schema, start, zone=zone)
    elif not is_object:
        show_json(form, start if isinstance(start, str) else write_json(start))
    return form


def _read_typed(form: TaskForm, *, key: str) -> object:
    """Return what was typed so far; a JSON text that cannot be read as it stands."""
    if form.is_json:
        absorb_text(form, key=key)
        value = read_json(form.json_text)
        return value if isinstance(value, dict) else form.json_text or MISSING
    absorb(form, key=key)
    return assemble(form.tree).value or MISSING


def _render_task_form(form: TaskForm, errors: tuple[Detail, ...], *, key: str) -> InputForm:
    if form.marks.details is not errors:  # the same words may be said of another input
        form.marks = Marks(form.tree, errors)
    render_refusal(form)
    return render_json_view(form, key=key) if form.is_json else render_form(form, key=key)
