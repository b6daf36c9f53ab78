"""The grid of all runs: it fetches its rows block by block and sends back only the id that was opened."""

import json
import uuid
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from st_aggrid import AgGrid, JsCode, StAggridTheme

from core.runs.records import RunFilter, RunStatus
from pages.ui.badges import status_colour, status_word
from pages.ui.latest_runs import STEPS_OF_A_RUN
from pages.ui.run_rows import ROWS_PATH
from pages.ui.text import viewer_zone

_BLOCK = 100
_TALLEST = 620
_ROW_HEIGHT = 38
_HEADER_HEIGHT = 40
_FRAME_HEIGHT = 18  # with room for the bar that scrolls sideways in a narrow window
_REFRESH_MILLISECONDS = 250
_FONTS = '"Source Sans 3", "Source Sans Pro", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
# The grid lives in a frame of its own, which the theme of the page does not reach: these are its colours once more.
_LIGHT_GRID = {"back": "#ffffff", "head": "#f4f5f6", "text": "#1b1f23", "muted": "#4b535b", "line": "#dfe2e5"}
_DARK_GRID = {"back": "#14171a", "head": "#1e2226", "text": "#e6e9ec", "muted": "#b4bcc4", "line": "#343a40"}
_LIGHT = {"gray": "#4b535b", "blue": "#184f9f", "green": "#14623a", "red": "#a32620", "orange": "#864a00"}
_DARK = {"gray": "#b9c1c9", "blue": "#93bff9", "green": "#74d29c", "red": "#f59c96", "orange": "#f0b972"}

# The grid's wrapper joins these to one line: every statement ends with a semicolon.
_FETCH = """
function(params) {
  const query = new URLSearchParams(%s);
  query.set("start", params.startRow);
  query.set("end", params.endRow);
  fetch("%s?" + query.toString(), {credentials: "same-origin"})
    .then((answer) => answer.ok ? answer.json() : Promise.reject(answer.status))
    .then((block) => params.successCallback(block.rows, block.total))
    .catch(() => { params.failCallback(); setTimeout(() => params.api.refreshInfiniteCache(), 2000); });
}
"""
# The hub of live_hub.js, in the window around the grid's own; it may come after the grid.
_FOLLOW = """
function(event) {
  let leave = null;
  const refresh = () => {
    if (window.frameElement && window.frameElement.isConnected) event.api.refreshInfiniteCache();
    else if (leave) leave();
  };
  const join = () => {
    leave = window.parent.benchtopLive.listen({topics: ["runs"], without: %s, pace: %d, call: refresh});
  };
  window.addEventListener("pagehide", () => { if (leave) leave(); });
  if (window.parent.benchtopLive) join();
  else window.parent.addEventListener("benchtop-live", join, {once: true});
}
"""
_OPENED = """
function({eventData}) {
  return {id: (eventData && eventData.data && eventData.data.id) || "", at: Date.now()};
}
"""
_IS_OPENING = """
function({streamlitRerunEventTriggerName, eventData}) {
  if (streamlitRerunEventTriggerName === "rowClicked") return true;
  return Boolean(eventData && eventData.event && eventData.event.key === "Enter");
}
"""


def grid_height(total: int) -> int:
    """Return how tall the grid is for so many runs, in pixels; 0 for none, when there is no grid."""
    return min(_TALLEST, _HEADER_HEIGHT + _ROW_HEIGHT * max(total, 3) + _FRAME_HEIGHT) if total else 0


def render_run_grid(wanted: RunFilter, *, total: int, key: str) -> tuple[uuid.UUID, str] | None:
    """Draw the grid, as tall as `total` rows need.

    Returns the run that was opened and a token that differs for each opening, or None.
    """
    answer = AgGrid(
        gridOptions=_options(wanted),
        height=grid_height(total),
        theme=_theme(),
        allow_unsafe_jscode=True,
        data_return_mode="CUSTOM",
        custom_jscode_for_grid_return=JsCode(_OPENED),
        should_grid_return=JsCode(_IS_OPENING),
        update_on=["rowClicked", "cellKeyDown"],
        key=key,
    )
    return _read_answer(answer)


def _read_answer(answer: Any) -> tuple[uuid.UUID, str] | None:  # Any: the component's own wrapper, from the browser
    opened = getattr(answer, "raw_data", None) or getattr(answer, "_data", None)
    if not isinstance(opened, dict):
        return None
    try:
        return uuid.UUID(str(opened.get("id"))), str(opened.get("at"))
    except ValueError:
        return None


def _options(wanted: RunFilter) -> dict[str, Any]:  # Any: options of the grid
    query = {
        "agent": str(wanted.agent_id or ""),
        "task": str(wanted.task_id or ""),
        "status": wanted.status.value if wanted.status else "",
        "zone": str(viewer_zone()),
    }
    return {
        "columnDefs": _columns(),
        "defaultColDef": {"sortable": False, "suppressHeaderMenuButton": True, "suppressMovable": True},
        "rowModelType": "infinite",
        "rowHeight": _ROW_HEIGHT,
        "headerHeight": _HEADER_HEIGHT,
        "datasource": {"getRows": JsCode(_FETCH % (repr(urlencode(query)), ROWS_PATH))},
        "cacheBlockSize": _BLOCK,
        "maxBlocksInCache": 20,
        "onGridReady": JsCode(_FOLLOW % (json.dumps(STEPS_OF_A_RUN), _REFRESH_MILLISECONDS)),
        "getRowId": JsCode("function(params) { return params.data.id }"),
        "tooltipShowDelay": 300,
        "suppressCellFocus": False,
        "enableCellTextSelection": False,
    }


def _columns() -> list[dict[str, Any]]:  # Any: options of the grid
    right = {"cellStyle": {"textAlign": "right"}, "headerClass": "ag-right-aligned-header"}
    status = {"field": "status", "headerName": "Status", "width": 100, "tooltipField": "message"}
    return [
        {**status, "cellStyle": JsCode(_status_style())},
        {"field": "when", "headerName": "When", "width": 100, "tooltipField": "when_exactly"},
        {"field": "agent", "headerName": "Agent", "flex": 2, "minWidth": 90, "tooltipField": "agent"},
        {"field": "task", "headerName": "Task", "flex": 2, "minWidth": 90, "tooltipField": "task"},
        {"field": "model", "headerName": "Model", "flex": 2, "minWidth": 90, "tooltipField": "model"},
        {"field": "attempts", "headerName": "Attempts", "width": 88, **right},
        {"field": "tokens", "headerName": "Tokens in → out", "width": 128, **right},
        {"field": "duration", "headerName": "Duration", "width": 90, **right},
    ]


def _status_style() -> str:
    """Return the function that colours the status word for the theme the viewer has."""
    palette = _DARK if _is_dark() else _LIGHT
    colours = {status_word(status): palette[status_colour(status)] for status in RunStatus}
    return f"function(params) {{ return {{color: ({colours!r})[params.value] || '', fontWeight: 600}} }}"


def _is_dark() -> bool:
    return st.context.theme.type == "dark"


def _theme() -> StAggridTheme:
    colours = _DARK_GRID if _is_dark() else _LIGHT_GRID
    return StAggridTheme(base="quartz").withParams(
        fontFamily=_FONTS,
        fontSize=14,
        headerFontSize=13,
        spacing=6,
        backgroundColor=colours["back"],
        foregroundColor=colours["text"],
        headerBackgroundColor=colours["head"],
        headerTextColor=colours["muted"],
        borderColor=colours["line"],
        wrapperBorderRadius="4px",
        browserColorScheme="dark" if _is_dark() else "light",
    )
