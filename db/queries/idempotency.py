"""Reads and writes of the requests that must not be done twice. Nothing here commits."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from db.tables import IdempotencyRow, utc_now


def reserve(
    session: Session, *, actor: str, key: str, fingerprint: str, abandoned_after: timedelta, kept_for: timedelta
) -> bool:
    """Take a key for a request; say whether it was free, too old to count, or left behind with nothing done."""
    now = utc_now()
    fresh = {"fingerprint": fingerprint, "made": None, "status": None, "headers": None, "body": "", "created_at": now}
    is_undone = col(IdempotencyRow.status).is_(None) & col(IdempotencyRow.made).is_(None)
    is_abandoned = is_undone & (col(IdempotencyRow.created_at) < now - abandoned_after)
    is_too_old = col(IdempotencyRow.created_at) < now - kept_for
    statement = (
        insert(IdempotencyRow)
        .values(actor=actor, key=key, **fresh)
        .on_conflict_do_update(index_elements=["actor", "key"], set_=fresh, where=or_(is_abandoned, is_too_old))
        .returning(col(IdempotencyRow.key))
    )
    return session.connection().execute(statement).first() is not None


def find(session: Session, *, actor: str, key: str) -> IdempotencyRow | None:
    """Return what is kept under a key."""
    return session.get(IdempotencyRow, (actor, key))


def note_made(
    session: Session, *, actor: str, key: str, fingerprint: str, made: dict[str, Any]
) -> None:  # Any: see made
    """Note what the request that holds the key did first."""
    statement = (
        update(IdempotencyRow)
        .where(
            col(IdempotencyRow.actor) == actor,
            col(IdempotencyRow.key) == key,
            col(IdempotencyRow.fingerprint) == fingerprint,
            col(IdempotencyRow.made).is_(None),
            col(IdempotencyRow.status).is_(None),
        )
        .values(made=made)
    )
    session.connection().execute(statement)


def keep_answer(
    session: Session, *, actor: str, key: str, fingerprint: str, status: int, headers: dict[str, str], body: str
) -> None:
    """Keep what the request that holds the key was answered."""
    statement = (
        update(IdempotencyRow)
        .where(
            col(IdempotencyRow.actor) == actor,
            col(IdempotencyRow.key) == key,
            col(IdempotencyRow.fingerprint) == fingerprint,
            col(IdempotencyRow.status).is_(None),
        )
        .values(status=status, headers=headers, body=body)
    )
    session.connection().execute(statement)


def release(session: Session, *, actor: str, key: str, fingerprint: str) -> None:
    """Give a key back whose request did nothing and was not answered."""
    statement = delete(IdempotencyRow).where(
        col(IdempotencyRow.actor) == actor,
        col(IdempotencyRow.key) == key,
        col(IdempotencyRow.fingerprint) == fingerprint,
        col(IdempotencyRow.made).is_(None),
        col(IdempotencyRow.status).is_(None),
    )
    session.connection().execute(statement)


def forget(session: Session, *, older_than: timedelta) -> None:
    """Remove the keys taken longer ago than that."""
    session.connection().execute(delete(IdempotencyRow).where(col(IdempotencyRow.created_at) < utc_now() - older_than))
