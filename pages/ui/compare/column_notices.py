"""Under a column of a comparison to be: what speaks against its runs, as the check before a run finds it."""

import streamlit as st

from core.agents.records import AgentRecord
from core.agents.variations import find_variation
from core.runs.preflight.notices import Notice, NoticeLevel
from core.tasks.records import TaskRecord
from pages.ui.compare.setup_state import ColumnSetup
from pages.ui.compare.shelf import Shelf
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.run_check import find_notices
from pages.ui.text import cut, label

_LIMIT = 240
_MOST_IN_HELP = 5


def render_column_notices(door: Door, shelf: Shelf, column: ColumnSetup, *, task: TaskRecord, value: object) -> None:
    """Draw the first warning and how many more there are. None of them keeps the comparison from being started.

    `value` is the input as far as it is typed, NOT_GIVEN while there is nothing of it.
    """
    with shown_errors():
        agent = _find_agent(door, shelf, column)
        if agent is not None:
            _render_warnings(find_notices(door, agent=agent, task=task, value=value))


def _find_agent(door: Door, shelf: Shelf, column: ColumnSetup) -> AgentRecord | None:
    """Return the agent as the column would run it: at its version, and changed as the column changes it."""
    agent = shelf.agents.get(column.agent_id) if column.agent_id is not None else None
    if agent is None:
        return None
    saved = shelf.versions(agent).get(column.agent_version or 0)
    if saved is not None:
        agent = door.services.agents.vary_agent(door.actor, agent, find_variation(agent, saved))
    return door.services.agents.vary_agent(door.actor, agent, column.variation)


def _render_warnings(notices: list[Notice]) -> None:
    said = [_say(notice) for notice in notices if notice.level is NoticeLevel.WARNING]
    if not said:
        return
    first, others = said[0], said[1:]
    more = f" And {len(others)} more." if others else ""
    st.caption(f":orange[:material/warning:] {first}{more}", help="\n\n".join(others[:_MOST_IN_HELP]) or None)


def _say(notice: Notice) -> str:
    return label(cut(f"{notice.sentence} {notice.hint}", _LIMIT))
