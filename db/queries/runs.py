"""Reads and writes of runs. Nothing here commits. A status changes only from the one it is expected to have."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, tuple_, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from db.events import announce
from db.tables import AgentVersionRow, AttemptRow, ProviderRow, RunEventRow, RunRow, TaskVersionRow, utc_now

RunLine = tuple[RunRow, AgentVersionRow, TaskVersionRow, ProviderRow]
"""A run with everything it pins."""

# The dictionary that takes words as they are, whatever their language.
_AS_WRITTEN: Any = literal_column("'simple'::regconfig")  # Any: a constant of SQL

_LISTED_COLUMNS = (
    "id",
    "agent_id",
    "task_id",
    "status",
    "reason",
    "message",
    "attempt_count",
    "input_tokens",
    "output_tokens",
    "queued_at",
    "started_at",
    "ended_at",
)


def _select_lines() -> Any:  # Any: SQLModel's select of four has no public name
    return (
        select(RunRow, AgentVersionRow, TaskVersionRow, ProviderRow)
        .join(AgentVersionRow, col(AgentVersionRow.id) == RunRow.agent_version_id)
        .join(TaskVersionRow, col(TaskVersionRow.id) == RunRow.task_version_id)
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
    )


def find_run(session: Session, run_id: uuid.UUID) -> RunLine | None:
    """Return the run with its pinned versions, however much was deleted since."""
    found = session.exec(_select_lines().where(RunRow.id == run_id)).first()
    return None if found is None else tuple(found)


def lock_run(session: Session, run_id: uuid.UUID) -> RunRow | None:
    """Return the run, locked until the transaction ends."""
    return session.exec(select(RunRow).where(RunRow.id == run_id).with_for_update()).first()


def claim_run(session: Session, run_id: uuid.UUID, *, claimed_by: uuid.UUID) -> bool:
    """Take a queued run for one process; say whether it was still to be had."""
    statement = (
        update(RunRow)
        .where(col(RunRow.id) == run_id, col(RunRow.status) == "queued")
        .values(status="running", claimed_by=claimed_by, started_at=utc_now())
    )
    return _changed(session, statement)


def is_claimed(session: Session, run_id: uuid.UUID, *, claimed_by: uuid.UUID) -> bool:
    """Say whether a run is running and held by this process."""
    query = select(RunRow.id).where(RunRow.id == run_id, RunRow.status == "running", RunRow.claimed_by == claimed_by)
    return session.exec(query).first() is not None


def insert_run(session: Session, row: RunRow, *, words: str) -> None:
    """Store a new run at once, to be found by these words. The session does not hold it."""
    statement = insert(RunRow).values(search=func.to_tsvector(_AS_WRITTEN, bindparam("words")))
    session.connection().execute(statement, {**row.model_dump(), "words": words})


def end_run(
    session: Session, run_id: uuid.UUID, *, claimed_by: uuid.UUID, values: dict[str, Any], words: str = ""
) -> bool:
    """Store the outcome of a running run that this process holds; say whether it still did.

    `words` can find it from now on, besides those it was stored with.
    """
    if words:
        found_by = literal_column("runs.search").op("||")(func.to_tsvector(_AS_WRITTEN, words))
        values = {**values, "search": found_by}
    statement = (
        update(RunRow)
        .where(col(RunRow.id) == run_id, col(RunRow.status) == "running", col(RunRow.claimed_by) == claimed_by)
        .values({"ended_at": utc_now(), **values})
    )
    return _changed(session, statement)


def list_running(session: Session, *, claimed_by: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Return the running runs that these processes hold."""
    query = select(RunRow.id).where(RunRow.status == "running", col(RunRow.claimed_by).in_(claimed_by))
    return session.exec(query).all()


def end_orphans(session: Session, run_ids: Sequence[uuid.UUID], *, values: dict[str, Any]) -> list[uuid.UUID]:
    """End those of these runs that are still running; return their ids."""
    statement = (
        update(RunRow)
        .where(col(RunRow.status) == "running", col(RunRow.id).in_(run_ids))
        .values(ended_at=utc_now(), **values)
        .returning(col(RunRow.id))
    )
    return [row[0] for row in session.connection().execute(statement)]


def list_owners(session: Session) -> Sequence[uuid.UUID]:
    """Return the processes that hold running runs."""
    query = select(RunRow.claimed_by).where(RunRow.status == "running", col(RunRow.claimed_by).is_not(None)).distinct()
    return [owner for owner in session.exec(query) if owner is not None]


def list_queued(session: Session, *, limit: int) -> Sequence[uuid.UUID]:
    """Return queued runs, oldest first."""
    query = select(RunRow.id).where(RunRow.status == "queued").order_by(col(RunRow.queued_at)).limit(limit)
    return session.exec(query).all()


def _changed(session: Session, statement: object) -> bool:
    return bool(session.connection().execute(statement).rowcount)  # type: ignore[call-overload]  # an UPDATE


def _filtered(
    query: Any,  # Any: a SQLModel select of any width
    *,
    agent_id: uuid.UUID | None,
    task_id: uuid.UUID | None,
    status: str | None,
) -> Any:  # Any: as given
    if agent_id is not None:
        query = query.where(RunRow.agent_id == agent_id)
    if task_id is not None:
        query = query.where(RunRow.task_id == task_id)
    if status is not None:
        query = query.where(RunRow.status == status)
    return query


def count_runs(session: Session, **filters: Any) -> int:  # Any: agent_id, task_id, status
    """Return how many runs fit the filters."""
    return int(session.exec(_filtered(select(func.count()).select_from(RunRow), **filters)).one())


def list_runs(
    session: Session,
    *,
    limit: int,
    after: tuple[datetime, uuid.UUID] | None = None,
    offset: int = 0,
    **filters: Any,  # Any: agent_id, task_id, status
) -> list[dict[str, Any]]:  # Any: columns by name
    """Return the lines of the history, newest first, without inputs and results, which may be long.

    `after` is the last line already seen.
    """
    listed = [col(getattr(RunRow, name)) for name in _LISTED_COLUMNS]
    query = (
        sql_select(
            *listed,
            col(AgentVersionRow.name).label("agent_name"),
            col(AgentVersionRow.model_name).label("model_name"),
            col(TaskVersionRow.name).label("task_name"),
        )
        .join(AgentVersionRow, col(AgentVersionRow.id) == RunRow.agent_version_id)
        .join(TaskVersionRow, col(TaskVersionRow.id) == RunRow.task_version_id)
        .order_by(col(RunRow.queued_at).desc(), col(RunRow.id).desc())
        .limit(limit)
        .offset(offset)
    )
    if after is not None:
        query = query.where(tuple_(col(RunRow.queued_at), col(RunRow.id)) < after)
    return [dict(row) for row in session.connection().execute(_filtered(query, **filters)).mappings()]


def list_attempts(session: Session, run_id: uuid.UUID) -> Sequence[AttemptRow]:
    """Return the attempts of a run, in order."""
    return session.exec(select(AttemptRow).where(AttemptRow.run_id == run_id).order_by(col(AttemptRow.number))).all()


def find_attempt(session: Session, run_id: uuid.UUID, number: int) -> AttemptRow | None:
    """Return one attempt of a run."""
    return session.exec(select(AttemptRow).where(AttemptRow.run_id == run_id, AttemptRow.number == number)).first()


def list_events(session: Session, run_id: uuid.UUID, *, after_seq: int = 0) -> Sequence[RunEventRow]:
    """Return what happened in a run after an event, in order."""
    query = (
        select(RunEventRow)
        .where(RunEventRow.run_id == run_id, col(RunEventRow.seq) > after_seq)
        .order_by(col(RunEventRow.seq))
    )
    return session.exec(query).all()


def add_event(session: Session, run_id: uuid.UUID, kind: str, **data: Any) -> None:  # Any: per kind
    """Note what happened in a run, and announce it without what the model wrote."""
    session.add(RunEventRow(run_id=run_id, kind=kind, data=data))
    announced = {name: value for name, value in data.items() if name != "text"}
    announce(session, "runs", kind, id=run_id, **announced)


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
