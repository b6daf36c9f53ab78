"""Shows how a run ended: the figures, then the validated result or the sentence that says why there is none."""

from collections.abc import Sequence

import streamlit as st

from core.runs.costs import say_cost
from core.runs.records import RunRecord, RunStatus
from core.tasks.mending import Mend
from pages.ui.badges import render_status
from pages.ui.result.mends import render_folded_mends
from pages.ui.result.view import render_result
from pages.ui.text import duration, label, render_time

NOT_KEPT = "The content of this run is not kept any more; its figures are."
IN_MEMORY = "The task stores no content. What is shown here is gone 15 minutes after the run; its figures are kept."


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


def render_outcome(run: RunRecord, *, mends: Sequence[Mend] = ()) -> None:
    """Draw the result of a passed run, or why there is none and what to do.

    `mends` is what was mended in the answer that passed.
    """
    if run.status is not RunStatus.PASSED:
        _render_failure(run)
    elif run.result is None:
        st.caption(f":material/visibility_off: {NOT_KEPT}")
        return
    else:
        render_result(run.result, run.response_schema, key="run.result")
        if mends:
            render_folded_mends(mends, key="run.result.mends")
    if run.content_erased_at is not None:
        st.caption(f":material/visibility_off: {IN_MEMORY if is_content_here(run) else NOT_KEPT}")


def is_content_here(run: RunRecord) -> bool:
    """Return whether input, requests and answers can be shown, be it from memory alone."""
    return run.content_erased_at is None or run.input is not None


def render_origin(run: RunRecord) -> None:
    """Draw the line that says what ran: agent, task, their versions, the model, the provider, and when."""
    said = (
        f"{label(run.agent_name)} ({_say_version(run)}) on {label(run.task_name)} (version "
        f"{run.task_version}): {label(run.model_name)} by {label(run.provider_name)}"
    )
    with st.container(horizontal=True, gap="small"):
        st.caption(said, width="content")
        render_time(run.queued_at)


def _say_version(run: RunRecord) -> str:
    if run.agent_version is not None:
        return f"version {run.agent_version}"
    return f"a variation of version {run.variation_of}"


def _render_failure(run: RunRecord) -> None:
    sentence = run.message or "The run ended without a result."
    if run.status is RunStatus.FAILED:
        st.error(
            label(run.hint) or "The attempts below show every step.", title=label(sentence), icon=":material/error:"
        )
    else:
        st.warning(label(run.hint) or "Press Run to start it again.", title=label(sentence), icon=":material/block:")


def _render_figure(title: str, value: str) -> None:
    with st.container(width="content", gap="xxsmall"):
        st.caption(title)
        st.text(value)
