"""A table of any width that scrolls sideways while its first column stays: figures and answers of a comparison."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from pages.ui.cells import Badge, Line
from pages.ui.layout import then_rerun
from pages.ui.state import widget_value

Mark = Literal["", "differs", "pending", "writing"]


@dataclass(frozen=True)
class GridPress:
    """A button in a cell, or a link where `href` says where it leads.

    The page hears of it under `act`; a link without one opens in a tab of its own.
    """

    text: str
    act: str = ""
    value: str = ""
    title: str = ""
    href: str = ""


@dataclass(frozen=True)
class Clock:
    """`title · 1.2 s`, which goes on counting from so many seconds."""

    title: str
    seconds: float


@dataclass(frozen=True)
class GridCell:
    """One cell, from top to bottom. `differs` is marked by a sign as well as by colour. All of it is shown as text."""

    lines: tuple[Line, ...] = ()
    badges: tuple[Badge, ...] = ()
    presses: tuple[GridPress, ...] = ()
    mark: Mark = ""
    align: Literal["left", "right"] = "left"
    clock: Clock | None = None


@dataclass(frozen=True)
class GridRow:
    """One row. Its first cell names it."""

    id: str
    cells: tuple[GridCell, ...]


_here = Path(__file__)
_grid = st.components.v2.component(
    "benchtop_compare_grid",
    js=_here.with_suffix(".js").read_text(encoding="utf-8"),
    css=_here.with_suffix(".css").read_text(encoding="utf-8"),
)


def render_grid(
    title: str,
    head: Sequence[GridCell],
    rows: Sequence[GridRow],
    *,
    look: Literal["figures", "answers"],
    key: str,
    acts: Mapping[str, Callable[[str], object]],
) -> None:
    """Draw a table. What is pressed in it is done before the whole page is drawn again."""
    data = {
        "title": title,
        "look": look,
        "head": [_as_data(cell) for cell in head],
        "rows": [{"id": row.id, "cells": [_as_data(cell) for cell in row.cells]} for row in rows],
    }
    _grid(data=data, key=key, on_pressed_change=lambda: _press(getattr(widget_value(key), "pressed", None), acts))


def _as_data(cell: GridCell) -> dict[str, object]:
    # By hand, since `asdict` copies every text of what may be thousands of cells.
    presses = [vars(press) for press in cell.presses]
    return vars(cell) | {"presses": presses, "clock": None if cell.clock is None else vars(cell.clock)}


def _press(sent: object, acts: Mapping[str, Callable[[str], object]]) -> None:
    """Do what was pressed. A browser may send anything."""
    if not isinstance(sent, Mapping):
        return
    act, value = str(sent.get("act")), str(sent.get("value"))
    if act in acts:
        then_rerun(lambda: acts[act](value))
