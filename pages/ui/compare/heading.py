"""What stands above a comparison: what was compared, what can be done with it, and who won."""

from functools import partial

import streamlit as st

from core.runs.comparing.records import ComparisonRecord
from pages.ui.compare.opening import refill
from pages.ui.compare.state import CompareState
from pages.ui.copy_button import copy_button
from pages.ui.door import Door
from pages.ui.input.leaf_values import write_json
from pages.ui.layout import then_rerun
from pages.ui.long_text import render_long
from pages.ui.routes import compare_params
from pages.ui.text import counted, cut, label, relative_time, render_time


def render_heading(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    """Draw the lines and buttons above the tables."""
    with st.container(gap="xxsmall"):
        st.subheader(label(cut(comparison.task_name, 100)), anchor=False)
        _render_origin(comparison)
    _render_acts(door, state, comparison)
    _render_winner(comparison)
    _render_input(comparison)


def _render_origin(comparison: ComparisonRecord) -> None:
    repeats = f", {counted(comparison.repeat_count, 'repeat')} each" if comparison.repeat_count > 1 else ""
    kind = "" if comparison.id is not None else "Runs chosen by hand: "
    said = (
        f"{kind}{counted(len(comparison.columns), 'column')}{repeats}, version {comparison.task_version} of the task, "
        f"started by {label(comparison.started_by)}"
    )
    with st.container(horizontal=True, gap="xsmall"):
        st.caption(said, width="content")
        render_time(comparison.created_at)


def _render_acts(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Change and compare again",
            key="compare.again",
            icon=":material/edit:",
            on_click=partial(then_rerun, partial(refill, door, state, comparison)),
        )
        if address := _address(comparison):
            copy_button("Copy link", address, key="compare.copy")
        if comparison.id is not None:
            st.button(
                "Delete",
                key="compare.delete",
                icon=":material/delete:",
                disabled=not comparison.is_over,
                help=None if comparison.is_over else "Cancel it first.",
                on_click=partial(then_rerun, partial(state.ask_deletion, comparison.id, _name(comparison))),
            )


def _name(comparison: ComparisonRecord) -> str:
    return f"{counted(len(comparison.columns), 'column')} on {comparison.task_name}"


def _address(comparison: ComparisonRecord) -> str:
    """Return the link to what is shown; blank where the browser does not tell where it is."""
    params = (
        compare_params(comparison_id=comparison.id)
        if comparison.id is not None
        else compare_params(run_ids=[run.id for run in comparison.runs])
    )
    page = (st.context.url or "").partition("?")[0]
    return f"{page}?{'&'.join(f'{name}={value}' for name, value in params.items())}" if page else ""


def _render_winner(comparison: ComparisonRecord) -> None:
    column = next((each for each in comparison.columns if each.position == comparison.winner), None)
    if column is None:
        return
    by = f"picked by {label(comparison.decided_by or '')} {relative_time(comparison.decided_at)}"
    with st.container(gap="xxsmall", key="compare.winner"):
        st.caption(f":green[:material/star: **{column.position}. {label(column.label)}**] is the winner, {by}")
        if comparison.winner_note:
            st.text(comparison.winner_note)


def _render_input(comparison: ComparisonRecord) -> None:
    _render_keeping(comparison)
    value = comparison.input
    if value is None:
        return
    box = st.expander("Input", key="compare.input_shown", on_change="rerun")
    if box.open:
        with box:
            is_text = isinstance(value, str)
            render_long(
                value if is_text else write_json(value),
                key="compare.input_download",
                file_name="input.txt" if is_text else "input.json",
                language=None if is_text else "json",
            )


def _render_keeping(comparison: ComparisonRecord) -> None:
    """Say what is not kept, or soon not; an input that is not stored is at hand before there is any answer."""
    is_at_hand = comparison.input is not None or any(run.result is not None for run in comparison.runs)
    if comparison.content_erased_at is not None and is_at_hand:
        st.caption(
            ":material/auto_delete: Of some runs, input and answer are not kept any more."
            if comparison.id is None
            else ":material/auto_delete: Input and answers are not stored: what is shown is gone in some minutes. "
            "The figures stay."
        )
    elif comparison.content_erased_at is not None:
        st.caption(
            f":material/auto_delete: Input and answers are not kept any more, since "
            f"{relative_time(comparison.content_erased_at)}. The figures stay."
        )
    elif not comparison.has_one_input:
        st.caption(":material/info: These runs had different inputs, so their answers differ for that reason too.")
