"""The left half of the Run page: agent, task and input, filled from the URL, the samples or by hand."""

import uuid
from datetime import datetime

import streamlit as st

from core.agents.records import AgentRecord, AgentVariation
from core.errors import DashboardError, NotFoundError, StateConflictError
from core.providers.types import find_type
from core.runs.records import StartRun
from core.tasks.records import TaskRecord
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.input.task_input import InputForm, fill_input, finished_input, render_task_input
from pages.ui.model_trouble import trouble_badge
from pages.ui.routes import AGENTS_PAGE, query_id
from pages.ui.run_state import RunState
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import cut, label, viewer_zone

AGENT = "run.agent"
TASK = "run.task"
KEY = "run"
"""What the keys of the input begin with."""


def follow_url(door: Door, state: RunState, agents: list[AgentRecord]) -> None:
    """Fill the fields from a URL that was not taken over yet: a run to show, or an agent, a task and a sample."""
    params = st.query_params.to_dict()
    if params == state.seen:
        return
    state.seen, state.error = params, None
    run_id, agent_id, task_id = query_id("run"), query_id("agent"), query_id("task")
    try:
        if run_id is not None:
            run = door.services.runs.get_run(door.actor, run_id)
            _choose(run.agent_id, run.task_id)
            _fill(state, run.input, task_id=run.task_id)
            variation = door.services.runs.get_variation(door.actor, run_id)
            if variation is not None:
                state.tuning.set(run.agent_id, variation)
            return
        if agent_id is None and task_id is not None:
            agent_id = _find_agent(door, task_id, agents)
            if agent_id is None:
                state.error = NotFoundError(
                    "No active agent may do that task yet.", hint="Click on its agents on the Tasks page to assign one."
                )
        _choose(agent_id, task_id)
        fixture_id = query_id("sample")
        if task_id is not None and fixture_id is not None:
            fixture = door.services.fixtures.get_fixture(door.actor, task_id, fixture_id)
            _fill(state, fixture.input, task_id=task_id)
    except NotFoundError:
        return


def _find_agent(door: Door, task_id: uuid.UUID, agents: list[AgentRecord]) -> uuid.UUID | None:
    """Return the first of the active agents that may do the task."""
    assignments = door.services.assignments.list_for_task(door.actor, task_id)
    usable = {agent.id for agent in agents}
    return next((each.agent_id for each in assignments if each.is_active and each.agent_id in usable), None)


def _choose(agent_id: uuid.UUID | None, task_id: uuid.UUID | None) -> None:
    if agent_id is not None:
        set_widget_value(AGENT, agent_id)
    if task_id is not None:
        set_widget_value(TASK, task_id)


def _fill(state: RunState, value: object, *, task_id: uuid.UUID) -> None:
    fill_input(state.input, value, task_id=task_id, key=KEY)


def render_agent(state: RunState, agents: list[AgentRecord]) -> AgentRecord:
    """Draw the choice of the agent."""
    by_id = {agent.id: agent for agent in agents}
    state.is_replaced = False
    if widget_value(AGENT) not in by_id:
        state.is_replaced = widget_value(AGENT) is not None
        set_widget_value(AGENT, next((agent.id for agent in agents if agent.task_count), agents[0].id))
    chosen = st.selectbox("Agent", list(by_id), format_func=lambda agent_id: by_id[agent_id].name, key=AGENT)
    return by_id[chosen]


def render_model(agent: AgentRecord) -> None:
    """Say which model the agent uses, and what to expect of the built-in one."""
    trouble = trouble_badge(agent, today=datetime.now(viewer_zone()).date())
    told = f" · {trouble['word']}" if trouble else ""
    st.caption(label(f"{cut(agent.model_name, 60)} by {cut(agent.provider_name, 60)}{told}"))
    if find_type(agent.provider_type).is_small:
        st.caption(
            ":material/info: The built-in model is small and often wrong. It shows that everything works, never that "
            "an agent is good."
        )


def render_task(door: Door, state: RunState, agent: AgentRecord) -> TaskRecord | None:
    """Draw the choice among the tasks the agent may do; without any, say where to assign one."""
    assignments = door.services.assignments.list_for_agent(door.actor, agent.id)
    names = {each.task_id: each.task_name for each in assignments if each.is_active}
    if not names:
        st.info(label(f"“{agent.name}” has no active task yet. Assign it one, then run it here."))
        st.page_link(AGENTS_PAGE, label="Assign a task", icon=":material/arrow_forward:")
        return None
    if widget_value(TASK) not in names:
        state.is_replaced |= widget_value(TASK) is not None
        set_widget_value(TASK, next(iter(names)))
    chosen = st.selectbox("Task", list(names), format_func=lambda task_id: names[task_id], key=TASK)
    task = door.services.tasks.get_task(door.actor, chosen)
    if task.description:
        st.caption(label(task.description))
    return task


def render_run_input(door: Door, state: RunState, task: TaskRecord) -> InputForm | str:
    """Draw the fixtures, the form or the text, and the menu beside them."""
    return render_task_input(door, state.input, task, key=KEY)


def start(
    door: Door,
    state: RunState,
    *,
    agent: AgentRecord,
    variation: AgentVariation | None,
    task: TaskRecord,
    given: InputForm | str,
) -> None:
    """Start a run and put it into the URL; what stands in its way is kept in the state.

    With a `variation` it is of that, upon the version of the agent that is on the screen.
    """
    try:
        if state.is_replaced:
            raise StateConflictError(
                "The agent or the task that was chosen here is not there any more, or not active.",
                hint="Another one stands there now. Look at it, then press Run again.",
            )
        if state.tuning.refusal is not None:
            raise state.tuning.refusal
        request = StartRun(
            agent_id=agent.id,
            task_id=task.id,
            input=finished_input(given),
            agent_version=None if variation is None else agent.version,
            variation=variation,
        )
        run = door.services.runs.start_run(door.actor, request)
    except DashboardError as error:
        state.error, state.input.errors = error, error.details
        if error.details:
            st.rerun()  # so that the fields, which are drawn already, show what is wrong with them
        return
    state.error, state.input.errors = None, ()
    state.seen = {"run": str(run.id)}
    st.query_params.from_dict(state.seen)
    st.rerun()


def render_start_error(state: RunState) -> None:
    """Draw what stood in the way of the last start or cancel."""
    if state.error is not None:
        show_error(state.error, with_details=len(state.error.details) > 1)
