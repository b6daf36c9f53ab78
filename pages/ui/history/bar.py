"""The line above the grid: how many runs there are, or what can be done with those that were chosen."""

import uuid
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from core.runs.history.records import ExportFormat
from core.runs.records import RunPage
from pages.ui.copy_button import copy_button
from pages.ui.door import Door
from pages.ui.history.acts import repeat
from pages.ui.history.export_route import EXPORT_PATH, FORMAT_WORDS
from pages.ui.history.query import HistoryQuery
from pages.ui.history.repeating import MOST_REPEATED
from pages.ui.history.state import Asked, HistoryState
from pages.ui.layout import then_rerun
from pages.ui.routes import COMPARE_PAGE, compare_params, go_to_run, run_params
from pages.ui.run_grid import ChosenRun
from pages.ui.text import counted

_LEAST_COMPARED, _MOST_COMPARED = 2, 8


def render_bar(
    door: Door, state: HistoryState, wanted: HistoryQuery, page: RunPage, chosen: Sequence[ChosenRun]
) -> None:
    """Draw the line. It is as high with chosen runs as without, so that the grid below stays where it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="history.bar"):
        if chosen:
            _render_acts(door, state, chosen)
        else:
            st.caption(f"{say_total(page)}. Click one to open it, tick several to act on them.", width="stretch")
            _render_exports(wanted, page)


def say_total(page: RunPage) -> str:
    """Say how many runs fit."""
    runs = counted(page.total, "run")
    return runs if page.is_total_exact else f"More than {runs}"


def _render_exports(wanted: HistoryQuery, page: RunPage) -> None:
    copy_button("Copy link", _address(wanted), key="history.copy")
    with st.popover("Export", icon=":material/download:", key="history.export"):
        st.caption(f"{say_total(page)}, as the filters show them.")
        for each in ExportFormat:
            address = f"{EXPORT_PATH}?format={each.value}&{wanted.encode()}"
            st.link_button(FORMAT_WORDS[each], address, key=f"history.export.{each.value}", width="stretch")


def _address(wanted: HistoryQuery) -> str:
    """Return the address under which anybody sees this view."""
    here = (st.context.url or "").partition("?")[0]
    params = wanted.params()
    return f"{here}?{urlencode(params)}" if params else here


def _render_acts(door: Door, state: HistoryState, chosen: Sequence[ChosenRun]) -> None:
    run_ids, task_ids = tuple(run.id for run in chosen), {run.task_id for run in chosen}
    task_id = next(iter(task_ids)) if len(task_ids) == 1 else None
    st.text(f"{len(chosen):,} chosen")
    if st.button(
        "Open", key="history.open", disabled=len(chosen) != 1, help=None if len(chosen) == 1 else "Opens one."
    ):
        go_to_run(run_params(run_ids[0]))
    _render_repetition(door, state, run_ids, task_id)
    _render_comparison(run_ids, task_id)
    ask_deletion = partial(state.ask, Asked.DELETION, run_ids)
    st.button("Delete", key="history.delete", on_click=partial(then_rerun, ask_deletion))
    st.button("Clear", key="history.clear", type="tertiary", on_click=partial(then_rerun, state.choose_none))


def _render_repetition(
    door: Door, state: HistoryState, run_ids: tuple[uuid.UUID, ...], task_id: uuid.UUID | None
) -> None:
    is_one, is_too_many = len(run_ids) == 1, len(run_ids) > MOST_REPEATED
    too_many = f"At most {MOST_REPEATED} runs at once." if is_too_many else None
    again = partial(repeat, door, state, run_ids) if is_one else partial(state.ask, Asked.REPETITION, run_ids)
    st.button(
        "Run again",
        key="history.again",
        disabled=is_too_many,
        help=too_many,
        on_click=partial(then_rerun, again),
    )
    other = partial(state.ask, Asked.OTHER_AGENT, run_ids, task_id=task_id)
    st.button(
        "Another agent…",
        key="history.other",
        disabled=is_too_many or task_id is None,
        help=too_many or ("Choose runs of one task." if task_id is None else "Run again with another agent."),
        on_click=partial(then_rerun, other),
    )


def _render_comparison(run_ids: tuple[uuid.UUID, ...], task_id: uuid.UUID | None) -> None:
    reason = None
    if not _LEAST_COMPARED <= len(run_ids) <= _MOST_COMPARED:
        reason = f"Choose {_LEAST_COMPARED} to {_MOST_COMPARED} runs."
    elif task_id is None:
        reason = "Choose runs of one task."
    if st.button("Compare", key="history.compare", disabled=reason is not None, help=reason):
        st.switch_page(COMPARE_PAGE, query_params=compare_params(run_ids=run_ids))
