"""Reads and writes of comparisons, their columns and the runs in them. Nothing here commits."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, tuple_, update
from sqlalchemy import select as sql_select
from sqlalchemy.orm import defer
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from db.queries.runs import RunLine
from db.tables import (
    AgentVersionRow,
    ComparisonColumnRow,
    ComparisonRow,
    ProviderRow,
    RunEventRow,
    RunRow,
    TaskVersionRow,
    utc_now,
)

ColumnLine = tuple[ComparisonColumnRow, AgentVersionRow, ProviderRow]
"""A column with the state of the agent that it pins."""

StateLine = Row[Any]  # Any: columns by name
"""The settings of a column, without its prompts."""

_OPEN = ("queued", "running")


def find_comparison(session: Session, comparison_id: uuid.UUID) -> tuple[ComparisonRow, TaskVersionRow] | None:
    """Return the comparison with the version of the task that it pins, unless it is deleted."""
    query = (
        select(ComparisonRow, TaskVersionRow)
        .join(TaskVersionRow, col(TaskVersionRow.id) == ComparisonRow.task_version_id)
        .where(ComparisonRow.id == comparison_id, col(ComparisonRow.deleted_at).is_(None))
    )
    found = session.exec(query).first()
    return None if found is None else (found[0], found[1])


def lock_comparison(session: Session, comparison_id: uuid.UUID, *, is_deleted: bool = False) -> ComparisonRow | None:
    """Return the comparison, locked until the transaction ends; with `is_deleted`, only a deleted one."""
    deleted_at = col(ComparisonRow.deleted_at)
    query = select(ComparisonRow).where(
        ComparisonRow.id == comparison_id, deleted_at.is_not(None) if is_deleted else deleted_at.is_(None)
    )
    return session.exec(query.with_for_update(key_share=True)).first()


def has_column(session: Session, comparison_id: uuid.UUID, position: int) -> bool:
    """Say whether the comparison has a column there."""
    query = select(ComparisonColumnRow.position).where(
        ComparisonColumnRow.comparison_id == comparison_id, ComparisonColumnRow.position == position
    )
    return session.exec(query).first() is not None


def list_columns(session: Session, comparison_id: uuid.UUID) -> list[ColumnLine]:
    """Return the columns by position, however much was deleted since."""
    query = (
        select(ComparisonColumnRow, AgentVersionRow, ProviderRow)
        .join(AgentVersionRow, col(AgentVersionRow.id) == ComparisonColumnRow.agent_version_id)
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(ComparisonColumnRow.comparison_id == comparison_id)
        .order_by(col(ComparisonColumnRow.position))
    )
    return [(line[0], line[1], line[2]) for line in session.exec(query)]


def list_runs(session: Session, comparison: ComparisonRow) -> Sequence[RunRow]:
    """Return the runs that are not deleted, by column and repeat.

    The input, which is the comparison's as long as that is kept, is not read again for each of up to 80.
    """
    query = (
        select(RunRow)
        .where(RunRow.comparison_id == comparison.id, col(RunRow.deleted_at).is_(None))
        .order_by(col(RunRow.comparison_position), col(RunRow.comparison_repeat))
    )
    if comparison.content_erased_at is not None:
        return session.exec(query).all()
    rows = session.exec(query.options(defer(RunRow.input))).all()
    for row in rows:
        set_committed_value(row, "input", comparison.input if row.content_erased_at is None else None)
    return rows


def find_marks(session: Session, comparison_id: uuid.UUID) -> tuple[Row[Any], Sequence[Row[Any]]] | None:
    """Return what tells whether a comparison and each of its runs is still as before; None when it is deleted."""
    connection = session.connection()
    own: Any = sql_select(  # Any: a select of columns that may be null
        col(ComparisonRow.winner),
        col(ComparisonRow.winner_note),
        col(ComparisonRow.decided_at),
        col(ComparisonRow.content_erased_at),
    ).where(col(ComparisonRow.id) == comparison_id, col(ComparisonRow.deleted_at).is_(None))
    found = connection.execute(own).first()
    runs: Any = (  # Any: a select of many columns
        sql_select(
            col(RunRow.id),
            col(RunRow.status),
            col(RunRow.attempt_count),
            col(RunRow.input_tokens),
            col(RunRow.output_tokens),
            col(RunRow.cancel_requested_at).is_not(None),
            col(RunRow.rated_at),
            col(RunRow.content_erased_at),
        )
        .where(col(RunRow.comparison_id) == comparison_id, col(RunRow.deleted_at).is_(None))
        .order_by(col(RunRow.comparison_position), col(RunRow.comparison_repeat))
    )
    return None if found is None else (found, connection.execute(runs).all())


def list_run_events(session: Session, run_ids: Sequence[uuid.UUID]) -> Sequence[Row[Any]]:  # Any: columns by name
    """Return what happened in these runs: run_id, seq, kind, data and at, in order."""
    event = RunEventRow
    query: Any = (  # Any: a select of many columns
        sql_select(col(event.run_id), col(event.seq), col(event.kind), col(event.data), col(event.at))
        .where(col(event.run_id).in_(run_ids))
        .order_by(col(event.seq))
    )
    return session.connection().execute(query).all()


def list_run_lines(session: Session, run_ids: Sequence[uuid.UUID]) -> list[RunLine]:
    """Return those of these runs that are not deleted, with everything they pin, in no order."""
    query: Any = (  # Any: SQLModel's select of four has no public name
        select(RunRow, AgentVersionRow, TaskVersionRow, ProviderRow)
        .join(AgentVersionRow, col(AgentVersionRow.id) == RunRow.agent_version_id)
        .join(TaskVersionRow, col(TaskVersionRow.id) == RunRow.task_version_id)
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .where(col(RunRow.id).in_(run_ids), col(RunRow.deleted_at).is_(None))
    )
    return [tuple(line) for line in session.exec(query)]


def lock_open_runs(session: Session, comparison_id: uuid.UUID) -> Sequence[RunRow]:
    """Return the runs that are not over, locked until the transaction ends."""
    query = (
        select(RunRow)
        .where(RunRow.comparison_id == comparison_id, col(RunRow.status).in_(_OPEN), col(RunRow.deleted_at).is_(None))
        .order_by(col(RunRow.id))
        .with_for_update(key_share=True)
    )
    return session.exec(query).all()


def set_deleted(session: Session, row: ComparisonRow, *, deleted_at: datetime | None) -> None:
    """Delete a comparison with its runs, or restore it with those that were deleted at the same moment."""
    before, row.deleted_at = row.deleted_at, deleted_at
    connection = session.connection()
    locked = (
        sql_select(col(RunRow.id))
        # The moment is what tells them from runs that somebody deleted one by one.
        .where(col(RunRow.comparison_id) == row.id, col(RunRow.deleted_at).is_not_distinct_from(before))
        .order_by(col(RunRow.id))  # whoever locks several does so in this order
        .with_for_update(key_share=True)
    )
    found = list(connection.execute(locked).scalars())
    connection.execute(update(RunRow).where(col(RunRow.id).in_(found)).values(deleted_at=deleted_at))
    session.flush()


def forget_deleted(session: Session, *, older_than: timedelta) -> None:
    """Erase the comparisons that were deleted that long ago, once no run is left that points to them."""
    runs = sql_select(col(RunRow.id)).where(col(RunRow.comparison_id) == ComparisonRow.id).correlate(ComparisonRow)
    statement = delete(ComparisonRow).where(col(ComparisonRow.deleted_at) < utc_now() - older_than, ~runs.exists())
    session.connection().execute(statement)


def count_comparisons(session: Session) -> int:
    """Return how many comparisons are not deleted."""
    query = select(func.count()).select_from(ComparisonRow).where(col(ComparisonRow.deleted_at).is_(None))
    return session.exec(query).one()


def page_comparisons(
    session: Session, *, limit: int, after: tuple[datetime, uuid.UUID] | None
) -> Sequence[Row[Any]]:  # Any: columns by name
    """Return the lines of the list, newest first, without inputs. `after` is the last line already seen."""
    query: Any = (  # Any: a select of many columns
        sql_select(
            col(ComparisonRow.id),
            col(ComparisonRow.task_id),
            col(TaskVersionRow.name).label("task_name"),
            col(ComparisonRow.repeat_count),
            col(ComparisonRow.winner),
            col(ComparisonRow.created_at),
            col(ComparisonRow.started_by),
        )
        .join(TaskVersionRow, col(TaskVersionRow.id) == ComparisonRow.task_version_id)
        .where(col(ComparisonRow.deleted_at).is_(None))
        .order_by(col(ComparisonRow.created_at).desc(), col(ComparisonRow.id).desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(col(ComparisonRow.created_at), col(ComparisonRow.id)) < after)
    return session.connection().execute(query).all()


def list_states(session: Session, comparison_ids: Sequence[uuid.UUID]) -> Sequence[StateLine]:
    """Return the settings of each column of these comparisons, by position, without the prompts."""
    version = AgentVersionRow
    query: Any = (  # Any: a select of many columns
        sql_select(
            col(ComparisonColumnRow.comparison_id),
            col(version.name).label("agent_name"),
            col(version.number).label("agent_version"),
            col(version.variation_of),
            col(ProviderRow.name).label("provider_name"),
            col(version.model_name),
            col(version.temperature),
            col(version.max_tokens),
            col(version.retries),
        )
        .join(version, col(version.id) == ComparisonColumnRow.agent_version_id)
        .join(ProviderRow, col(ProviderRow.id) == version.provider_id)
        .where(col(ComparisonColumnRow.comparison_id).in_(comparison_ids))
        .order_by(col(ComparisonColumnRow.position))
    )
    return session.connection().execute(query).all()


def count_statuses(session: Session, comparison_ids: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, str, int]]:
    """Return how many runs of each of these comparisons are in which status."""
    query: Any = (  # Any: a select of an id that is never null here
        sql_select(col(RunRow.comparison_id), col(RunRow.status), func.count())
        .where(col(RunRow.comparison_id).in_(comparison_ids), col(RunRow.deleted_at).is_(None))
        .group_by(col(RunRow.comparison_id), col(RunRow.status))
    )
    return [(row[0], row[1], row[2]) for row in session.connection().execute(query)]
