"""Run: an agent on a task with one input, and every step to its answer."""

import uuid

import streamlit as st

from core.agents.records import AgentRecord, AgentVariation
from core.runs.records import RunRecord
from pages.ui.attempts_view import render_attempts
from pages.ui.door import open_door
from pages.ui.errors import page_errors, shown_errors
from pages.ui.layout import empty_state, page_header
from pages.ui.result.rating import render_rating
from pages.ui.result_view import is_content_here, render_figures, render_origin, render_outcome
from pages.ui.routes import AGENTS_PAGE, query_id
from pages.ui.run_check import find_notices, render_notes, render_warnings, typed_value
from pages.ui.run_code import render_code
from pages.ui.run_preview import render_preview
from pages.ui.run_progress import render_progress
from pages.ui.run_setup import (
    follow_url,
    render_agent,
    render_model,
    render_run_input,
    render_start_error,
    render_task,
    start,
)
from pages.ui.run_state import RunState
from pages.ui.shortcuts import shortcuts
from pages.ui.state import page_state
from pages.ui.tuning import render_tuning

door = open_door()
state = page_state(RunState)
services, actor = door.services, door.actor


def render_setup(agents: list[AgentRecord], *, is_running: bool) -> None:
    saved = render_agent(state, agents)
    render_model(saved)
    task = render_task(door, state, saved)
    if task is None:
        return
    variation = render_tuning(door, state, saved)
    agent = find_varied(saved, variation) or saved
    given = render_run_input(door, state, task)
    value = typed_value(given)
    notices = find_notices(door, agent=agent, task=task, value=value)
    # Places that are always there: else what comes and goes would have all below it drawn anew.
    with st.container(key="run.warnings"):
        render_warnings(notices)
    pressed = st.button(
        "Run",
        key="run.start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=is_running,
        help="Ctrl+Enter",
        width="stretch",
    )
    if pressed:
        start(door, state, agent=saved, variation=variation, task=task, given=given)
    with st.container(key="run.refusal"):
        render_start_error(state)
    render_notes(notices)
    render_preview(door, agent=agent, task=task, value=value)


@shown_errors()
def find_varied(saved: AgentRecord, variation: AgentVariation | None) -> AgentRecord | None:
    return services.agents.vary_agent(actor, saved, variation)


def render_run(run: RunRecord | None) -> None:
    if run is None:
        empty_state(
            "Nothing has run here yet",
            "Press Run. The answer appears here as it is written, then the validated result and every attempt.",
            key="run.nothing",
        )
        return
    render_origin(run)
    if not run.status.is_over:
        render_progress(run.id)
        return
    render_figures(run)
    attempts = services.runs.list_attempts(actor, run.id)
    render_outcome(run, mends=attempts[-1].mends if attempts else ())
    render_rating(door, run)
    render_attempts(attempts, is_content_kept=is_content_here(run))
    render_code(door, run)


@shown_errors()
def find_run(run_id: uuid.UUID | None) -> RunRecord | None:
    return None if run_id is None else services.runs.get_run(actor, run_id)


page_header("Run", "Try an agent on a task, and see every step to its answer.")
with page_errors():
    agents = services.agents.list_agents(actor, only_active=True)
    follow_url(door, state, agents)
    run = find_run(query_id("run"))
    grid = st.grid(2, min_column_width=330, gap="medium", key="run.grid")
    with grid.cell():
        if agents:
            render_setup(agents, is_running=run is not None and not run.status.is_over)
        else:
            empty_state("No active agent", "An agent is what runs: a model with its prompts.", key="run.no_agent")
            st.page_link(AGENTS_PAGE, label="Add an agent", icon=":material/arrow_forward:")
    with grid.cell():
        render_run(run)
shortcuts({"Ctrl+Enter": "run.start"}, key="run.keys")
