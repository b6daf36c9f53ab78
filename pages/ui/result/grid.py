"""Draws a list of objects as a table with typed columns."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import streamlit as st

from pages.ui.result.outline import Table, TableColumn
from pages.ui.result.schema_parts import Schema
from pages.ui.result.values import parse_date, read_value
from pages.ui.text import NOTHING, label

_EXACT = 2**53
_WIDE_CHARACTERS = 30


def render_grid(table: Table, *, key: str) -> None:
    """Draw the rows: numbers to the right, dates as dates, null and left out as a dash."""
    cells = build_cells(table)
    st.dataframe(
        cells,
        hide_index=True,
        lazy=True,  # without it the browser offers a CSV of its own, in which formulas are not escaped
        placeholder=NOTHING,
        column_config={column.name: _configure(column, cells[column.name]) for column in table.columns},
        key=key,
        alt=f"The {len(table.rows):,} objects of {table.name}",
    )


def build_cells(table: Table) -> dict[str, list[Any]]:  # Any: one type in each column
    """Return the cells by column: numbers and dates where all of a column are, else text. None: there is no value."""
    return {
        column.name: _build_column([row.get(column.name) for row in table.rows], table.schemas[column.name])
        for column in table.columns
    }


def _build_column(values: Sequence[object], schema: Schema) -> list[Any]:  # Any: one type
    present = [value for value in values if value is not None]
    if present and all(_is_number(value) for value in present):
        return list(values)
    if schema.get("format") == "date":
        days = [parse_date(value) if isinstance(value, str) else None for value in present]
        if present and all(days):
            return _mapped(values, lambda value: parse_date(str(value)))
    return _mapped(values, lambda value: _read(value, schema))


def _mapped(values: Sequence[object], read: Callable[[object], object]) -> list[Any]:  # Any: one type
    return [None if value is None else read(value) for value in values]


def _read(value: object, schema: Schema) -> str:
    if value == "":
        return ""
    if isinstance(value, list) and value and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(read_value(item, {}).text for item in value)
    return read_value(value, schema).text


def _is_number(value: object) -> bool:
    """Return whether a browser counts it exactly."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _EXACT


def _configure(column: TableColumn, cells: Sequence[object]) -> Any:  # Any: a column's configuration
    hover = " · ".join(label(words) for words in (column.description, column.kind) if words) or None
    first = next((cell for cell in cells if cell is not None), None)
    if isinstance(first, date):
        return st.column_config.DateColumn(help=hover, format="D MMM YYYY")
    if isinstance(first, int | float):
        return st.column_config.NumberColumn(help=hover, format="plain")
    is_wide = any(isinstance(cell, str) and len(cell) > _WIDE_CHARACTERS for cell in cells)
    return st.column_config.TextColumn(help=hover, width="medium" if is_wide else None)
