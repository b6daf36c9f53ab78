"""Home: what is set up, what ran last, and the next step."""

from collections.abc import Sequence

import streamlit as st

from core.providers.records import ProviderRecord, ValidationStatus
from core.runs.records import RunFilter, RunPage, RunStatus, RunSummary
from pages.ui.badges import render_status
from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.first_run import ReadyRun, Step, find_ready_run, list_steps
from pages.ui.layout import Column, list_row, list_table, page_header
from pages.ui.routes import HISTORY_PAGE, RUN_PAGE, go_to_run, run_params
from pages.ui.text import absolute_time, duration, label, render_quiet, render_text, render_time

door = open_door()
services, actor = door.services, door.actor

BUILTIN_NOTE = (
    "The built-in model runs on this machine, without an account or a key. It is small and often wrong: it shows that "
    "everything works, never that an agent is good."
)
LATEST_COUNT = 5
OLDEST_COUNT = 12  # agents among which the example to try is looked for
LATEST_COLUMNS = (
    Column("Status", 1.3),
    Column("Agent", 2.4),
    Column("Task", 2.4),
    Column("When", 1.3),
    Column("Duration", 1.2, "right"),
    Column("", 1),
)


def render_ready_run(ready: ReadyRun, *, is_first: bool) -> None:
    with st.container(border=True, key="home.first_run", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            with st.container(gap="xsmall", width="stretch"):
                st.subheader("Your first run is ready" if is_first else "Run the example again", anchor=False)
                st.text(
                    f"Agent “{ready.agent_name}” on task “{ready.task_name}”, with the input “{ready.sample_name}”."
                )
                render_quiet(ready.task_description, limit=160)
            if st.button("Try it", key="home.try", type="primary", icon=":material/play_arrow:"):
                go_to_run(ready.params)
        if ready.is_builtin:
            st.caption(BUILTIN_NOTE)


def render_steps(steps: Sequence[Step]) -> None:
    upcoming = next((step for step in steps if not step.is_done), None)
    with st.container(border=True, key="home.steps", gap="small"):
        st.subheader("Next step", anchor=False)
        for step in steps:
            with st.container(horizontal=True, vertical_alignment="center"):
                icon = ":material/check_circle:" if step.is_done else ":material/radio_button_unchecked:"
                st.badge("Done" if step.is_done else "To do", icon=icon, color="green" if step.is_done else "gray")
                st.text(step.text, width="stretch")
                if step is upcoming:
                    st.page_link(step.page, label=step.link, icon=":material/arrow_forward:")


def render_figures(providers: Sequence[ProviderRecord], *, agents: int, tasks: int, passed: int, runs: int) -> None:
    connected = sum(provider.validation_status is ValidationStatus.CONNECTED for provider in providers)
    with st.grid(4):
        st.metric("Providers connected", f"{connected} of {len(providers)}", border=True)
        st.metric("Agents", f"{agents:,}", border=True)
        st.metric("Tasks", f"{tasks:,}", border=True)
        st.metric("Runs passed", f"{passed:,} of {runs:,}", border=True)


def render_latest(runs: Sequence[RunSummary]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Latest runs", anchor=False, width="stretch")
        st.page_link(HISTORY_PAGE, label="All runs", icon=":material/history:")
    if not runs:
        st.caption("Nothing has run yet. Each run will stand here with its outcome.")
        return
    with list_table(LATEST_COLUMNS, key="home.latest"):
        for run in runs:
            render_run(run)


def render_run(run: RunSummary) -> None:
    status, agent, task, when, took, opening = list_row(LATEST_COLUMNS, key=f"home.run.{run.id}")
    with status:
        render_status(run.status.value, help_text=label(" ".join((absolute_time(run.queued_at), run.message))))
    with agent.container(gap="xxsmall"):
        render_text(run.agent_name, limit=48)
        render_quiet(run.model_name, limit=48)
    with task:
        render_text(run.task_name, limit=48)
    with when:
        render_time(run.queued_at, is_plain=True)
    took.text(duration(run.duration_seconds), text_alignment="right", width="stretch")
    opening.page_link(RUN_PAGE, label="Open", query_params=run_params(run.id))


def count_passed(latest: RunPage) -> int:
    if latest.total <= len(latest.items):
        return sum(run.status is RunStatus.PASSED for run in latest.items)
    return services.runs.page_runs(actor, RunFilter(status=RunStatus.PASSED), offset=0, limit=1).total


page_header(
    "Benchtop", "Connect models, write agents, define the answer you want, and see every step to a validated result."
)
with page_errors():
    providers = services.providers.list_providers(actor)
    agents, agent_count = services.agents.list_agents(actor, oldest=OLDEST_COUNT), services.agents.count_agents(actor)
    tasks = services.tasks.list_tasks(actor)
    latest = services.runs.page_runs(actor, RunFilter(), offset=0, limit=LATEST_COUNT)
    passed = count_passed(latest)
    ready = find_ready_run(door, agents=agents, providers=providers, tasks=tasks)
    steps = list_steps(providers=providers, agents=agents, task_count=len(tasks), run_count=latest.total)
    if ready is not None:
        render_ready_run(ready, is_first=passed == 0)
    elif any(not step.is_done for step in steps):
        render_steps(steps)
    render_figures(providers, agents=agent_count, tasks=len(tasks), passed=passed, runs=latest.total)
    render_latest(latest.items)
