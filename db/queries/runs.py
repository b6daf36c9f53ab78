"""Reads and writes of runs. Nothing here commits. A status changes only from the one it is expected to have."""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, insert, literal_column, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.events import announce_of_run
from db.tables import (
    AgentRow,
    AgentVersionRow,
    AssignmentRow,
    AttemptRow,
    ProviderRow,
    RunEventRow,
    RunRow,
    TaskRow,
    TaskVersionRow,
    utc_now,
)

RunLine = tuple[RunRow, AgentVersionRow, TaskVersionRow, ProviderRow]
"""A run with everything it pins."""

_OPEN = ("queued", "running")
# The dictionary that takes words as they are, whatever their language.
_AS_WRITTEN: Any = literal_column("'simple'::regconfig")  # Any: a constant of SQL


def _select_lines() -> Any:  # Any: SQLModel's select of four has no public name
    return (
        select(RunRow, AgentVersionRow, TaskVersionRow, ProviderRow)
        .join(AgentVersionRow, col(AgentVersionRow.id) == RunRow.agent_version_id)
        .join(TaskVersionRow, col(TaskVersionRow.id) == RunRow.task_version_id)
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
    )


def find_run(session: Session, run_id: uuid.UUID) -> RunLine | None:
    """Return the run with its pinned versions, however much was deleted since; None when it was itself."""
    found = session.exec(_select_lines().where(RunRow.id == run_id, col(RunRow.deleted_at).is_(None))).first()
    return None if found is None else tuple(found)


def lock_run(session: Session, run_id: uuid.UUID) -> RunRow | None:
    """Return the run, locked until the transaction ends. What belongs to it can be stored meanwhile."""
    return session.exec(select(RunRow).where(RunRow.id == run_id).with_for_update(key_share=True)).first()


class RunnableLine(NamedTuple):
    """An agent and a task as they are now, and what joins them."""

    agent: AgentRow
    agent_version: AgentVersionRow
    provider: ProviderRow
    task: TaskRow
    task_version: TaskVersionRow
    assignment: AssignmentRow | None


def find_runnable(session: Session, *, agent_id: uuid.UUID, task_id: uuid.UUID) -> RunnableLine | None:
    """Return what a run of an agent on a task pins; None when either is not there, or deleted."""
    found = session.exec(_build_runnable(), params={"agent_id": agent_id, "task_id": task_id}).first()
    return None if found is None else RunnableLine(*found)


@cache
def _build_runnable() -> Any:  # Any: a select of many columns
    is_current_agent = (col(AgentVersionRow.agent_id) == AgentRow.id) & (AgentVersionRow.number == AgentRow.version)
    is_current_task = (col(TaskVersionRow.task_id) == TaskRow.id) & (TaskVersionRow.number == TaskRow.version)
    is_pair = (col(AssignmentRow.agent_id) == AgentRow.id) & (AssignmentRow.task_id == TaskRow.id)
    return (
        sql_select(AgentRow, AgentVersionRow, ProviderRow, TaskRow, TaskVersionRow, AssignmentRow)
        .join(AgentVersionRow, is_current_agent)
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .join(TaskRow, col(TaskRow.id) == bindparam("task_id"))
        .join(TaskVersionRow, is_current_task)
        .outerjoin(AssignmentRow, is_pair)
        .where(
            col(AgentRow.id) == bindparam("agent_id"),
            col(AgentRow.deleted_at).is_(None),
            col(TaskRow.deleted_at).is_(None),
        )
    )


def get_provider(session: Session, provider_id: uuid.UUID) -> ProviderRow:
    """Return the provider of a version, deleted or not."""
    return session.exec(select(ProviderRow).where(ProviderRow.id == provider_id)).one()


def get_pinned(
    session: Session, *, agent_version_id: uuid.UUID, task_version_id: uuid.UUID
) -> tuple[AgentVersionRow, TaskVersionRow]:
    """Return the versions that a run pins; they never change."""
    agent = session.exec(select(AgentVersionRow).where(AgentVersionRow.id == agent_version_id)).one()
    return agent, session.exec(select(TaskVersionRow).where(TaskVersionRow.id == task_version_id)).one()


def insert_run(session: Session, row: RunRow, *, words: str) -> None:
    """Store a new run at once, to be found by these words. The session does not hold it."""
    session.connection().execute(_build_insert(), {**row.model_dump(), "words": words})


@cache
def _build_insert() -> Any:  # Any: an INSERT
    return insert(RunRow).values(search=func.to_tsvector(_AS_WRITTEN, bindparam("words")))


def list_running(session: Session, *, claimed_by: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return the running runs that these processes hold."""
    query = select(RunRow.id).where(RunRow.status == "running", col(RunRow.claimed_by).in_(claimed_by))
    return session.exec(query).all()


def end_orphans(session: Session, run_ids: Sequence[uuid.UUID], *, values: dict[str, Any]) -> list[uuid.UUID]:
    """End those of these runs that are not over; return their ids."""
    statement = (
        update(RunRow)
        .where(col(RunRow.status).in_(_OPEN), col(RunRow.id).in_(run_ids))
        .values(ended_at=utc_now(), **values)
        .returning(col(RunRow.id))
    )
    return [row[0] for row in session.connection().execute(statement)]


def list_unstored(session: Session, *, held_by: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return the queued runs whose content is in the memory of these processes and nowhere else."""
    query = select(RunRow.id).where(RunRow.status == "queued", col(RunRow.claimed_by).in_(held_by))
    return session.exec(query).all()


def list_owners(session: Session) -> Sequence[uuid.UUID]:
    """Return the processes that hold running runs, or the content of queued ones."""
    query = (
        select(RunRow.claimed_by)
        .where(col(RunRow.status).in_(_OPEN), col(RunRow.claimed_by).is_not(None), col(RunRow.ended_at).is_(None))
        .distinct()
    )
    return [owner for owner in session.exec(query) if owner is not None]


def list_queued(session: Session, *, claimable_by: uuid.UUID, limit: int) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return queued runs that a process can execute, each with its provider, oldest first."""
    is_free = col(RunRow.claimed_by).is_(None) | (col(RunRow.claimed_by) == claimable_by)
    query = select(RunRow.id, RunRow.provider_id).where(RunRow.status == "queued", is_free)
    return session.exec(query.order_by(col(RunRow.queued_at)).limit(limit)).all()


def list_attempts(session: Session, run_id: uuid.UUID) -> Sequence[AttemptRow]:
    """Return the attempts of a run, in order."""
    return session.exec(select(AttemptRow).where(AttemptRow.run_id == run_id).order_by(col(AttemptRow.number))).all()


def list_events(session: Session, run_id: uuid.UUID, *, after_seq: int = 0) -> Sequence[RunEventRow]:
    """Return what happened in a run after an event, in order."""
    query = (
        select(RunEventRow)
        .where(RunEventRow.run_id == run_id, col(RunEventRow.seq) > after_seq)
        .order_by(col(RunEventRow.seq))
    )
    return session.exec(query).all()


def add_event(session: Session, run_id: uuid.UUID, kind: str, **data: Any) -> None:  # Any: per kind
    """Note what happened in a run, and announce it; stored and told with the commit. `data` holds no content."""
    announce_of_run(session, run_id, kind, **data)


def list_cancel_requested(session: Session, *, claimed_by: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the running runs of a process that somebody asked to cancel."""
    query = select(RunRow.id).where(
        RunRow.status == "running",
        RunRow.claimed_by == claimed_by,
        col(RunRow.cancel_requested_at).is_not(None),
    )
    return session.exec(query).all()


def end_attempts_of(session: Session, run_ids: Sequence[uuid.UUID]) -> None:
    """Close the attempts that were open when their process died, count them, and add up what the others cost."""
    if not run_ids:
        return
    connection = session.connection()
    connection.execute(
        update(AttemptRow)
        .where(col(AttemptRow.run_id).in_(run_ids), col(AttemptRow.status) == "running")
        .values(status="interrupted", ended_at=utc_now())
    )
    counted = select(func.count()).where(AttemptRow.run_id == RunRow.id).correlate(RunRow).scalar_subquery()
    of_run = sql_select(func.sum(col(AttemptRow.cost_usd))).where(col(AttemptRow.run_id) == RunRow.id)
    unknown = select(AttemptRow.id).where(AttemptRow.run_id == RunRow.id, col(AttemptRow.cost_usd).is_(None))
    connection.execute(
        update(RunRow)
        .where(col(RunRow.id).in_(run_ids))
        .values(
            attempt_count=counted,
            cost_usd=of_run.correlate(RunRow).scalar_subquery(),
            is_cost_complete=~unknown.correlate(RunRow).exists(),
        )
    )
