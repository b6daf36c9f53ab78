"""Announces changes: stored in the transaction that makes them, and told to every listener when it commits."""

import json
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

CHANNEL = "benchtop_events"
_PENDING = "benchtop.events"
_ORDER_LOCK = 0x4556454E54  # "EVENT"

# The rows are joined to the lock, so their numbers are given out once it is had. `clock_timestamp`, not the
# transaction's beginning: the order of the moments is that of the numbers.
_INSERT = text(f"""
    WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(:lock)), added AS (
        INSERT INTO events (topic, event, data, at)
        SELECT each->>'topic', each->>'event', each->'data', clock_timestamp()
        FROM held, json_array_elements(CAST(:events AS json)) WITH ORDINALITY AS listed(each, number)
        ORDER BY number
        RETURNING seq, topic, event, data, at
    )
    SELECT pg_notify('{CHANNEL}', row_to_json(added)::text) FROM added ORDER BY seq
""")  # noqa: S608  # the channel is a constant


def announce(session: Session, topic: str, event: str, **data: object) -> None:
    """Note that something changed; it is told when the transaction commits, and forgotten when it does not.

    `data` holds ids, numbers and words, no more: it is told to everyone who listens, and has to fit into the 8,000
    bytes of a notification.
    """
    session.info.setdefault(_PENDING, []).append({"topic": topic, "event": event, "data": data})


def first_announced(session: Session) -> dict[str, Any] | None:  # Any: topic, event and data
    """Return what a transaction announced first so far, None if nothing."""
    pending = session.info.get(_PENDING)
    return json.loads(json.dumps(pending[0], default=str)) if pending else None


def store_announced(session: Session) -> None:
    """Store what was announced, as the last step before the commit.

    The lock is held until the commit is done, so numbers become visible in their order: who has seen one has seen all
    before it. It is taken last, when the transaction holds every other lock it needs, so nobody waits in a circle.
    """
    pending: list[dict[str, Any]] = session.info.pop(_PENDING, [])  # Any: see announce
    if not pending:
        return
    session.flush()
    session.connection().execute(_INSERT, {"lock": _ORDER_LOCK, "events": json.dumps(pending, default=str)})
