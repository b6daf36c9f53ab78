"""Reads of the events that were announced. Nothing here commits."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from db.tables import EventRow, utc_now


def newest_seq(session: Session) -> int:
    """Return the number of the newest event; 0 when there never was one."""
    return session.exec(select(func.max(EventRow.seq))).one() or 0


def list_events(
    session: Session, *, after_seq: int, limit: int, topics: Sequence[str] | None = None
) -> Sequence[EventRow]:
    """Return what was announced after an event, in order. `topics` None means all."""
    query = select(EventRow).where(col(EventRow.seq) > after_seq).order_by(col(EventRow.seq)).limit(limit)
    if topics is not None:
        query = query.where(col(EventRow.topic).in_(topics))
    return session.exec(query).all()


def is_complete_after(session: Session, seq: int) -> bool:
    """Say whether every event after this one is still there, and whether there ever was one like it."""
    oldest, newest = session.exec(select(func.min(EventRow.seq), func.max(EventRow.seq))).one()
    if oldest is None or newest is None:
        return seq == 0
    return oldest - 1 <= seq <= newest


def forget_events(session: Session, *, older_than: timedelta) -> None:
    """Remove old events. The newest one stays, so that it is known up to where they went."""
    newest = select(func.max(EventRow.seq)).scalar_subquery()
    session.connection().execute(
        delete(EventRow).where(col(EventRow.at) < utc_now() - older_than, col(EventRow.seq) < newest)
    )
