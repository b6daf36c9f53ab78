"""The comparisons made before, newest first."""

from urllib.parse import urlencode

import streamlit as st

from core.runs.comparing.records import ComparisonSummary
from core.runs.records import RunStatus
from pages.ui.badges import status_colour
from pages.ui.cells import line, time_line
from pages.ui.compare.grid import GridCell, GridPress, GridRow, render_grid
from pages.ui.compare.state import CompareState
from pages.ui.door import open_door
from pages.ui.errors import retried_errors
from pages.ui.live import live
from pages.ui.routes import compare_params
from pages.ui.state import page_state
from pages.ui.text import NOTHING, counted, viewer_zone

_SHOWN = 10
_LABELS_LIMIT = 120
_TITLES = ("Task", "Columns", "Runs", "Winner", "Started")


@st.fragment
def render_earlier() -> None:
    """Draw the latest comparisons as links; nothing while there are none."""
    door = open_door()
    with retried_errors("compare.earlier"):
        page = page_state(CompareState).kept.read(
            door, "earlier", lambda: door.services.comparisons.page_comparisons(door.actor, limit=_SHOWN)
        )
        if page.items:
            st.subheader("Earlier comparisons", anchor=False)
            render_grid(
                "Earlier comparisons",
                [GridCell(lines=(line(title),)) for title in _TITLES],
                [_build_row(summary) for summary in page.items],
                look="figures",
                key="compare.earlier",
                acts={"show": _show},
            )
            if page.total > len(page.items):
                st.caption(f"The latest {len(page.items)} of {page.total:,}.")
    live(door, ("comparisons",), key="compare.earlier.live")


def _show(comparison_id: str) -> None:
    st.query_params.from_dict({"comparison": comparison_id})


def _build_row(summary: ComparisonSummary) -> GridRow:
    href = f"compare?{urlencode(compare_params(comparison_id=summary.id))}"
    link = GridPress(summary.task_name, "show", str(summary.id), title="Open this comparison", href=href)
    winner = f"★ {summary.column_labels[summary.winner - 1]}" if summary.winner else NOTHING
    total = sum(summary.run_counts.values())
    repeats = f"{summary.repeat_count} repeats each" if summary.repeat_count > 1 else ""
    return GridRow(
        id=str(summary.id),
        cells=(
            GridCell(presses=(link,)),
            GridCell(lines=(line(" · ".join(summary.column_labels), limit=_LABELS_LIMIT, is_quiet=True),)),
            GridCell(
                lines=(line(counted(total, "run"), title=repeats),),
                badges=tuple(
                    {
                        "word": f"{summary.run_counts[status]} {status.value}",
                        "colour": status_colour(status),
                        "title": "",
                    }
                    for status in RunStatus
                    if status in summary.run_counts
                ),
            ),
            GridCell(lines=(line(winner, limit=60, is_quiet=not summary.winner),)),
            GridCell(
                lines=(
                    time_line(summary.created_at, zone=viewer_zone()),
                    line(f"by {summary.started_by}", limit=40, is_quiet=True),
                )
            ),
        ),
    )
