"""Shows how a run ended: the figures, then the validated result or the sentence that says why there is none."""

import json

import streamlit as st

from core.runs.costs import say_cost
from core.runs.records import RunRecord, RunStatus
from pages.ui.badges import render_status
from pages.ui.layout import Column, list_row, list_table
from pages.ui.long_text import render_long, render_value
from pages.ui.result_rows import ResultLine, ResultTable, lay_out
from pages.ui.text import counted, duration, label, render_time

_COLUMNS = (Column("Field", 3), Column("Value", 6), Column("Type", 2))


def render_figures(run: RunRecord) -> None:
    """Draw the row of figures of a run that is over."""
    with st.container(horizontal=True, gap="medium", key="run.figures"):
        with st.container(width="content", gap="xxsmall"):
            st.caption("Status")
            render_status(run.status)
        _render_figure("Duration", duration(run.duration_seconds))
        _render_figure("Attempts", f"{run.attempt_count:,}")
        _render_figure("Tokens in", f"{run.input_tokens:,}")
        _render_figure("Tokens out", f"{run.output_tokens:,}")
        _render_figure("Cost", say_cost(run.cost))
        _render_figure("Model", run.model_name)


def render_outcome(run: RunRecord, *, mend_count: int) -> None:
    """Draw the result of a passed run, or why there is none and what to do.

    `mend_count` is how much was mended in the answer that passed.
    """
    if run.status is RunStatus.PASSED:
        _render_result(run)
        if mend_count:
            st.caption(f"{counted(mend_count, 'mend')} made, see the attempts.")
        return
    sentence = run.message or "The run ended without a result."
    if run.status is RunStatus.FAILED:
        st.error(
            label(run.hint) or "The attempts below show every step.", title=label(sentence), icon=":material/error:"
        )
    else:
        st.warning(label(run.hint) or "Press Run to start it again.", title=label(sentence), icon=":material/block:")


def render_origin(run: RunRecord) -> None:
    """Draw the line that says what ran: agent, task, their versions, the provider, and when."""
    said = (
        f"{label(run.agent_name)} (version {run.agent_version}) on {label(run.task_name)} (version "
        f"{run.task_version}), by {label(run.provider_name)}"
    )
    with st.container(horizontal=True, gap="small"):
        st.caption(said, width="content")
        render_time(run.queued_at)


def _render_figure(title: str, value: str) -> None:
    with st.container(width="content", gap="xxsmall"):
        st.caption(title)
        st.text(value)


def _render_result(run: RunRecord) -> None:
    table_tab, json_tab = st.tabs(["Table", "JSON"], key="run.result")
    result = run.result or {}
    with table_tab:
        _render_table(lay_out(result, run.response_schema))
    with json_tab:
        text = json.dumps(result, indent=2, ensure_ascii=False)
        render_long(text, key="run.result.download", file_name="result.json", language="json")


def _render_table(parts: list[ResultLine | ResultTable]) -> None:
    if not parts:
        st.caption("The answer is an empty object, and the schema accepts that.")
        return
    with list_table(_COLUMNS, key="run.result_table"):
        for number, part in enumerate(parts):
            place, value, kind = list_row(_COLUMNS, key=f"run.result_line.{number}")
            place.text(part.place)
            if isinstance(part, ResultLine):
                with value:
                    render_value(part.text)
                kind.caption(part.kind)
            else:
                kind.caption(f"list of {counted(len(part.rows), 'object')}")
                _render_list(part)


def _render_list(table: ResultTable) -> None:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    st.dataframe(rows, hide_index=True, alt="The objects of this list")
