"""Draws an answer by its schema (badges, tables, trees) and as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from pages.ui.copy_button import copy_button
from pages.ui.long_text import SHOWN_CHARACTERS, render_file, render_long
from pages.ui.result.files import as_csv, as_json, as_text, file_stem
from pages.ui.result.grid import render_grid
from pages.ui.result.outline import Group, Line, Part, Table, lay_out, say_group
from pages.ui.result.schema_parts import Schema
from pages.ui.result.values import Look, ReadValue
from pages.ui.text import counted, cut, label, render_text

_OPEN_DEPTH: Final = 3
_LONG: Final = 600
_SHOWN_OF_LONG: Final = 300
_MAX_ITEMS: Final = 60
_MAX_LINES: Final = 200
_NAME_WIDTH: Final = 150
_INDENT: Final = 16
_MAX_CHOICE: Final = 60


@st.fragment
def render_result(result: Mapping[str, Any], schema: Schema, *, key: str, is_narrow: bool = False) -> None:  # Any: JSON
    """Draw an answer in two tabs, as a table by its schema and as JSON, both to copy and to download.

    With `is_narrow` it fits into a column of 300 px: values stand below their names, without their types.
    """
    table_tab, json_tab = st.tabs(["Table", "JSON"], key=key)
    with table_tab:
        _render_typed(result, schema, key=key, is_narrow=is_narrow)
    with json_tab:
        render_file(as_json(result), key=f"{key}.json", file_name="result.json", language="json")


def _render_typed(result: Mapping[str, Any], schema: Schema, *, key: str, is_narrow: bool) -> None:  # Any: JSON
    parts = lay_out(result, schema)
    if not parts:
        st.caption("The answer is an empty object, and the schema accepts that.")
        return
    with st.container(gap="xsmall", key=f"{key}.typed"):
        _render_parts(parts, key=f"{key}.typed", depth=1, is_narrow=is_narrow)
    text = as_text(parts)
    if len(text) <= SHOWN_CHARACTERS:
        copy_button("Copy as text", text, key=f"{key}.copy")


def _render_parts(parts: Sequence[Part], *, key: str, depth: int, is_narrow: bool) -> None:
    for number, part in enumerate(parts[:_MAX_LINES]):
        place = f"{key}.{number}"
        match part:
            case Line():
                _render_line(part, key=place, is_narrow=is_narrow)
            case Table():
                _render_table(part, key=place)
            case Group():
                _render_group(part, key=place, depth=depth, is_narrow=is_narrow)
    if len(parts) > _MAX_LINES:
        st.caption(f"And {len(parts) - _MAX_LINES:,} more, see the JSON.")


def _render_line(line: Line, *, key: str, is_narrow: bool) -> None:
    if is_narrow:
        with st.container(gap=None):
            st.caption(label(line.name), help=label(line.description) or None)
            _render_values(line, key=key)
        return
    with st.container(horizontal=True, wrap=False, gap="small"):
        _render_name(line.name, line.description)
        _render_values(line, key=key)
        if line.kind:
            st.caption(line.kind, width="content")


def _render_name(name: str, description: str) -> None:
    st.text(name, width=_NAME_WIDTH, help=label(description) or None)


def _render_values(line: Line, *, key: str) -> None:
    looks = {value.look for value in line.values}
    if len(line.values) == 1:
        _render_value(line.values[0], key=key)
    elif looks <= {Look.CHOICE, Look.NUMBER, Look.QUIET}:
        with st.container(horizontal=True, gap="xsmall"):
            for value in line.values[:_MAX_ITEMS]:
                _render_badge(value)
            _say_rest(len(line.values), shown=_MAX_ITEMS)
    else:
        _render_long_or_whole("\n".join(f"• {value.text}" for value in line.values), key=key)


def _say_rest(count: int, *, shown: int) -> None:
    if count > shown:
        st.caption(f"and {count - shown:,} more, see the JSON", width="content")


def _render_value(value: ReadValue, *, key: str) -> None:
    if value.look is Look.CHOICE:
        with st.container(width="stretch"):
            _render_badge(value)
    elif value.look is Look.QUIET:
        st.caption(f"*{label(value.text)}*")
    else:
        _render_long_or_whole(value.text, key=key)


def _render_badge(value: ReadValue) -> None:
    is_long = len(value.text) > _MAX_CHOICE
    st.badge(
        label(cut(value.text, _MAX_CHOICE)) or "empty text",
        color="blue" if value.look is Look.CHOICE else "gray",
        help=label(value.text) if is_long else None,
    )


def _render_long_or_whole(text: str, *, key: str) -> None:
    if len(text) <= _LONG:
        render_text(text, width="stretch")
        return
    with st.container(gap="xxsmall", width="stretch"):
        st.text(f"{text[:_SHOWN_OF_LONG].rstrip()}…", width="stretch")
        box = st.expander(f"All {len(text):,} characters", type="compact", key=f"{key}.whole", on_change="rerun")
        if box.open:
            with box:
                render_long(text, key=f"{key}.file", file_name="value.txt")


def _render_table(table: Table, *, key: str) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.text(table.name, width="stretch", help=label(table.description) or None)
        st.caption(f"list of {counted(len(table.rows), 'object')}", width="content")
        st.download_button(
            "CSV",
            data=lambda: as_csv(table),
            file_name=f"{file_stem(table.name)}.csv",
            mime="text/csv",
            key=f"{key}.csv",
            on_click="ignore",
            icon=":material/download:",
            type="tertiary",
            help="Download this table",
        )
    render_grid(table, key=f"{key}.grid")


def _render_group(group: Group, *, key: str, depth: int, is_narrow: bool) -> None:
    box = st.expander(
        f"{label(group.name)} :gray[· {say_group(group)}]",
        type="compact",
        expanded=depth <= _OPEN_DEPTH,
        key=key,
        on_change="rerun",
    )
    if not box.open:
        return
    with box, st.container(horizontal=True, wrap=False, gap=None):
        st.space(_INDENT)
        with st.container(gap="xsmall"):
            if group.description:
                st.caption(label(group.description))
            _render_parts(group.parts, key=key, depth=depth + 1, is_narrow=is_narrow)
