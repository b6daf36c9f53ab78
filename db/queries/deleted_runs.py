"""Runs are deleted: marked for a while, then removed. Nothing here commits."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlmodel import Session

from db.tables import RunRow, utc_now

_RUNS = RunRow.metadata.tables["runs"]
_COLUMNS = _RUNS.c


def delete_runs(session: Session, run_ids: Sequence[uuid.UUID]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Mark those of these runs that are over as deleted; return them, and those that are not over."""
    found = session.connection().execute(
        select(_COLUMNS.id, _COLUMNS.ended_at)
        .where(_COLUMNS.id.in_(run_ids), _COLUMNS.deleted_at.is_(None))
        .order_by(_COLUMNS.id)  # whoever locks several does so in this order
        .with_for_update(key_share=True)
    )
    over, others = list[uuid.UUID](), list[uuid.UUID]()
    for run_id, ended_at in found:
        (others if ended_at is None else over).append(run_id)
    session.connection().execute(update(_RUNS).where(_COLUMNS.id.in_(over)).values(deleted_at=utc_now()))
    return over, others


def restore_runs(session: Session, run_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Take the mark from those of these runs that are deleted but still there; return them."""
    locked = (
        select(_COLUMNS.id)
        .where(_COLUMNS.id.in_(run_ids), _COLUMNS.deleted_at.is_not(None))
        .order_by(_COLUMNS.id)
        .with_for_update(key_share=True)
    )
    found = list(session.connection().execute(locked).scalars())
    session.connection().execute(update(_RUNS).where(_COLUMNS.id.in_(found)).values(deleted_at=None))
    return found


def erase_deleted_runs(session: Session, *, older_than: timedelta, limit: int) -> int:
    """Remove runs deleted a while ago, with their attempts and events, at most `limit` at once; return how many."""
    old = (
        select(_COLUMNS.id)
        .where(_COLUMNS.deleted_at < utc_now() - older_than)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = list(session.connection().execute(old).scalars())
    session.connection().execute(delete(_RUNS).where(_COLUMNS.id.in_(found)))
    return len(found)
