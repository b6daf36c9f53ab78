"""Reads and writes of agents and their versions. Nothing here commits."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.tables import AgentRow, AgentVersionRow, AssignmentRow, ProviderRow, TaskRow

AgentLine = tuple[AgentRow, AgentVersionRow, str, int]
"""An agent, its current version, its provider's name, how many tasks it may do."""


def _select_agents() -> Any:  # Any: SQLModel's select of four has no public name
    task_count = (
        select(func.count())
        .select_from(AssignmentRow)
        .join(TaskRow, col(TaskRow.id) == AssignmentRow.task_id)
        .where(AssignmentRow.agent_id == AgentRow.id, col(TaskRow.deleted_at).is_(None))
        .correlate(AgentRow)
        .scalar_subquery()
    )
    return (
        select(AgentRow, AgentVersionRow, ProviderRow.name, task_count)
        .join(
            AgentVersionRow,
            (col(AgentVersionRow.agent_id) == AgentRow.id) & (col(AgentVersionRow.number) == AgentRow.version),
        )
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
    )


def list_agents(
    session: Session, *, only_active: bool = False, provider_id: uuid.UUID | None = None
) -> list[AgentLine]:
    """Return every agent that is not deleted, by name."""
    query = _select_agents().where(col(AgentRow.deleted_at).is_(None)).order_by(func.lower(AgentRow.name))
    if only_active:
        query = query.where(col(AgentRow.is_active))
    if provider_id is not None:
        query = query.where(AgentVersionRow.provider_id == provider_id)
    return [(agent, version, provider, count) for agent, version, provider, count in session.exec(query)]


def find_agent(session: Session, agent_id: uuid.UUID) -> AgentLine | None:
    """Return the agent unless it is deleted."""
    query = _select_agents().where(AgentRow.id == agent_id, col(AgentRow.deleted_at).is_(None))
    found = session.exec(query).first()
    return None if found is None else tuple(found)


def lock_agent(session: Session, agent_id: uuid.UUID, *, is_deleted: bool = False) -> AgentRow | None:
    """Return the agent's identity, locked until the transaction ends."""
    state = col(AgentRow.deleted_at).is_not(None) if is_deleted else col(AgentRow.deleted_at).is_(None)
    return session.exec(select(AgentRow).where(AgentRow.id == agent_id, state).with_for_update()).first()


def get_version(session: Session, agent_id: uuid.UUID, number: int) -> AgentVersionRow:
    """Return one saved state; it exists as long as the agent's row does."""
    query = select(AgentVersionRow).where(AgentVersionRow.agent_id == agent_id, AgentVersionRow.number == number)
    return session.exec(query).one()


def list_names(session: Session) -> Sequence[str]:
    """Return the names in use."""
    return session.exec(select(AgentRow.name).where(col(AgentRow.deleted_at).is_(None))).all()
