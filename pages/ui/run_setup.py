"""The left half of the Run page: agent, task and input, filled from the URL, the samples or by hand."""

import uuid
from typing import Any

import streamlit as st

from core.agents.records import AgentRecord
from core.errors import DashboardError, InvalidInputError, NotFoundError
from core.providers.records import ProviderType
from core.runs.records import StartRun
from core.tasks.records import TaskInputRecord, TaskRecord
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.input_form import InputForm, render_input_form
from pages.ui.routes import AGENTS_PAGE, query_id
from pages.ui.state import RunState, set_widget_value, widget_value
from pages.ui.text import cut, label

AGENT = "run.agent"
TASK = "run.task"
INPUT = "run.input"
SAMPLE = "run.sample"
_INPUT_HEIGHT = 180


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
            return
        if agent_id is None and task_id is not None:
            agent_id = _find_agent(door, task_id, agents)
            if agent_id is None:
                state.error = NotFoundError(
                    "No active agent may do that task yet.", hint="Click on its agents on the Tasks page to assign one."
                )
        _choose(agent_id, task_id)
        sample_id = query_id("sample")
        samples = door.services.tasks.list_inputs(door.actor, task_id) if task_id and sample_id else []
    except NotFoundError:
        return
    for sample in samples:
        if sample.id == sample_id:
            _fill(state, sample.value, task_id=sample.task_id)


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
    state.form_value, state.form_task_id = value, task_id
    state.form_round += 1
    set_widget_value(INPUT, value if isinstance(value, str) else "")


def render_agent(agents: list[AgentRecord]) -> AgentRecord:
    """Draw the choice of the agent."""
    by_id = {agent.id: agent for agent in agents}
    if widget_value(AGENT) not in by_id:
        set_widget_value(AGENT, next((agent.id for agent in agents if agent.task_count), agents[0].id))
    chosen = st.selectbox("Agent", list(by_id), format_func=lambda agent_id: by_id[agent_id].name, key=AGENT)
    return by_id[chosen]


def render_model(agent: AgentRecord) -> None:
    """Say which model the agent uses, and what to expect of the built-in one."""
    st.caption(label(f"{cut(agent.model_name, 60)} by {agent.provider_name}"))
    if agent.provider_type is ProviderType.BUILTIN:
        st.caption(
            ":material/info: The built-in model is small and often wrong. It shows that everything works, never that "
            "an agent is good."
        )


def render_task(door: Door, agent: AgentRecord) -> TaskRecord | None:
    """Draw the choice among the tasks the agent may do; without any, say where to assign one."""
    assignments = door.services.assignments.list_for_agent(door.actor, agent.id)
    names = {each.task_id: each.task_name for each in assignments if each.is_active}
    if not names:
        st.info(label(f"“{agent.name}” has no active task yet. Assign it one, then run it here."))
        st.page_link(AGENTS_PAGE, label="Assign a task", icon=":material/arrow_forward:")
        return None
    if widget_value(TASK) not in names:
        set_widget_value(TASK, next(iter(names)))
    chosen = st.selectbox("Task", list(names), format_func=lambda task_id: names[task_id], key=TASK)
    task = door.services.tasks.get_task(door.actor, chosen)
    if task.description:
        st.caption(label(task.description))
    return task


def render_samples(state: RunState, samples: list[TaskInputRecord]) -> None:
    """Draw the inputs kept with the task; a click fills one in."""
    if not samples:
        return
    by_id = {sample.id: sample for sample in samples}

    def fill() -> None:
        picked = widget_value(SAMPLE)
        if isinstance(picked, uuid.UUID) and picked in by_id:
            _fill(state, by_id[picked].value, task_id=by_id[picked].task_id)
        set_widget_value(SAMPLE, None)

    st.pills(
        "Samples",
        list(by_id),
        format_func=lambda sample_id: label(cut(by_id[sample_id].name, 40)),
        key=SAMPLE,
        on_change=fill,
        help="A click fills the input in.",
    )


def render_input(state: RunState, task: TaskRecord) -> InputForm | str:
    """Draw the input: a form when the task has a request schema, else a text."""
    if task.request_schema is None:
        text = st.text_area("Input", key=INPUT, height=_INPUT_HEIGHT, placeholder="The text to work on")
        return text or ""
    with st.container(key="run.form", gap="small"):
        key = f"run.field.{state.form_round}.{task.id.hex[:8]}.v{task.version}"
        start = state.form_value if state.form_task_id == task.id else None
        return render_input_form(task.request_schema, start=start, key=key)


def start(door: Door, state: RunState, *, agent: AgentRecord, task: TaskRecord, given: InputForm | str) -> None:
    """Start a run and put it into the URL; what stands in its way is kept in the state."""
    try:
        value: Any = given if isinstance(given, str) else _finished(given)  # Any: JSON
        request = StartRun(agent_id=agent.id, task_id=task.id, input=value)
        run = door.services.runs.start_run(door.actor, request)
    except DashboardError as error:
        state.error = error
        return
    state.error = None
    state.seen = {"run": str(run.id)}
    st.query_params.from_dict(state.seen)
    st.rerun()


def _finished(form: InputForm) -> dict[str, Any]:  # Any: JSON
    if form.problems:
        raise InvalidInputError("The input cannot be read yet.", details=form.problems)
    return form.value


def render_start_error(state: RunState) -> None:
    """Draw what stood in the way of the last start or cancel."""
    if state.error is not None:
        show_error(state.error, with_details=len(state.error.details) > 1)
