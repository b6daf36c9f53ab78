"""Reads and writes of agents and their versions. Nothing here commits."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.queries.listing import (
    PlainLine,
    contains_all,
    cut_by_name,
    drop_unused,
    read_count,
    read_lines,
    read_page,
)
from db.queries.provider_models import find_model, judge_model
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


def _select_plain() -> Any:  # Any: a select of many columns
    return (
        sql_select(
            col(AgentRow.id),
            col(AgentRow.is_active),
            col(AgentRow.created_at),
            col(AgentRow.updated_at),
            col(AgentVersionRow.number).label("version"),
            col(AgentVersionRow.id).label("version_id"),
            col(ProviderRow.name).label("provider_name"),
            col(ProviderRow.type).label("provider_type"),
            col(ProviderRow.model_list),
            *[col(getattr(AgentVersionRow, name)) for name in VERSIONED_COLUMNS],
        )
        .join(AgentVersionRow, _is_current())
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(col(AgentRow.deleted_at).is_(None))
    )


def _select_whole() -> Any:  # Any: as above
    model = find_model(AgentVersionRow.provider_id, AgentVersionRow.model_name)
    return (
        _select_plain()
        .add_columns(_count_tasks().label("task_count"), *_label_model(model, ProviderRow.model_list))
        .outerjoin(model, literal(True))
    )


def _label_model(model: Any, model_list: Any) -> list[ColumnElement[Any]]:  # Any: a lateral select; a column of text
    trouble = judge_model(model, model_list=model_list)
    return [trouble.label("model_trouble"), model.c.retires_on.label("model_retires_on")]


def list_oldest(session: Session, *, limit: int) -> list[PlainLine]:
    """Return that many of the oldest agents, oldest first."""
    return read_lines(session, _select_whole().order_by(col(AgentRow.created_at)).limit(limit), {})


def read_agent(session: Session, agent_id: uuid.UUID) -> PlainLine | None:
    """Return the agent as lists hold it, unless it is deleted. What is pending has to be flushed before."""
    lines = read_lines(session, _build_read(), {"agent_id": agent_id})
    return lines[0] if lines else None


def page_agents(
    session: Session, *, limit: int | None, after: str | None = None, offset: int = 0, **filters: Any
) -> list[PlainLine]:  # Any: see _conditions
    """Return some agents by name: after that name, or after the first so many. None as a limit returns all of them."""
    used = drop_unused(filters)
    return read_page(session, _build_page(frozenset(used)), limit=limit, after=after, offset=offset, used=used)


def count_agents(session: Session, **filters: Any) -> int:  # Any: see _conditions
    """Return how many agents there are that fit the filters."""
    used = drop_unused(filters)
    return read_count(session, _build_count(frozenset(used)), used)


@cache
def _build_read() -> Any:  # Any: a select of many columns
    return _select_whole().where(col(AgentRow.id) == bindparam("agent_id"))


@cache
def _build_page(used: frozenset[str]) -> Any:  # Any: a select of many columns
    page = cut_by_name(_select_plain().where(*_conditions(used)), AgentRow.name).cte("page")
    counts = (
        sql_select(col(AssignmentRow.agent_id), func.count().label("tasks"))
        .join(page, page.c.id == AssignmentRow.agent_id)
        .join(TaskRow, col(TaskRow.id) == AssignmentRow.task_id)
        .where(col(TaskRow.deleted_at).is_(None))
        .group_by(col(AssignmentRow.agent_id))
        .subquery()
    )
    task_count = func.coalesce(counts.c.tasks, 0).label("task_count")
    model = find_model(page.c.provider_id, page.c.model_name)
    return (
        sql_select(page, task_count, *_label_model(model, page.c.model_list))
        .outerjoin(counts, counts.c.agent_id == page.c.id)
        .outerjoin(model, literal(True))
        .order_by(func.lower(page.c.name))
    )


@cache
def _build_count(used: frozenset[str]) -> Any:  # Any: a select of a number
    query = sql_select(func.count()).select_from(AgentRow)
    if used & {"words", "provider_id"}:
        query = query.join(AgentVersionRow, _is_current())
    if "words" in used:
        query = query.join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
    return query.where(col(AgentRow.deleted_at).is_(None), *_conditions(used))


def _conditions(used: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return what the filters that are used ask for: words, only_active, provider_id, task_id."""
    version, assigned = AgentVersionRow, select(AssignmentRow.agent_id)
    known = {
        "words": contains_all(version.name, version.description, version.model_name, ProviderRow.name),
        "only_active": col(AgentRow.is_active).is_(True),
        "provider_id": col(version.provider_id) == bindparam("provider_id"),
        "task_id": col(AgentRow.id).in_(assigned.where(col(AssignmentRow.task_id) == bindparam("task_id"))),
    }
    return [known[name] for name in sorted(used)]


def find_agent(session: Session, agent_id: uuid.UUID) -> AgentLine | None:
    """Return the agent's rows unless it is deleted."""
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
    return session.exec(select(AgentRow).where(AgentRow.id == agent_id, state).with_for_update(key_share=True)).first()


def get_version(session: Session, agent_id: uuid.UUID, number: int) -> AgentVersionRow:
    """Return one saved state; it exists as long as the agent's row does."""
    query = select(AgentVersionRow).where(AgentVersionRow.agent_id == agent_id, AgentVersionRow.number == number)
    return session.exec(query).one()


def find_version(session: Session, agent_id: uuid.UUID, number: int) -> AgentVersionRow | None:
    """Return one saved state, if there is one of that number."""
    query = select(AgentVersionRow).where(AgentVersionRow.agent_id == agent_id, AgentVersionRow.number == number)
    return session.exec(query).first()


def find_variation(
    session: Session, agent_id: uuid.UUID, *, variation_of: int | None, values: dict[str, Any]
) -> AgentVersionRow | None:  # Any: a value of each versioned column
    """Return the variation of a saved state that holds exactly these values."""
    same = [col(getattr(AgentVersionRow, name)).is_not_distinct_from(value) for name, value in values.items()]
    query = select(AgentVersionRow).where(
        AgentVersionRow.agent_id == agent_id,
        col(AgentVersionRow.number).is_(None),
        AgentVersionRow.variation_of == variation_of,
        *same,
    )
    return session.exec(query.limit(1)).first()


def list_names(session: Session) -> Sequence[str]:
    """Return the names in use."""
    return session.exec(select(AgentRow.name).where(col(AgentRow.deleted_at).is_(None))).all()


def list_versions(session: Session, agent_id: uuid.UUID, *, limit: int, before: int | None = None) -> list[PlainLine]:
    """Return saved states of an agent, newest first: those before the one of that number."""
    query = (
        sql_select(
            col(AgentVersionRow.number),
            col(AgentVersionRow.created_at),
            col(AgentVersionRow.created_by),
            col(ProviderRow.name).label("provider_name"),
            *[col(getattr(AgentVersionRow, name)) for name in VERSIONED_COLUMNS],
        )
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(col(AgentVersionRow.agent_id) == agent_id, col(AgentVersionRow.number).is_not(None))
        .order_by(col(AgentVersionRow.number).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(AgentVersionRow.number) < before)
    return read_lines(session, query, {})
