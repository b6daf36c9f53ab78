"""Reads and writes of tasks and their versions. Nothing here commits."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.queries.listing import PlainLine, contains_all, cut_by_name, drop_unused, read_count, read_lines, read_page
from db.tables import AgentRow, AssignmentRow, TaskRow, TaskVersionRow

TaskLine = tuple[TaskRow, TaskVersionRow, int]
"""A task, its current version, how many agents may do it."""

VERSIONED_COLUMNS = (
    "name",
    "description",
    "response_schema_text",
    "request_schema_text",
    "mends_answers",
    "stores_content",
)
"""What a version of a task holds: a change of any of these makes a new one."""


def _count_agents() -> Any:  # Any: a scalar subquery
    return (
        select(func.count())
        .select_from(AssignmentRow)
        .join(AgentRow, col(AgentRow.id) == AssignmentRow.agent_id)
        .where(AssignmentRow.task_id == TaskRow.id, col(AgentRow.deleted_at).is_(None))
        .correlate(TaskRow)
        .scalar_subquery()
    )


def _is_current() -> Any:  # Any: a SQL expression
    return (col(TaskVersionRow.task_id) == TaskRow.id) & (col(TaskVersionRow.number) == TaskRow.version)


def _select_plain() -> Any:  # Any: a select of many columns
    return (
        sql_select(
            col(TaskRow.id),
            col(TaskRow.created_at),
            col(TaskRow.updated_at),
            col(TaskVersionRow.number).label("version"),
            col(TaskVersionRow.id).label("version_id"),
            *[col(getattr(TaskVersionRow, name)) for name in VERSIONED_COLUMNS],
        )
        .join(TaskVersionRow, _is_current())
        .where(col(TaskRow.deleted_at).is_(None))
    )


def read_task(session: Session, task_id: uuid.UUID) -> PlainLine | None:
    """Return the task as lists hold it, unless it is deleted. What is pending has to be flushed before."""
    lines = read_lines(session, _build_read(), {"task_id": task_id})
    return lines[0] if lines else None


def page_tasks(
    session: Session, *, limit: int | None, after: str | None = None, offset: int = 0, **filters: Any
) -> list[PlainLine]:  # Any: see _conditions
    """Return some tasks by name: after that name, or after the first so many. None as a limit returns all of them."""
    used = drop_unused(filters)
    return read_page(session, _build_page(frozenset(used)), limit=limit, after=after, offset=offset, used=used)


def count_tasks(session: Session, **filters: Any) -> int:  # Any: see _conditions
    """Return how many tasks there are that fit the filters."""
    used = drop_unused(filters)
    return read_count(session, _build_count(frozenset(used)), used)


@cache
def _build_read() -> Any:  # Any: a select of many columns
    query = _select_plain().add_columns(_count_agents().label("agent_count"))
    return query.where(col(TaskRow.id) == bindparam("task_id"))


@cache
def _build_page(used: frozenset[str]) -> Any:  # Any: a select of many columns
    page = cut_by_name(_select_plain().where(*_conditions(used)), TaskRow.name).cte("page")
    counts = (
        sql_select(col(AssignmentRow.task_id), func.count().label("agents"))
        .join(page, page.c.id == AssignmentRow.task_id)
        .join(AgentRow, col(AgentRow.id) == AssignmentRow.agent_id)
        .where(col(AgentRow.deleted_at).is_(None))
        .group_by(col(AssignmentRow.task_id))
        .subquery()
    )
    agent_count = func.coalesce(counts.c.agents, 0).label("agent_count")
    return (
        sql_select(page, agent_count).outerjoin(counts, counts.c.task_id == page.c.id).order_by(func.lower(page.c.name))
    )


@cache
def _build_count(used: frozenset[str]) -> Any:  # Any: a select of a number
    query = sql_select(func.count()).select_from(TaskRow)
    if "words" in used:
        query = query.join(TaskVersionRow, _is_current())
    return query.where(col(TaskRow.deleted_at).is_(None), *_conditions(used))


def _conditions(used: frozenset[str]) -> list[ColumnElement[bool]]:
    """Return what the filters that are used ask for: words, agent_id."""
    assigned = select(AssignmentRow.task_id).where(col(AssignmentRow.agent_id) == bindparam("agent_id"))
    known = {
        "words": contains_all(TaskVersionRow.name, TaskVersionRow.description),
        "agent_id": col(TaskRow.id).in_(assigned),
    }
    return [known[name] for name in sorted(used)]


def find_task(session: Session, task_id: uuid.UUID) -> TaskLine | None:
    """Return the task's rows unless it is deleted."""
    query = (
        select(TaskRow, TaskVersionRow, _count_agents())
        .join(TaskVersionRow, _is_current())
        .where(TaskRow.id == task_id, col(TaskRow.deleted_at).is_(None))
    )
    found = session.exec(query).first()
    return None if found is None else tuple(found)


def lock_task(session: Session, task_id: uuid.UUID, *, is_deleted: bool = False) -> TaskRow | None:
    """Return the task's identity, locked until the transaction ends."""
    state = col(TaskRow.deleted_at).is_not(None) if is_deleted else col(TaskRow.deleted_at).is_(None)
    return session.exec(select(TaskRow).where(TaskRow.id == task_id, state).with_for_update(key_share=True)).first()


def get_version(session: Session, task_id: uuid.UUID, number: int) -> TaskVersionRow:
    """Return one saved state; it exists as long as the task's row does."""
    query = select(TaskVersionRow).where(TaskVersionRow.task_id == task_id, TaskVersionRow.number == number)
    return session.exec(query).one()


def list_versions(
    session: Session, task_id: uuid.UUID, *, limit: int, before: int | None = None
) -> Sequence[TaskVersionRow]:
    """Return saved states of a task, newest first: those before the one of that number."""
    query = select(TaskVersionRow).where(TaskVersionRow.task_id == task_id).order_by(col(TaskVersionRow.number).desc())
    if before is not None:
        query = query.where(TaskVersionRow.number < before)
    return session.exec(query.limit(limit)).all()


def list_names(session: Session) -> Sequence[str]:
    """Return the names in use."""
    return session.exec(select(TaskRow.name).where(col(TaskRow.deleted_at).is_(None))).all()
