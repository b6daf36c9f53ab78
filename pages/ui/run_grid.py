"""The grid of all runs: it fetches its rows block by block and sends back only what was opened or chosen."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from st_aggrid import AgGrid, JsCode, StAggridTheme

from core.runs.records import RunSort, RunStatus
from pages.ui.badges import status_colour, status_word
from pages.ui.history import grid_script
from pages.ui.history.query import HistoryQuery
from pages.ui.latest_runs import STEPS_OF_A_RUN
from pages.ui.run_rows import RATING_WORDS, ROWS_PATH

MOST_CHOSEN = 1_000
_BLOCK = 100
_TALLEST = 620
_ROW_HEIGHT = 38
_HEADER_HEIGHT = 40
_FRAME_HEIGHT = 18  # with room for the bar that scrolls sideways in a narrow window
_HIDDEN = 1  # a grid of no height keeps the one it had
_REFRESH_MILLISECONDS = 250
_SORTS = {"when": RunSort.QUEUED_AT.value, "duration": RunSort.DURATION.value, "cost": RunSort.COST.value}
_LEAST_WIDTHS = {"model": 800, "tokens": 860, "rating": 930, "attempts": 1020, "who": 1120, "provider": 1240}
_FONTS = '"Source Sans 3", "Source Sans Pro", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
# The grid lives in a frame of its own, which the theme of the page does not reach: these are its colours once more.
_LIGHT_GRID = {"back": "#ffffff", "head": "#f4f5f6", "text": "#1b1f23", "muted": "#4b535b", "line": "#dfe2e5"}
_DARK_GRID = {"back": "#14171a", "head": "#1e2226", "text": "#e6e9ec", "muted": "#b4bcc4", "line": "#343a40"}
_ACCENTS = {"light": "#0b6377", "dark": "#66c6dc"}
_LIGHT = {"gray": "#4b535b", "blue": "#184f9f", "green": "#14623a", "red": "#a32620", "orange": "#864a00"}
_DARK = {"gray": "#b9c1c9", "blue": "#93bff9", "green": "#74d29c", "red": "#f59c96", "orange": "#f0b972"}


class ChosenRun(BaseModel):
    """A run whose box is ticked."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: uuid.UUID
    task_id: uuid.UUID


class _Sent(BaseModel):
    """What the grid sends, which is anybody's input."""

    model_config = ConfigDict(extra="ignore")

    opened: uuid.UUID | None = None
    at: int = 0
    view: str = ""
    chosen: tuple[ChosenRun, ...] = Field(default=(), max_length=MOST_CHOSEN)


@dataclass(frozen=True)
class GridAnswer:
    """What was done in the grid. `opened_at` differs for each opening; `view` is that in which runs were chosen."""

    chosen: tuple[ChosenRun, ...] = ()
    opened_id: uuid.UUID | None = None
    opened_at: str = ""
    view: str = ""


def grid_height(total: int) -> int:
    """Return how tall the grid is for so many runs, in pixels; for none, it cannot be seen."""
    return min(_TALLEST, _HEADER_HEIGHT + _ROW_HEIGHT * max(total, 3) + _FRAME_HEIGHT) if total else _HIDDEN


def render_run_grid(wanted: HistoryQuery, *, total: int, round_number: int) -> GridAnswer:
    """Draw the grid, as tall as `total` rows need, and return what was opened and chosen in it.

    Another query is only another source of rows to it: a frame of its own takes a second to load. In another round
    nothing is chosen.
    """
    view = f"{round_number} {wanted.encode()}"
    answer = AgGrid(
        gridOptions=_options(wanted, view),
        height=grid_height(total),
        theme=_theme(),
        allow_unsafe_jscode=True,
        data_return_mode="CUSTOM",
        custom_jscode_for_grid_return=JsCode(grid_script.ANSWER % MOST_CHOSEN),
        should_grid_return=JsCode(grid_script.IS_NEWS),
        update_on=["rowClicked", "cellKeyDown", "selectionChanged"],
        key="history.grid",
    )
    done = read_answer(getattr(answer, "raw_data", None) or getattr(answer, "_data", None))
    return done if done.view == view else replace(done, chosen=())


def read_answer(sent: object) -> GridAnswer:
    """Return what the grid sent; nothing was done when it cannot be read."""
    if not isinstance(sent, dict):
        return GridAnswer()
    try:
        read = _Sent.model_validate({name: value for name, value in sent.items() if value != ""})
    except ValidationError:
        return GridAnswer()
    return GridAnswer(chosen=read.chosen, opened_id=read.opened, opened_at=str(read.at), view=read.view)


def _options(wanted: HistoryQuery, view: str) -> dict[str, Any]:  # Any: options of the grid
    rows = grid_script.FETCH % (json.dumps(view), json.dumps(wanted.encode()), json.dumps(_SORTS), ROWS_PATH)
    return {
        "columnDefs": _columns(),
        "defaultColDef": {"sortable": False, "suppressHeaderMenuButton": True, "suppressMovable": True},
        "rowModelType": "infinite",
        "rowHeight": _ROW_HEIGHT,
        "headerHeight": _HEADER_HEIGHT,
        "datasource": {"getRows": JsCode(rows)},
        "cacheBlockSize": _BLOCK,
        "maxBlocksInCache": 20,
        "maxConcurrentDatasourceRequests": 1,
        "rowSelection": {
            "mode": "multiRow",
            "checkboxes": True,
            "headerCheckbox": False,
            "enableClickSelection": False,
        },
        "selectionColumnDef": {"width": 44, "pinned": "left", "suppressHeaderMenuButton": True},
        "sortingOrder": ["desc", "asc"],
        "onGridReady": JsCode(grid_script.FOLLOW % (json.dumps(STEPS_OF_A_RUN), _REFRESH_MILLISECONDS)),
        "onGridSizeChanged": JsCode(grid_script.FIT % json.dumps(_LEAST_WIDTHS)),
        "getRowId": JsCode("function(params) { return params.data.id }"),
        "tooltipShowDelay": 300,
        "suppressCellFocus": False,
        "enableCellTextSelection": False,
    }


def _columns() -> list[dict[str, Any]]:  # Any: options of the grid
    right = {"cellStyle": {"textAlign": "right"}, "headerClass": "ag-right-aligned-header"}
    status = {"field": "status", "headerName": "Status", "initialWidth": 100, "tooltipField": "message"}
    sorted_by_time = {"sortable": True, "initialSort": "desc"}
    return [
        {**status, "cellStyle": JsCode(_word_style(_status_colours()))},
        {"field": "when", "headerName": "When", "initialWidth": 104, "tooltipField": "when_exactly", **sorted_by_time},
        {"field": "agent", "headerName": "Agent", "initialFlex": 3, "minWidth": 100, "tooltipField": "agent"},
        {"field": "task", "headerName": "Task", "initialFlex": 2, "minWidth": 90, "tooltipField": "task"},
        {"field": "model", "headerName": "Model", "initialFlex": 2, "minWidth": 90, "tooltipField": "model"},
        {"field": "provider", "headerName": "Provider", "initialWidth": 120, "tooltipField": "provider"},
        {"field": "attempts", "headerName": "Attempts", "initialWidth": 86, **right},
        {"field": "tokens", "headerName": "Tokens in → out", "initialWidth": 126, **right},
        {"field": "cost", "headerName": "Cost", "initialWidth": 96, "tooltipField": "cost", "sortable": True, **right},
        {"field": "duration", "headerName": "Duration", "initialWidth": 102, "sortable": True, **right},
        {
            "field": "rating",
            "headerName": "Rating",
            "initialWidth": 76,
            "cellStyle": JsCode(_word_style(_rating_colours())),
        },
        {"field": "who", "headerName": "Who", "initialWidth": 92, "tooltipField": "who"},
    ]


def _word_style(colours: dict[str, str]) -> str:
    """Return the function that colours a word; the colours are those of the theme the viewer has."""
    return f"function(params) {{ return {{color: ({json.dumps(colours)})[params.value] || '', fontWeight: 600}} }}"


def _status_colours() -> dict[str, str]:
    return _paint((status_word(status), status_colour(status)) for status in RunStatus)


def _rating_colours() -> dict[str, str]:
    return _paint([(RATING_WORDS[1], "green"), (RATING_WORDS[-1], "red")])


def _paint(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    palette = _DARK if _is_dark() else _LIGHT
    return {word: palette[colour] for word, colour in words}


def _is_dark() -> bool:
    return st.context.theme.type == "dark"


def _theme() -> StAggridTheme:
    colours = _DARK_GRID if _is_dark() else _LIGHT_GRID
    return StAggridTheme(base="quartz").withParams(
        fontFamily=_FONTS,
        fontSize=14,
        headerFontSize=13,
        spacing=6,
        accentColor=_ACCENTS["dark" if _is_dark() else "light"],
        backgroundColor=colours["back"],
        foregroundColor=colours["text"],
        headerBackgroundColor=colours["head"],
        headerTextColor=colours["muted"],
        borderColor=colours["line"],
        wrapperBorderRadius="4px",
        browserColorScheme="dark" if _is_dark() else "light",
    )
