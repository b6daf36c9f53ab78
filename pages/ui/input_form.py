"""Draws a form from a task's request schema and reads the input back from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeGuard

import streamlit as st

from core.errors import Detail
from pages.ui.result_rows import resolve
from pages.ui.text import label

_LARGEST_NUMBER = 2**53 - 1
_ONE_LINE_LIMIT = 200
_MOST_WHOLE_CHARACTERS = 600
_TALLEST = 260
_MISSING = object()


@dataclass
class InputForm:
    """What a form holds: the input so far, and what in it cannot be read."""

    value: dict[str, Any] = field(default_factory=dict)  # Any: JSON
    problems: list[Detail] = field(default_factory=list)


def render_input_form(schema: dict[str, Any], *, start: object, key: str) -> InputForm:  # Any: a JSON Schema
    """Draw a widget for each field of the schema; what no widget fits is asked for as JSON text.

    Blank fields are left out of the input: whether one is missing is for the schema to say. `start` fills the form
    when `key` is new; values in it that the schema has no field for are shown as JSON, so that nothing is sent unseen.
    """
    form = InputForm()
    root = resolve(schema, schema)
    values = start if isinstance(start, dict) else {}
    if not isinstance(root.get("properties"), dict) or not root["properties"]:
        whole = _render_json("Input as JSON", start=start if start is not None else _MISSING, key=f"{key}.json")
        return _take_whole(form, whole)
    _render_object(_Form(schema, key, form.problems), root, values, into=form.value, is_nested=False)
    return form


@dataclass(frozen=True)
class _Form:
    document: dict[str, Any]  # Any: a JSON Schema
    key: str
    problems: list[Detail]


def _take_whole(form: InputForm, whole: object) -> InputForm:
    if isinstance(whole, _Unreadable):
        form.problems.append(Detail(place="", message=whole.reason))
    elif isinstance(whole, dict):
        form.value = whole
    elif whole is not _MISSING:
        form.problems.append(Detail(place="", message="The input must be a JSON object, in curly brackets."))
    return form


def _render_object(
    form: _Form,
    schema: dict[str, Any],
    values: Mapping[str, Any],
    *,
    into: dict[str, Any],
    is_nested: bool,
    prefix: str = "",
) -> None:  # Any: JSON
    required = schema.get("required")
    for position, (name, part) in enumerate(schema["properties"].items()):
        known = resolve(part, form.document)
        place, key = f"{prefix}/{name}", f"{form.key}{prefix.replace('/', '.')}.{position}"
        title = label(name) + ("" if isinstance(required, list) and name in required else " (optional)")
        start = values.get(name, _MISSING)
        inner = {} if start is _MISSING else start
        if not is_nested and _has_fields(known) and isinstance(inner, dict):
            _render_nested(form, known, inner, title=title, name=name, into=into)
            continue
        found = _render_part(known, title=title, start=start, key=key)
        if isinstance(found, _Unreadable):
            form.problems.append(Detail(place=place, message=found.reason))
        elif found is not _MISSING:
            into[name] = found
    rest = {name: value for name, value in values.items() if name not in schema["properties"]}
    if rest:
        _render_rest(form, rest, fields=set(schema["properties"]), into=into, prefix=prefix)


def _render_rest(
    form: _Form, rest: dict[str, Any], *, fields: set[str], into: dict[str, Any], prefix: str
) -> None:  # Any: JSON
    """Show what the input came with beside the fields."""
    found = _render_json(
        "Other values",
        start=rest,
        key=f"{form.key}{prefix.replace('/', '.')}.rest",
        help_text="The input came with these, and the form has no fields for them. Clear the text to leave them out.",
    )
    if isinstance(found, _Unreadable):
        form.problems.append(Detail(place=f"{prefix}/Other values", message=found.reason))
    elif isinstance(found, dict) and fields.isdisjoint(found):
        into.update(found)
    elif found is not _MISSING:
        problem = "These must be a JSON object, in curly brackets, without the names of the fields."
        form.problems.append(Detail(place=f"{prefix}/Other values", message=problem))


def _render_nested(
    form: _Form, schema: dict[str, Any], values: Mapping[str, Any], *, title: str, name: str, into: dict[str, Any]
) -> None:  # Any: JSON
    inner: dict[str, Any] = {}  # Any: JSON
    with st.container(border=True, gap="small"):
        st.caption(f"**{title}**")
        _render_object(form, schema, values, into=inner, is_nested=True, prefix=f"/{name}")
    if inner:
        into[name] = inner


def _has_fields(schema: dict[str, Any]) -> bool:  # Any: a JSON Schema
    return _type_of(schema) == "object" and isinstance(schema.get("properties"), dict) and bool(schema["properties"])


def _type_of(schema: dict[str, Any]) -> str:  # Any: a JSON Schema
    """Return the one type beside null, or nothing."""
    named = schema.get("type")
    rest = [each for each in (named if isinstance(named, list) else [named]) if each != "null"]
    return rest[0] if len(rest) == 1 and isinstance(rest[0], str) else ""


def _render_part(schema: dict[str, Any], *, title: str, start: object, key: str) -> object:  # Any: a JSON Schema
    """Draw one field. Returns its value, _MISSING when it is blank, or _Unreadable."""
    help_text = label(str(schema.get("description", ""))) or None
    given = None if start is _MISSING else start
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return _render_choice(choices, given, title=title, help_text=help_text, key=key)
    draw = _WIDGETS.get(_type_of(schema))
    drawn = None if draw is None else draw(schema, given, title, help_text, key)
    return _render_json(title, start=start, key=key, help_text=help_text) if drawn is None else drawn


def _render_choice(choices: list[Any], given: object, *, title: str, help_text: str | None, key: str) -> object:
    index = choices.index(given) if given in choices else None
    picked = st.selectbox(
        title,
        range(len(choices)),
        index=index,
        format_func=lambda position: _said(choices[position]),
        key=key,
        help=help_text,
        placeholder="Choose one",
    )
    return _MISSING if picked is None else choices[picked]


def _said(choice: object) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice, ensure_ascii=False)


def _draw_text(schema: dict[str, Any], given: object, title: str, help_text: str | None, key: str) -> object:
    if given is not None and not isinstance(given, str):
        return None
    if schema.get("format") == "date":
        return _draw_date(given, title, help_text, key)
    limit = schema.get("maxLength")
    is_short = bool(schema.get("format")) or (isinstance(limit, int) and limit <= _ONE_LINE_LIMIT)
    has_lines = given is not None and "\n" in given
    if is_short and not has_lines:
        return st.text_input(title, value=given or "", key=key, help=help_text) or _MISSING
    return st.text_area(title, value=given or "", key=key, help=help_text, height="content") or _MISSING


def _draw_date(given: str | None, title: str, help_text: str | None, key: str) -> object:
    try:
        day = None if given is None else date.fromisoformat(given)
    except ValueError:
        return st.text_input(title, value=given or "", key=key, help=help_text) or _MISSING
    picked = st.date_input(
        title, value=day, min_value=date.min, max_value=date.max, format="YYYY-MM-DD", key=key, help=help_text
    )
    return picked.isoformat() if isinstance(picked, date) else _MISSING


def _draw_integer(schema: dict[str, Any], given: object, title: str, help_text: str | None, key: str) -> object:
    if given is not None and not (isinstance(given, int) and _is_plain_number(given)):
        return None
    bounds = _bounds(schema)
    picked = st.number_input(title, value=given, step=1, key=key, help=help_text, placeholder=bounds)
    return _MISSING if picked is None else picked


def _draw_number(schema: dict[str, Any], given: object, title: str, help_text: str | None, key: str) -> object:
    if given is not None and not _is_plain_number(given):
        return None
    start = None if given is None else float(given)
    picked = st.number_input(
        title, value=start, step=0.1, format="%g", key=key, help=help_text, placeholder=_bounds(schema)
    )
    return _MISSING if picked is None else picked


def _is_plain_number(value: object) -> TypeGuard[int | float]:
    """Return whether a number field can hold it: browsers count exactly up to 2**53."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_NUMBER


def _bounds(schema: dict[str, Any]) -> str | None:  # Any: a JSON Schema
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}" if high is not None else None


def _draw_boolean(schema: dict[str, Any], given: object, title: str, help_text: str | None, key: str) -> object:
    if given is not None and not isinstance(given, bool):
        return None
    return _render_choice([True, False], given, title=title, help_text=help_text, key=key)


def _draw_list(schema: dict[str, Any], given: object, title: str, help_text: str | None, key: str) -> object:
    items = schema.get("items")
    known = items if isinstance(items, dict) else {}
    words = [] if given is None else given
    if _type_of(known) != "string" or not _are_words(words):
        return None
    options = list(dict.fromkeys([*(known.get("enum") or []), *words]))
    picked = st.multiselect(
        title,
        options,
        default=words,
        key=key,
        help=help_text,
        accept_new_options=not known.get("enum"),
        placeholder="Type and press Enter",
    )
    return list(picked) or _MISSING


def _are_words(value: object) -> TypeGuard[list[str]]:
    """Return whether a choice of words can hold it: texts, each of them once."""
    return isinstance(value, list) and all(isinstance(word, str) for word in value) and len(set(value)) == len(value)


_WIDGETS = {
    "string": _draw_text,
    "integer": _draw_integer,
    "number": _draw_number,
    "boolean": _draw_boolean,
    "array": _draw_list,
}


@dataclass(frozen=True)
class _Unreadable:
    reason: str


def _render_json(title: str, *, start: object, key: str, help_text: str | None = None) -> object:
    written = "" if start is _MISSING else json.dumps(start, indent=2, ensure_ascii=False)
    height: int | Literal["content"] = "content" if len(written) <= _MOST_WHOLE_CHARACTERS else _TALLEST
    text = st.text_area(title, value=written, key=key, help=help_text, placeholder="As JSON", height=height)
    if not (text or "").strip():
        return _MISSING
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        st.caption(f":red[:material/error: This is not JSON{place}.]")
        return _Unreadable(f"This is not JSON{place}.")
