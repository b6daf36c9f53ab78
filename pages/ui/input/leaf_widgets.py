"""Draws the one widget of a part that is no object, list or "one of"."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

import streamlit as st

from pages.ui.input.choice_names import name_choices
from pages.ui.input.leaf_values import said, write_json
from pages.ui.input.plan import Kind, Part
from pages.ui.text import cut, label

_MOST_WHOLE_CHARACTERS = 600
_TALLEST = 260
_HINT_LIMIT = 60
_STEP_SECONDS = 60
CLEARABLE = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.CHOICE, Kind.DATE, Kind.DATE_TIME, Kind.TIME})
"""Kinds whose widgets can be made blank again only while they are told of no value to start with."""


@dataclass(frozen=True)
class Look:
    """How a widget is drawn: its label, whether only a screen reader gets it, and whether it can be used."""

    title: str
    key: str
    is_bare: bool = False
    is_disabled: bool = False

    @property
    def visibility(self) -> Literal["visible", "collapsed"]:
        return "collapsed" if self.is_bare else "visible"


def draw_leaf(part: Part, start: object, look: Look) -> object:
    """Draw the part's widget and return what it holds."""
    return _DRAWN[part.kind](part, start, look)


def help_of(part: Part) -> str | None:
    """Return the words of the part's hover text."""
    text = part.words.get("description", "")
    return label(text) or None if isinstance(text, str) else None


def hint_of(part: Part) -> str | None:
    """Return what stands in the part's empty widget: its default, an example or its bounds."""
    words = part.words
    examples = words.get("examples")
    if words.get("default") is not None:
        return cut(f"Default: {said(words['default'])}", _HINT_LIMIT)
    if isinstance(examples, list) and examples:
        return cut(f"For example {said(examples[0])}", _HINT_LIMIT)
    return _bounds(part)


def _bounds(part: Part) -> str | None:
    low, high = part.words.get("minimum"), part.words.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else None


def _draw_line(part: Part, start: Any, look: Look) -> object:  # Any: what the widget holds; so below
    return st.text_input(
        look.title,
        value=start or "",
        key=look.key,
        help=help_of(part),
        placeholder=hint_of(part),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_text(part: Part, start: Any, look: Look) -> object:
    return st.text_area(
        look.title,
        value=start or "",
        key=look.key,
        help=help_of(part),
        placeholder=hint_of(part),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
        height="content",
    )


def _draw_integer(part: Part, start: Any, look: Look) -> object:
    return st.number_input(
        look.title,
        value=start,
        step=1,
        key=look.key,
        help=help_of(part),
        placeholder=hint_of(part),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_number(part: Part, start: Any, look: Look) -> object:
    return st.number_input(
        look.title,
        value=start,
        step=0.1,
        format="%.15g",
        key=look.key,
        help=help_of(part),
        placeholder=hint_of(part),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_choice(part: Part, start: Any, look: Look) -> object:
    names = name_choices(part)
    return st.selectbox(
        look.title,
        range(len(part.choices)),
        index=start,
        format_func=lambda place: names[place],
        key=look.key,
        help=help_of(part),
        placeholder=hint_of(part) or "Choose one",
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_constant(part: Part, start: Any, look: Look) -> object:
    return st.text_input(
        look.title,
        value=said(part.words["const"]),
        key=look.key,
        help=help_of(part) or "Always this value; it is filled in by itself.",
        disabled=True,
        label_visibility=look.visibility,
    )


def _draw_date(part: Part, start: date | None, look: Look) -> object:
    return st.date_input(
        look.title,
        value=start,
        min_value=date.min,
        max_value=date.max,
        format="YYYY-MM-DD",
        key=look.key,
        help=help_of(part),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_date_time(part: Part, start: datetime | None, look: Look) -> object:
    return st.datetime_input(
        look.title,
        value=start,
        min_value=datetime(1, 1, 1),  # noqa: DTZ001  # the widget knows no zones; it is read on the viewer's clock
        max_value=datetime(9999, 12, 31, 23, 59),  # noqa: DTZ001  # as above
        format="YYYY-MM-DD",
        step=_STEP_SECONDS,
        key=look.key,
        help=_with_note(part, "On your clock; its offset is sent along."),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _draw_time(part: Part, start: time | None, look: Look) -> object:
    return st.time_input(
        look.title,
        value=start,
        step=_STEP_SECONDS,
        key=look.key,
        help=_with_note(part, "In UTC."),
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


def _with_note(part: Part, note: str) -> str:
    return f"{help_of(part) or ''} {note}".strip()


def _draw_json(part: Part, start: Any, look: Look) -> object:
    written = start or ""
    examples = part.words.get("examples")
    hint = cut(write_json(examples[0]), _HINT_LIMIT) if isinstance(examples, list) and examples else "As JSON"
    return st.text_area(
        look.title,
        value=written,
        key=look.key,
        help=help_of(part),
        placeholder=hint,
        height="content" if len(written) <= _MOST_WHOLE_CHARACTERS else _TALLEST,
        disabled=look.is_disabled,
        label_visibility=look.visibility,
    )


_DRAWN: dict[Kind, Callable[[Part, Any, Look], object]] = {  # Any: what the kind's widget holds
    Kind.TEXT: _draw_line,
    Kind.LONG_TEXT: _draw_text,
    Kind.INTEGER: _draw_integer,
    Kind.NUMBER: _draw_number,
    Kind.CHOICE: _draw_choice,
    Kind.CONSTANT: _draw_constant,
    Kind.DATE: _draw_date,
    Kind.DATE_TIME: _draw_date_time,
    Kind.TIME: _draw_time,
    Kind.JSON: _draw_json,
}
