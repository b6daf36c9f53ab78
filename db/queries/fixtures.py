"""Reads and writes of fixtures: inputs kept with tasks. Nothing here commits."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, tuple_
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from db.tables import FixtureRow


def list_fixtures(
    session: Session,
    task_id: uuid.UUID,
    *,
    limit: int | None = None,
    after: tuple[datetime, uuid.UUID] | None = None,
) -> Sequence[FixtureRow]:
    """Return the fixtures of a task, oldest first. `after` is the last one already seen."""
    query = select(FixtureRow).where(FixtureRow.task_id == task_id, _is_there())
    if after is not None:
        query = query.where(tuple_(col(FixtureRow.created_at), col(FixtureRow.id)) > after)
    return session.exec(query.order_by(col(FixtureRow.created_at), col(FixtureRow.id)).limit(limit)).all()


def count_fixtures(session: Session, task_id: uuid.UUID) -> int:
    """Return how many fixtures a task has."""
    query = select(func.count()).select_from(FixtureRow).where(FixtureRow.task_id == task_id, _is_there())
    return int(session.exec(query).one())


def find_fixture(session: Session, task_id: uuid.UUID, fixture_id: uuid.UUID) -> FixtureRow | None:
    """Return the fixture unless it is deleted."""
    query = select(FixtureRow).where(FixtureRow.id == fixture_id, FixtureRow.task_id == task_id, _is_there())
    return session.exec(query).first()


def lock_fixture(
    session: Session, task_id: uuid.UUID, fixture_id: uuid.UUID, *, is_deleted: bool = False
) -> FixtureRow | None:
    """Return the fixture, or the deleted one, locked until the transaction ends."""
    query = select(FixtureRow).where(
        FixtureRow.id == fixture_id, FixtureRow.task_id == task_id, _is_there(is_deleted=is_deleted)
    )
    return session.exec(query.with_for_update(key_share=True)).first()


def write_values(row: FixtureRow, values: Mapping[str, Any]) -> None:  # Any: a value of each column's type
    """Set columns of the row, also to a value that is equal in Python but not as JSON, such as `1.0` for `1`."""
    for name, value in values.items():
        setattr(row, name, value)
        flag_modified(row, name)


def _is_there(*, is_deleted: bool = False) -> Any:  # Any: a SQL expression
    column = col(FixtureRow.deleted_at)
    return column.is_not(None) if is_deleted else column.is_(None)
