"""Reads and writes of providers. Nothing here commits."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.queries.listing import PlainLine, contains_all, cut_by_name, drop_unused, read_count, read_page
from db.tables import AgentRow, AgentVersionRow, ProviderRow, utc_now

_LISTED_COLUMNS = (
    "id",
    "name",
    "type",
    "base_url",
    "preset",
    "options",
    "secret_names",
    "header_names",
    "key_used_at",
    "request_timeout_seconds",
    "connect_timeout_seconds",
    "limits",
    "revision",
    "validation_status",
    "validation_message",
    "validation_hint",
    "diagnosis",
    "suggested_base_url",
    "waiting_model",
    "validation_latency_ms",
    "validated_at",
    "model_names",
    "prices",
    "created_at",
    "updated_at",
)
_UNSETTLED = ("pending", "validating")


def find_provider(session: Session, provider_id: uuid.UUID, *, lock: bool = False) -> ProviderRow | None:
    """Return the provider unless it is deleted; with `lock`, nobody else changes it until the transaction ends."""
    query = select(ProviderRow).where(ProviderRow.id == provider_id, col(ProviderRow.deleted_at).is_(None))
    return session.exec(query.with_for_update(key_share=True) if lock else query).first()


def keep_provider(session: Session, provider_id: uuid.UUID) -> tuple[str, str] | None:
    """Return the name and the type of the provider, None if it is not there.

    Nobody changes it until the transaction ends, but others may keep it too.
    """
    found = session.connection().execute(_build_keep(), {"provider_id": provider_id}).first()
    return None if found is None else (found[0], found[1])


@cache
def _build_keep() -> Any:  # Any: a select of two columns
    query = sql_select(col(ProviderRow.name), col(ProviderRow.type)).where(
        col(ProviderRow.id) == bindparam("provider_id")
    )
    return query.where(col(ProviderRow.deleted_at).is_(None)).with_for_update(read=True)


def find_deleted_provider(session: Session, provider_id: uuid.UUID) -> ProviderRow | None:
    """Return the provider if it is deleted."""
    query = select(ProviderRow).where(ProviderRow.id == provider_id, col(ProviderRow.deleted_at).is_not(None))
    return session.exec(query.with_for_update(key_share=True)).first()


def _count_agents() -> Select[tuple[uuid.UUID, int]]:
    return (
        select(AgentVersionRow.provider_id, func.count().label("agents"))  # type: ignore[return-value]  # SQLModel's own Select
        .join(AgentRow, _is_current_version())
        .where(col(AgentRow.deleted_at).is_(None))
        .group_by(col(AgentVersionRow.provider_id))
    )


def _is_current_version() -> ColumnElement[bool]:
    return (col(AgentVersionRow.agent_id) == AgentRow.id) & (col(AgentVersionRow.number) == AgentRow.version)


def list_names(session: Session) -> dict[uuid.UUID, str]:
    """Return the names of the providers by id, in the order of the names."""
    return {row[0]: row[1] for row in session.connection().execute(_build_names())}


@cache
def _build_names() -> Any:  # Any: a select of two columns
    query = sql_select(col(ProviderRow.id), col(ProviderRow.name)).where(col(ProviderRow.deleted_at).is_(None))
    return query.order_by(func.lower(ProviderRow.name))


def list_providers(session: Session) -> list[tuple[ProviderRow, int]]:
    """Return every provider's row with the number of agents that use it, by name."""
    counts = _count_agents().subquery()
    query = (
        select(ProviderRow, func.coalesce(counts.c.agents, 0))
        .outerjoin(counts, counts.c.provider_id == ProviderRow.id)
        .where(col(ProviderRow.deleted_at).is_(None))
        .order_by(func.lower(ProviderRow.name))
    )
    return [(row, count) for row, count in session.exec(query)]


def page_providers(
    session: Session, *, limit: int | None, after: str | None = None, offset: int = 0, **filters: Any
) -> list[PlainLine]:  # Any: see _conditions
    """Return some providers by name, without their keys: after that name, or after the first so many.

    None as a limit returns all of them.
    """
    used = drop_unused(filters)
    return read_page(session, _build_page(frozenset(used)), limit=limit, after=after, offset=offset, used=used)


def count_providers(session: Session, **filters: Any) -> int:  # Any: see _conditions
    """Return how many providers there are that fit the filters."""
    used = drop_unused(filters)
    return read_count(session, _build_count(frozenset(used)), used)


@cache
def _build_page(used: frozenset[str]) -> Any:  # Any: a select of many columns
    listed = [col(getattr(ProviderRow, name)) for name in _LISTED_COLUMNS]
    has_key = col(ProviderRow.sealed_key).is_not(None).label("has_key")
    page = cut_by_name(sql_select(*listed, has_key).where(*_conditions(used)), ProviderRow.name).cte("page")
    counts = _count_agents().where(col(AgentVersionRow.provider_id).in_(sql_select(page.c.id))).subquery()
    agent_count = func.coalesce(counts.c.agents, 0).label("agent_count")
    return (
        sql_select(page, agent_count)
        .outerjoin(counts, counts.c.provider_id == page.c.id)
        .order_by(func.lower(page.c.name))
    )


@cache
def _build_count(used: frozenset[str]) -> Any:  # Any: a select of a number
    return sql_select(func.count()).select_from(ProviderRow).where(*_conditions(used))


def _conditions(used: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return what the filters that are used ask for: words, type, validation_status."""
    known = {
        "words": contains_all(ProviderRow.name),
        "type": col(ProviderRow.type) == bindparam("type"),
        "validation_status": col(ProviderRow.validation_status) == bindparam("validation_status"),
    }
    return [col(ProviderRow.deleted_at).is_(None), *(known[name] for name in sorted(used))]


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


def touch(row: ProviderRow) -> None:
    """Note that the row was changed now."""
    row.updated_at = utc_now()
