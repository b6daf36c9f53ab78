"""A comparison: how it stands while it goes on, then its figures and its answers side by side."""

import uuid
from collections.abc import Callable
from functools import partial

import streamlit as st

from core.runs.comparing.records import AlignedAnswers, ComparisonRecord
from pages.ui.compare.answer_rows import build_answer_head, build_answer_rows, count_left_out, only_differing
from pages.ui.compare.figure_rows import PICK, SAVE, TAKE_BACK, build_figure_head, build_figure_rows, has_repeated
from pages.ui.compare.grid import render_grid
from pages.ui.compare.heading import render_heading
from pages.ui.compare.live_answers import LiveAnswers, add_pending, find_running, read_live
from pages.ui.compare.state import CompareState
from pages.ui.door import Door, open_door
from pages.ui.errors import retried_errors
from pages.ui.layout import then_rerun
from pages.ui.live import live
from pages.ui.state import page_state
from pages.ui.text import counted

_PACE = 350  # milliseconds between two drawings while answers are written
Read = Callable[[Door], ComparisonRecord]


def read_stored(comparison_id: uuid.UUID) -> Read:
    """Return what reads a comparison that is stored; what is shown of it already is not read again."""

    def read(door: Door) -> ComparisonRecord:
        comparisons, shown = door.services.comparisons, page_state(CompareState).shown
        known = shown.comparison
        if known is not None and known.id == comparison_id:
            shown.comparison = comparisons.refresh_comparison(door.actor, known)
        else:
            shown.comparison = comparisons.get_comparison(door.actor, comparison_id)
        return shown.comparison

    return read


def read_chosen(run_ids: list[uuid.UUID]) -> Read:
    """Return what puts runs that were chosen by hand side by side."""
    return lambda door: door.services.comparisons.compare_runs(door.actor, run_ids)


@st.fragment
def render_comparison(read: Read) -> None:
    """Draw a comparison, and again with what happens in it, a few times a second at most."""
    door, state = open_door(), page_state(CompareState)
    is_over = True
    with retried_errors("compare"):
        comparison = read(door)
        is_over = comparison.is_over
        _render(door, state, comparison)
    if is_over:
        live(door, ("comparisons",), key="compare.live.over")
    else:
        live(door, ("runs", "comparisons"), key="compare.live.running", pace_milliseconds=_PACE)


def _render(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    render_heading(door, state, comparison)
    if comparison.is_over:
        aligned = state.shown.align(comparison)
        _render_figures(door, state, comparison, aligned)
        _render_answers(comparison, aligned, None)
        return
    _render_progress(door, state, comparison)
    answers = _read_live(door, comparison)
    _render_answers(comparison, state.shown.align(answers.comparison), answers)


def _render_figures(door: Door, state: CompareState, comparison: ComparisonRecord, aligned: AlignedAnswers) -> None:
    acts = {
        PICK: lambda value: state.open_picking(_read_position(value)),
        SAVE: lambda value: state.open_saving(_read_position(value)),
        TAKE_BACK: lambda _: _take_back(door, state, comparison),
    }
    render_grid(
        "Figures of each column",
        build_figure_head(has_repeats=has_repeated(comparison.columns)),
        build_figure_rows(comparison, aligned),
        look="figures",
        key="compare.figures",
        acts=acts,
    )


def _read_position(value: str) -> int:
    """Return a position that a browser sent; 0, which no column has, for what is none."""
    return int(value) if value.isascii() and value.isdecimal() else 0


def _read_live(door: Door, comparison: ComparisonRecord) -> LiveAnswers:
    running = [run for run in map(find_running, comparison.columns) if run is not None]
    return read_live(comparison, door.services.comparisons.read_progress(door.actor, [run.id for run in running]))


def _render_progress(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    runs = comparison.runs
    over = sum(run.status.is_over for run in runs)
    is_asked = all(run.status.is_over or run.is_cancel_requested for run in runs)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="compare.progress"):
        st.progress(over / len(runs), text=f"{over} of {counted(len(runs), 'run')} over")
        st.button(
            "Cancelling…" if is_asked else "Cancel all",
            key="compare.cancel",
            icon=":material/stop:",
            disabled=is_asked or comparison.id is None,
            on_click=partial(then_rerun, partial(_cancel, door, state, comparison)),
        )


def _render_answers(comparison: ComparisonRecord, aligned: AlignedAnswers, answers: LiveAnswers | None) -> None:
    rows = aligned.rows if answers is None else tuple(add_pending(aligned.rows, comparison))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.subheader("Answers", anchor=False, width="content")
        if aligned.agreement is not None and answers is None:
            st.caption(
                f"The columns agree by {aligned.agreement:.0%}",
                width="content",
                help="The mean, over all fields, of the share of columns that say what most of them say.",
            )
        with st.container(horizontal=True, horizontal_alignment="right"):
            is_narrowed = st.toggle("Only differences", key="compare.only_differences")
    shown = only_differing(rows) if is_narrowed else list(rows)
    render_grid(
        "Answers side by side",
        build_answer_head(comparison, answers),
        build_answer_rows(shown, comparison, answers),
        look="answers",
        key="compare.answers",
        acts={},
    )
    _render_remark(comparison, aligned, shown_count=len(shown), row_count=len(rows))


def _render_remark(comparison: ComparisonRecord, aligned: AlignedAnswers, *, shown_count: int, row_count: int) -> None:
    """Say below the answers what cannot be seen in them."""
    if row_count > shown_count:
        same = counted(row_count - shown_count, "field")
        st.caption(f"{same} hidden: every run says the same there." if shown_count else "Every run says the same.")
    elif not row_count and comparison.is_over and comparison.content_erased_at is None:
        st.caption("No run passed, so there are no answers to lay side by side. Open a run to see why.")
    if left_out := count_left_out(aligned):
        st.caption(left_out)


def _cancel(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    comparison_id = comparison.id
    if comparison_id is not None:
        state.attempt(lambda: door.services.comparisons.cancel_comparison(door.actor, comparison_id))


def _take_back(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    comparison_id = comparison.id
    if comparison_id is not None:
        state.attempt(lambda: door.services.comparisons.pick_winner(door.actor, comparison_id, None))
