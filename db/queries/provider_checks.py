"""Which providers are due to be checked, and what checks found. Nothing here commits."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, text
from sqlmodel import Session, col

from db.tables import ProviderCheckRow, utc_now

# Whoever reads a provider as due puts off when it is due again in the same statement, so no other process does. Jitter:
# what was connected together is not checked together for ever.
_CLAIM = text("""
    UPDATE llm_providers SET check_due_at = now() + make_interval(secs => :seconds * (0.85 + 0.3 * random()))
    WHERE id IN (
        SELECT id FROM llm_providers
        WHERE deleted_at IS NULL AND validation_status IN ('connected', 'error') AND NOT type = ANY(:skipped_types)
            AND (check_due_at IS NULL OR check_due_at <= now())
        ORDER BY check_due_at NULLS FIRST LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, revision
""")


def claim_due(
    session: Session, *, every: timedelta, skipped_types: Collection[str], limit: int
) -> list[tuple[uuid.UUID, int]]:
    """Return providers that are due to be checked, with their revisions, and put off when they are due again."""
    values = {"seconds": every.total_seconds(), "skipped_types": list(skipped_types), "limit": limit}
    return [(row[0], row[1]) for row in session.connection().execute(_CLAIM, values)]


def add_check(
    session: Session,
    provider_id: uuid.UUID,
    *,
    checked_at: datetime,
    is_connected: bool,
    diagnosis: str,
    latency_ms: float | None,
) -> None:
    """Store what a check found."""
    found = {"is_connected": is_connected, "diagnosis": diagnosis, "latency_ms": latency_ms}
    values = {"provider_id": provider_id, "checked_at": checked_at, **found}
    session.connection().execute(insert(ProviderCheckRow).values(**values))


def forget_checks(session: Session, *, older_than: timedelta) -> None:
    """Erase what checks found long ago."""
    session.connection().execute(
        delete(ProviderCheckRow).where(col(ProviderCheckRow.checked_at) < utc_now() - older_than)
    )
