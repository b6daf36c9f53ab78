"""Reads and writes of agents and their versions. Nothing here commits."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.tables import AgentRow, AgentVersionRow, AssignmentRow, ProviderRow, TaskRow

AgentLine = tuple[AgentRow, AgentVersionRow, ProviderRow, int]
"""An agent, its current version, its provider, how many tasks it may do."""

VERSIONED_COLUMNS = (
    "name",
    "description",
    "provider_id",
    "model_name",
    "system_prompt",
    "user_prompt_template",
    "temperature",
    "max_tokens",
    "retries",
)
"""What a version of an agent holds: a change of any of these makes a new one."""


def _count_tasks() -> Any:  # Any: a scalar subquery
    return (
        select(func.count())
        .select_from(AssignmentRow)
        .join(TaskRow, col(TaskRow.id) == AssignmentRow.task_id)
        .where(AssignmentRow.agent_id == AgentRow.id, col(TaskRow.deleted_at).is_(None))
        .correlate(AgentRow)
        .scalar_subquery()
    )


def _is_current() -> Any:  # Any: a SQL expression
    return (col(AgentVersionRow.agent_id) == AgentRow.id) & (col(AgentVersionRow.number) == AgentRow.version)


def list_agents(
    session: Session, *, only_active: bool = False, provider_id: uuid.UUID | None = None, oldest: int | None = None
) -> list[dict[str, Any]]:  # Any: columns by name
    """Return every agent that is not deleted, by name, as plain columns: rows of objects take three times as long.

    `oldest` returns that many of the oldest ones only, oldest first.
    """
    listed = [col(getattr(AgentVersionRow, name)) for name in VERSIONED_COLUMNS]
    query = (
        sql_select(
            col(AgentRow.id),
            col(AgentRow.is_active),
            col(AgentRow.created_at),
            col(AgentRow.updated_at),
            col(AgentVersionRow.number).label("version"),
            col(AgentVersionRow.id).label("version_id"),
            col(ProviderRow.name).label("provider_name"),
            col(ProviderRow.type).label("provider_type"),
            _count_tasks().label("task_count"),
            *listed,
        )
        .join(AgentVersionRow, _is_current())
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(col(AgentRow.deleted_at).is_(None))
        .order_by(func.lower(AgentRow.name))
    )
    if oldest is not None:
        query = query.order_by(None).order_by(col(AgentRow.created_at)).limit(oldest)
    if only_active:
        query = query.where(col(AgentRow.is_active))
    if provider_id is not None:
        query = query.where(col(AgentVersionRow.provider_id) == provider_id)
    return [dict(row) for row in session.connection().execute(query).mappings()]


def find_agent(session: Session, agent_id: uuid.UUID) -> AgentLine | None:
    """Return the agent unless it is deleted."""
    query = (
        select(AgentRow, AgentVersionRow, ProviderRow, _count_tasks())
        .join(AgentVersionRow, _is_current())
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(AgentRow.id == agent_id, col(AgentRow.deleted_at).is_(None))
    )
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


def count_agents(session: Session) -> int:
    """Return how many agents there are."""
    return session.exec(select(func.count()).select_from(AgentRow).where(col(AgentRow.deleted_at).is_(None))).one()
