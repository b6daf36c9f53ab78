"""Reads and writes of providers. Nothing here commits."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, update
from sqlmodel import Session, col, select

from db.tables import AgentRow, AgentVersionRow, ProviderRow, utc_now

_UNSETTLED = ("pending", "validating")


def find_provider(session: Session, provider_id: uuid.UUID, *, lock: bool = False) -> ProviderRow | None:
    """Return the provider unless it is deleted; with `lock`, nobody else changes it until the transaction ends."""
    query = select(ProviderRow).where(ProviderRow.id == provider_id, col(ProviderRow.deleted_at).is_(None))
    return session.exec(query.with_for_update() if lock else query).first()


def find_deleted_provider(session: Session, provider_id: uuid.UUID) -> ProviderRow | None:
    """Return the provider if it is deleted."""
    query = select(ProviderRow).where(ProviderRow.id == provider_id, col(ProviderRow.deleted_at).is_not(None))
    return session.exec(query.with_for_update()).first()


def _count_agents() -> Select[tuple[uuid.UUID, int]]:
    return (
        select(AgentVersionRow.provider_id, func.count().label("agents"))  # type: ignore[return-value]  # SQLModel's own Select
        .join(AgentRow, _is_current_version())
        .where(col(AgentRow.deleted_at).is_(None))
        .group_by(col(AgentVersionRow.provider_id))
    )


def _is_current_version() -> ColumnElement[bool]:
    return (col(AgentVersionRow.agent_id) == AgentRow.id) & (col(AgentVersionRow.number) == AgentRow.version)


def list_providers(session: Session) -> list[tuple[ProviderRow, int]]:
    """Return every provider with the number of agents that use it, by name."""
    counts = _count_agents().subquery()
    query = (
        select(ProviderRow, func.coalesce(counts.c.agents, 0))
        .outerjoin(counts, counts.c.provider_id == ProviderRow.id)
        .where(col(ProviderRow.deleted_at).is_(None))
        .order_by(func.lower(ProviderRow.name))
    )
    return [(row, count) for row, count in session.exec(query)]


def list_agent_names_using(session: Session, provider_id: uuid.UUID) -> Sequence[str]:
    """Return the names of the agents whose current version uses this provider."""
    query = (
        select(AgentRow.name)
        .join(AgentVersionRow, _is_current_version())
        .where(AgentVersionRow.provider_id == provider_id, col(AgentRow.deleted_at).is_(None))
        .order_by(func.lower(AgentRow.name))
    )
    return session.exec(query).all()


def list_unsettled(session: Session) -> Sequence[ProviderRow]:
    """Return the providers whose check never ended, for example because the process was killed."""
    query = select(ProviderRow).where(
        col(ProviderRow.validation_status).in_(_UNSETTLED), col(ProviderRow.deleted_at).is_(None)
    )
    return session.exec(query).all()


def store_check(
    session: Session,
    provider_id: uuid.UUID,
    *,
    revision: int,
    status: str,
    message: str = "",
    hint: str = "",
    latency_ms: float | None = None,
    validated_at: datetime | None = None,
    model_names: Sequence[str] | None = None,
) -> bool:
    """Store what a check found, if the provider is still at that revision; say whether it was."""
    values: dict[str, object] = {
        "validation_status": status,
        "validation_message": message,
        "validation_hint": hint,
        "validation_latency_ms": latency_ms,
    }
    if validated_at is not None:
        values["validated_at"] = validated_at
    if model_names is not None:
        values["model_names"] = list(model_names)
    statement = (
        update(ProviderRow)
        .where(col(ProviderRow.id) == provider_id, col(ProviderRow.revision) == revision)
        .where(col(ProviderRow.deleted_at).is_(None))
        .values(**values)
    )
    return _changed(session, statement)


def mark_validating(session: Session, provider_id: uuid.UUID, *, revision: int, only_unsettled: bool = False) -> bool:
    """Set a provider to validating without touching what the last check found; say whether that was done.

    With `only_unsettled`, a provider whose check has ended is left alone.
    """
    statement = (
        update(ProviderRow)
        .where(col(ProviderRow.id) == provider_id, col(ProviderRow.revision) == revision)
        .where(col(ProviderRow.deleted_at).is_(None))
        .values(validation_status="validating")
    )
    if only_unsettled:
        statement = statement.where(col(ProviderRow.validation_status).in_(_UNSETTLED))
    return _changed(session, statement)


def _changed(session: Session, statement: object) -> bool:
    return bool(session.connection().execute(statement).rowcount)  # type: ignore[call-overload]  # an UPDATE


def touch(row: ProviderRow) -> None:
    """Note that the row was changed now."""
    row.updated_at = utc_now()
