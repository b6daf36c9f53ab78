"""Announces changes: stored in the transaction that makes them, and told to every listener when it commits."""

import json
import uuid
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

CHANNEL = "benchtop_events"
ORDER_LOCK = 0x4556454E54  # "EVENT"
_PENDING = "benchtop.events"

# What `listed(each, number)` holds is stored and told. The rows are joined to the lock, so their numbers are given out
# once it is had. `clock_timestamp`, not the transaction's beginning: the order of the moments is that of the numbers.
TELLING = f"""
    noted AS (
        INSERT INTO run_events (run_id, kind, data, at)
        SELECT CAST(each->>'run_id' AS uuid), each->>'event', each->'noted', clock_timestamp()
        FROM listed WHERE each->>'run_id' IS NOT NULL ORDER BY number
    ),
    added AS (
        INSERT INTO events (topic, event, data, at)
        SELECT each->>'topic', each->>'event', each->'data', clock_timestamp() FROM listed ORDER BY number
        RETURNING seq, topic, event, data, at
    ),
    told AS (SELECT pg_notify('{CHANNEL}', row_to_json(added)::text) FROM added ORDER BY seq)
"""  # noqa: S608  # the channel is a constant
_INSERT = text(f"""
    WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(:lock)),
    listed AS MATERIALIZED (
        SELECT each, number FROM held, json_array_elements(CAST(:events AS json)) WITH ORDINALITY AS given(each, number)
    ), {TELLING}
    SELECT count(*) FROM told
""")  # noqa: S608  # a constant

Announced = dict[str, Any]  # Any: ids, numbers and words


def announce(session: Session, topic: str, event: str, **data: object) -> None:
    """Note that something changed; it is told when the transaction commits, and forgotten when it does not.

    `data` holds ids, numbers and words, no more: it is told to everyone who listens, and has to fit into the 8,000
    bytes of a notification.
    """
    _add(session, {"topic": topic, "event": event, "data": data})


def announce_of_run(session: Session, run_id: uuid.UUID, kind: str, **data: Any) -> None:  # Any: per kind
    """The same of what happened in a run, which is noted among its own events too. `data` holds no content."""
    _add(session, of_run(run_id, kind, noted=data, data=data))


def of_run(run_id: uuid.UUID, kind: str, *, noted: Announced, data: Announced) -> Announced:
    """Return an announcement of what happened in a run: `noted` stays with the run, `data` is told."""
    told = {"id": str(run_id), **data}
    return {"topic": "runs", "event": kind, "data": told, "run_id": str(run_id), "noted": noted}


def first_announced(session: Session) -> Announced | None:
    """Return what a transaction announced first so far: topic, event and data. None if nothing."""
    pending = session.info.get(_PENDING)
    if not pending:
        return None
    first = {name: pending[0][name] for name in ("topic", "event", "data")}
    found: Announced = json.loads(json.dumps(first, default=str))
    return found


def store_announced(session: Session) -> None:
    """Store what was announced, as the last step before the commit.

    The lock is held until the commit is done, so numbers become visible in their order: who has seen one has seen all
    before it. It is taken last, when the transaction holds every other lock it needs, so nobody waits in a circle.
    """
    pending: list[Announced] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    session.connection().execute(_INSERT, {"lock": ORDER_LOCK, "events": json.dumps(pending, default=str)})


def _add(session: Session, announced: Announced) -> None:
    session.info.setdefault(_PENDING, []).append(announced)
