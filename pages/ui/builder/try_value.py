"""Draws “Try a value”: a JSON value beside the form, judged by the schema as it stands, again after every edit."""

import streamlit as st

from core.tasks.judge import MAX_ERRORS, FieldError
from core.tasks.mending import Mend
from core.tasks.schemas.json_values import to_pointer
from pages.ui.builder.editor import absorb
from pages.ui.builder.previews import example_of, plain_text
from pages.ui.builder.tried import Trial, Verdict, dotted, marks_of, offending
from pages.ui.errors import show_error
from pages.ui.state import SchemaEditor, widget_value
from pages.ui.text import counted, label

_HEIGHT = 220
_SHOWN = 20


def refresh_tried(editor: SchemaEditor) -> None:
    """Take what was typed into the trial, judge it again if it or the schema has changed, and mark its errors.

    Call it after `absorb` and before the form is drawn, which shows the marks.
    """
    text = widget_value(_text_key(editor))
    trial = editor.trial.typed(text) if isinstance(text, str) else editor.trial
    editor.trial = trial.settled(editor.draft)
    editor.marks = marks_of(editor.draft, editor.trial)


def render_try(editor: SchemaEditor, *, noun: str) -> None:
    """Draw the text to try and what the schema says of it."""
    trial = editor.trial
    st.text_area(
        "Try a value",
        value=trial.text,
        key=_text_key(editor),
        height=_HEIGHT,
        placeholder=f"Paste {noun} as JSON",
        help="It is judged as it stands, by the schema as it is now. Nothing is stored.",
    )
    with st.container(horizontal=True, gap="small"):
        st.button("Check", key=f"{editor.prefix}.try.check", icon=":material/check:")
        st.button("Fill in the example", key=f"{editor.prefix}.try.fill", on_click=_fill, args=(editor,))
        if trial.set_aside:
            st.button("Back to mine", key=f"{editor.prefix}.try.back", on_click=_put_back, args=(editor,))
    if trial.verdict is not None:
        _render_verdict(trial.verdict)


def _render_verdict(verdict: Verdict) -> None:
    if verdict.is_valid:
        st.success("Valid", icon=":material/check_circle:")
    elif verdict.problem is not None:
        show_error(verdict.problem)
    else:
        count = len(verdict.errors)
        title = f"{counted(count, 'error')}{' or more' if count >= MAX_ERRORS else ''}"
        st.error("\n".join(_error_lines(verdict.errors)), title=title, icon=":material/error:")
    if verdict.mends:
        lines = "\n".join(_list_some([_mend_line(mend) for mend in verdict.mends]))
        st.info(lines, title="A run would mend this", icon=":material/build:")


def _error_lines(errors: tuple[FieldError, ...]) -> list[str]:
    # What is wrong tells more than what is missing, of which there may be much while a value is being written.
    ordered = sorted(errors, key=lambda error: error.keyword == "required")
    return _list_some([_error_line(error) for error in ordered])


def _error_line(error: FieldError) -> str:
    shown = offending(error)
    said = plain_text(f"{error.message} (it is {shown})" if shown else error.message)
    pointer = f" ({label(plain_text(to_pointer(error.loc)))})" if error.loc else ""
    return f"**{label(plain_text(dotted(error.loc)))}** {label(said)}{pointer}"


def _mend_line(mend: Mend) -> str:
    place = f"**{label(plain_text(mend.place))}** " if mend.place else ""
    return f"{place}{label(mend.message)} {label(plain_text(f'{mend.before} → {mend.after}'))}"


def _list_some(lines: list[str]) -> list[str]:
    shown = [f"- {line}" for line in lines[:_SHOWN]]
    return [*shown, f"- and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else shown


def _fill(editor: SchemaEditor) -> None:
    absorb(editor)
    refresh_tried(editor)
    example = example_of(editor.draft.without_unnamed().to_json_schema())
    # Without one, the verdict on the empty object says what is wrong with the schema or with the value.
    _replace(editor, editor.trial.filled(example.text or "{}"))


def _put_back(editor: SchemaEditor) -> None:
    refresh_tried(editor)
    _replace(editor, editor.trial.filled(editor.trial.set_aside))


def _replace(editor: SchemaEditor, trial: Trial) -> None:
    editor.trial = trial.settled(editor.draft)
    editor.marks = marks_of(editor.draft, editor.trial)


def _text_key(editor: SchemaEditor) -> str:
    return f"{editor.prefix}.try.{editor.trial.round}.text"
