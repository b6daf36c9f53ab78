"""The list of comparisons: where its rows come from, and what can be pressed in them."""

import uuid
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial

import streamlit as st
from pydantic import BaseModel, ConfigDict

from core.actors import Actor
from core.errors import DashboardError
from core.paging import MAX_PAGE
from core.runs.comparing.records import ComparisonSummary
from core.runs.records import RunStatus
from core.services import Services
from pages.ui.cells import Cell, Row, cell, line, press, quiet, status_badge, time_line
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.history.dialog_buttons import dialog_buttons
from pages.ui.history.state import Asked, HistoryState
from pages.ui.latest_runs import STEPS_OF_A_RUN
from pages.ui.layout import Column, empty_state
from pages.ui.live_list import LiveList, live_list
from pages.ui.live_table import Acts, TableSource
from pages.ui.routes import COMPARE_PAGE, compare_params
from pages.ui.text import counted


class _Any(BaseModel):
    """No filter: all comparisons are listed."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def render_comparisons(door: Door, state: HistoryState) -> None:
    """Draw the bar that restores what was deleted last, and the list."""
    _undo_bar(door, state)
    live_list(door, LiveList(COMPARISONS, _acts(state), render_empty=_render_empty))


def comparison_dialog(door: Door, state: HistoryState) -> None:
    """Ask whether the comparison may be deleted."""

    @st.dialog("Delete the comparison?", on_dismiss=state.close)
    def confirm() -> None:
        if state.error is not None:
            show_error(state.error)
        st.text("The comparison and its runs will be deleted. You can undo this right afterwards.")
        dialog_buttons(state, "Delete", partial(_delete, door, state))

    confirm()


def _read(
    services: Services, actor: Actor, wanted: _Any, offset: int, limit: int
) -> tuple[Sequence[ComparisonSummary], int]:
    end = min(offset + limit, MAX_PAGE)
    page = services.comparisons.page_comparisons(actor, limit=end)
    return page.items[offset:end], min(page.total, MAX_PAGE)


def _build_row(comparison: ComparisonSummary, zone: tzinfo) -> Row:
    columns = counted(len(comparison.column_labels), "column")
    repeats = "" if comparison.repeat_count == 1 else f" · {comparison.repeat_count} runs each"
    return {
        "id": str(comparison.id),
        "note": "",
        "cells": [
            _say_status(comparison),
            cell(line(comparison.task_name, limit=48), quiet(f"{columns}{repeats}")),
            cell(line(", ".join(comparison.column_labels), limit=70)),
            cell(line(_winner(comparison), limit=40)),
            cell(time_line(comparison.created_at, zone=zone), quiet(comparison.started_by, limit=30)),
            cell(presses=[press("open", "Open"), press("delete", "Delete", is_disabled=not comparison.is_over)]),
        ],
    }


def _say_status(comparison: ComparisonSummary) -> Cell:
    """Say whether it goes on and how many of its runs passed; they can all be deleted while it stays."""
    counts = comparison.run_counts
    total, passed = sum(counts.values()), counts.get(RunStatus.PASSED, 0)
    done = sum(count for status, count in counts.items() if status.is_over)
    if not comparison.is_over:
        return cell(quiet(f"{done} of {total} runs over"), badge=status_badge("running"))
    if not total:
        return cell(quiet("No runs left"))
    word = "passed" if passed == total else "cancelled" if counts.get(RunStatus.CANCELLED) == total else "failed"
    if 0 < passed < total:
        return cell(quiet(f"{passed} of {total} runs passed"), badge={"word": "Mixed", "colour": "orange", "title": ""})
    return cell(quiet(f"{passed} of {total} runs passed"), badge=status_badge(word))


def _winner(comparison: ComparisonSummary) -> str:
    if comparison.winner is None or not 0 < comparison.winner <= len(comparison.column_labels):
        return "Not decided"
    return comparison.column_labels[comparison.winner - 1]


COMPARISONS = TableSource(
    name="comparisons",
    topics=("comparisons", "runs"),
    without=STEPS_OF_A_RUN,
    columns=(
        Column("Status", 1.6),
        Column("Task", 2),
        Column("Compared", 3),
        Column("Winner", 1.6),
        Column("When", 1.2),
        Column("", 0),
    ),
    filter_kind=_Any,
    read=_read,
    build_row=_build_row,
    page_size=12,
)


def _acts(state: HistoryState) -> Acts:
    def open_comparison(comparison_id: uuid.UUID) -> None:
        state.target = (COMPARE_PAGE, compare_params(comparison_id=comparison_id))

    return Acts(
        changes={
            "open": lambda pressed: open_comparison(pressed.item_id),
            "delete": lambda pressed: state.ask(Asked.COMPARISON, (pressed.item_id,)),
        }
    )


def _render_empty(_: bool) -> None:
    empty_state(
        "No comparisons yet",
        "The same input over several agents or settings, side by side, stands here with its winner.",
        link=(COMPARE_PAGE, "Open Compare"),
        key="history.no_comparison",
    )


def _delete(door: Door, state: HistoryState) -> None:
    (comparison_id,) = state.asked_ids
    try:
        door.services.comparisons.delete_comparison(door.actor, comparison_id)
    except DashboardError as error:
        state.error = error
        return
    state.close()
    state.error, state.deleted_comparison_id = None, comparison_id


def _undo_bar(door: Door, state: HistoryState) -> None:
    if state.deleted_comparison_id is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="history.comparison_undo_bar"):
        st.text("Deleted the comparison and its runs.", width="stretch")
        st.button("Undo", key="history.comparison_undo", icon=":material/undo:", on_click=_restore, args=(door, state))
        st.button("Dismiss", key="history.comparison_dismiss", type="tertiary", on_click=_forget, args=(state,))


def _restore(door: Door, state: HistoryState) -> None:
    comparison_id = state.deleted_comparison_id
    _forget(state)
    if comparison_id is None:
        return
    try:
        door.services.comparisons.restore_comparison(door.actor, comparison_id)
    except DashboardError as error:
        state.error = error
        return
    state.error, state.said = None, "Restored the comparison."


def _forget(state: HistoryState) -> None:
    state.deleted_comparison_id = None
