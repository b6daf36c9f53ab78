"""Where the screens are, and links that open them filled in."""

import uuid
from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

PROVIDERS_PAGE = "providers.py"
AGENTS_PAGE = "agents.py"
TASKS_PAGE = "tasks.py"
RUN_PAGE = "run.py"
HISTORY_PAGE = "history.py"
COMPARE_PAGE = "compare.py"


def start_run_params(
    *, agent_id: uuid.UUID | None = None, task_id: uuid.UUID | None = None, sample_id: uuid.UUID | None = None
) -> dict[str, str]:
    """Return the query of a Run page filled in with these; None leaves the choice open."""
    given = {"agent": agent_id, "task": task_id, "sample": sample_id}
    return {name: str(value) for name, value in given.items() if value is not None}


def edit_agent_params(agent_id: uuid.UUID) -> dict[str, str]:
    """Return the query of the Agents page that opens the form of this agent."""
    return {"edit": str(agent_id)}


def run_params(run_id: uuid.UUID) -> dict[str, str]:
    """Return the query of the Run page that shows this run."""
    return {"run": str(run_id)}


def compare_params(
    *,
    comparison_id: uuid.UUID | None = None,
    run_ids: Sequence[uuid.UUID] = (),
    agent_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
) -> dict[str, str]:
    """Return the query of the Compare page: a comparison, some runs side by side, or a set-up to fill in."""
    given = {"comparison": comparison_id, "agent": agent_id, "task": task_id}
    params = {name: str(value) for name, value in given.items() if value is not None}
    return params | ({"runs": ",".join(map(str, run_ids))} if run_ids else {})


def go_to_run(params: dict[str, str]) -> NoReturn:
    """Open the Run page. The URL only fills it in: nothing starts before the button is pressed."""
    st.switch_page(RUN_PAGE, query_params=params)


def take_query_id(name: str) -> uuid.UUID | None:
    """Return an id from the page's URL like `query_id`, and take it out: what it asks for is done once."""
    found = query_id(name)
    if name in st.query_params:
        del st.query_params[name]
    return found


def query_id(name: str) -> uuid.UUID | None:
    """Return an id from the page's URL; None if it is missing or is not one (URLs are anybody's input)."""
    value = st.query_params.get(name, "")
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
