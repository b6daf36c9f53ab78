"""Home: what is set up, what ran last, and the next step."""

from collections.abc import Sequence

import streamlit as st

from core.providers.records import ProviderRecord, ValidationStatus
from core.runs.records import RunFilter, RunStatus
from pages.ui.door import open_door
from pages.ui.errors import retried_errors
from pages.ui.first_run import ReadyRun, Step, find_ready_run, list_steps
from pages.ui.latest_runs import LATEST_ACTS, LATEST_RUNS, STEPS_OF_A_RUN
from pages.ui.layout import page_header
from pages.ui.live import live
from pages.ui.live_list import LiveList, live_list
from pages.ui.routes import HISTORY_PAGE, go_to_run
from pages.ui.text import render_quiet

door = open_door()
services, actor = door.services, door.actor

BUILTIN_NOTE = (
    "The built-in model runs on this machine, without an account or a key. It is small and often wrong: it shows that "
    "everything works, never that an agent is good."
)
OLDEST_COUNT = 12  # agents among which the example to try is looked for


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


def count_runs(wanted: RunFilter) -> int:
    return services.history.page_runs(actor, wanted, offset=0, limit=1).total


def render_overview() -> None:
    providers, tasks = services.providers.list_providers(actor), services.tasks.list_tasks(actor)
    agents, agent_count = services.agents.list_agents(actor, oldest=OLDEST_COUNT), services.agents.count_agents(actor)
    runs, passed = count_runs(RunFilter()), count_runs(RunFilter(status=RunStatus.PASSED))
    ready = find_ready_run(door, agents=agents, providers=providers, tasks=tasks)
    steps = list_steps(providers=providers, agents=agents, task_count=len(tasks), run_count=runs)
    if ready is not None:
        render_ready_run(ready, is_first=passed == 0)
    elif any(not step.is_done for step in steps):
        render_steps(steps)
    render_figures(providers, agents=agent_count, tasks=len(tasks), passed=passed, runs=runs)


@st.fragment
def follow_overview() -> None:
    with retried_errors("home"):
        render_overview()
    live(door, ("agents", "providers", "runs", "tasks"), key="home.live", without=("started", *STEPS_OF_A_RUN))


def render_no_runs(_: bool) -> None:
    st.caption("Nothing has run yet. Each run will stand here with its outcome.")


page_header(
    "Benchtop", "Connect models, write agents, define the answer you want, and see every step to a validated result."
)
follow_overview()
with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader("Latest runs", anchor=False, width="stretch")
    st.page_link(HISTORY_PAGE, label="All runs", icon=":material/history:")
live_list(door, LiveList(LATEST_RUNS, LATEST_ACTS, render_empty=render_no_runs))
