"""The whole input as JSON text instead of the form, and the switch between the two."""

import streamlit as st

from pages.ui.input.assembling import InputForm, assemble, take_whole
from pages.ui.input.form import absorb
from pages.ui.input.leaf_values import MISSING, Unreadable, read_json, write_json
from pages.ui.input.nodes import FormTree
from pages.ui.input.problem_line import render_problem
from pages.ui.input.state import TaskForm
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import label

FORM, JSON = "Form", "JSON"
_HEIGHT = 320
_NOT_AN_OBJECT = "The form takes a JSON object, in curly brackets."


def render_switch(form: TaskForm, *, key: str) -> None:
    """Draw the choice between form and JSON. It stays where it is while what stands there cannot be taken over."""
    mark = _switch_key(form, key=key)
    if widget_value(mark) is None:
        set_widget_value(mark, JSON if form.is_json else FORM)
    st.segmented_control(
        "View",
        [FORM, JSON],
        required=True,
        key=mark,
        label_visibility="collapsed",
        on_change=_switch,
        args=(form,),
        kwargs={"key": key},
    )


def render_json_view(form: TaskForm, *, key: str) -> InputForm:
    """Draw the input as text and return what it says."""
    absorb_text(form, key=key)
    mark = _text_key(form, key=key)
    if widget_value(mark, MISSING) is MISSING:
        form.json_start = form.json_text
    text = st.text_area(
        "Input as JSON", value=form.json_start, key=mark, height=_HEIGHT, placeholder='{"…": "…"}', help=_NOT_AN_OBJECT
    )
    form.json_text = text or ""
    found = take_whole(InputForm(), read_json(form.json_text))
    for problem in found.problems:
        render_problem(problem.message)
    return found


def render_refusal(form: TaskForm) -> None:
    """Say why the other view was not opened."""
    if form.refusal:
        st.warning(label(form.refusal), icon=":material/warning:")


def absorb_text(form: TaskForm, *, key: str) -> None:
    """Take over what stands in the text area, also when this run will not draw it."""
    text = widget_value(_text_key(form, key=key), form.json_text)
    form.json_text = text if isinstance(text, str) else form.json_text


def show_json(form: TaskForm, text: str) -> None:
    """Turn to the JSON view with this text."""
    form.is_json, form.json_text, form.json_start = True, text, text
    form.json_round += 1


def make_form(form: TaskForm, value: object) -> None:
    """Have the form start again from a value."""
    form.tree = FormTree(form.schema, value, zone=form.tree.zone)
    form.generation += 1


def _switch(form: TaskForm, *, key: str) -> None:
    wanted = widget_value(_switch_key(form, key=key))
    form.refusal = ""
    if wanted == JSON and not form.is_json:
        _open_json(form, key=key)
    elif wanted == FORM and form.is_json:
        _open_form(form, key=key)
    set_widget_value(_switch_key(form, key=key), JSON if form.is_json else FORM)


def _open_json(form: TaskForm, *, key: str) -> None:
    absorb(form, key=key)
    found = assemble(form.tree)
    if found.problems:
        place = found.problems[0].place.lstrip("/").replace("/", " › ")
        form.refusal = f"“{place or 'The input'}” is not JSON yet. Mend it, then switch to JSON."
        return
    show_json(form, write_json(found.value))
    form.json_origin = form.json_text


def _open_form(form: TaskForm, *, key: str) -> None:
    absorb_text(form, key=key)
    if form.json_text == form.json_origin:  # so that the form is as it was left, with the shapes not chosen
        form.is_json = False
        return
    value = read_json(form.json_text)
    if isinstance(value, Unreadable):
        form.refusal = f"{value.reason} Mend it, then switch to the form."
    elif value is not MISSING and not isinstance(value, dict):
        form.refusal = f"{_NOT_AN_OBJECT} Change the text, then switch."
    else:
        make_form(form, value)
        form.is_json = False


def _switch_key(form: TaskForm, *, key: str) -> str:
    return f"{key}.view.{form.number}"


def _text_key(form: TaskForm, *, key: str) -> str:
    return f"{key}.json.{form.number}.{form.json_round}"
