"""What fills the set-up of a comparison: the URL, or a comparison that is to be changed and made again."""

import uuid

import streamlit as st

from core.agents.records import AgentRecord, AgentVariation, AgentVersionRecord
from core.errors import NotFoundError
from core.runs.comparing.records import ComparedColumn, ComparisonRecord
from pages.ui.compare.setup import KEY
from pages.ui.compare.setup_state import CompareSetup
from pages.ui.compare.state import CompareState
from pages.ui.door import Door
from pages.ui.input.task_input import fill_input
from pages.ui.routes import query_id

_MOST_RUNS = 8


def query_run_ids() -> list[uuid.UUID]:
    """Return the ids in the URL's `runs`, without what is no id and without doubles (URLs are anybody's input)."""
    found: dict[uuid.UUID, None] = {}
    for word in st.query_params.get("runs", "").split(","):
        try:
            found[uuid.UUID(word.strip())] = None
        except ValueError:
            continue
    return list(found)[: _MOST_RUNS + 1]  # one too many is enough to be told so


def follow_url(door: Door, state: CompareState) -> None:
    """Fill the set-up from the agent and the task of a URL that was not taken over yet."""
    params = st.query_params.to_dict()
    if params == state.seen:
        return
    state.seen, state.start_error = params, None
    state.close_dialogs()
    agent_id, task_id = query_id("agent"), query_id("task")
    if agent_id is None and task_id is None:
        return
    if task_id is None and agent_id is not None:
        task_id = _find_task(door, agent_id)
    state.setup = CompareSetup(
        task_id=task_id, repeat_count=state.setup.repeat_count, made_count=state.setup.made_count
    )
    if agent_id is not None:
        state.setup.columns[0].choose_agent(agent_id)
        state.setup.settled_task_id = task_id


def _find_task(door: Door, agent_id: uuid.UUID) -> uuid.UUID | None:
    try:
        assignments = door.services.assignments.list_for_agent(door.actor, agent_id)
    except NotFoundError:
        return None
    return next((each.task_id for each in assignments if each.is_active), None)


def refill(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    """Have the set-up say what was compared, so that it can be changed and compared again, and leave the comparison.

    A state that nobody saved is what has to be different about the saved one; an agent that is gone leaves its place.
    """
    setup = CompareSetup(
        task_id=comparison.task_id, settled_task_id=comparison.task_id, made_count=state.setup.made_count
    )
    setup.columns.clear()
    setup.repeat_count = comparison.repeat_count
    for column in comparison.columns:
        _add_column(door, setup, column)
    if comparison.input is not None:
        fill_input(state.input, comparison.input, task_id=comparison.task_id, key=KEY)
    state.setup, state.start_error, state.seen = setup, None, {}
    state.close_dialogs()
    st.query_params.clear()


def _add_column(door: Door, setup: CompareSetup, column: ComparedColumn) -> None:
    try:
        agent = door.services.agents.get_agent(door.actor, column.agent_id)
    except NotFoundError:
        setup.add().lose_agent()
        return
    number = column.agent_version if column.agent_version is not None else column.variation_of
    versions = door.services.agents.list_agent_versions(door.actor, agent.id, limit=100).items
    saved = next((each for each in versions if each.number == number), None)
    base = agent if saved is None else saved
    setup.add(
        agent_id=agent.id,
        agent_version=number if saved is not None and number != agent.version else None,
        variation=differing(base, column),
    )


def differing(base: AgentRecord | AgentVersionRecord, column: ComparedColumn) -> AgentVariation:
    """Return what has to be different about a saved state so that it does what the column does."""
    names = AgentVariation.model_fields
    changed = {name: getattr(column, name) for name in names if getattr(column, name) != getattr(base, name)}
    return AgentVariation.model_validate(changed)
