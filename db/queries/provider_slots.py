"""The slots of providers with limits: asked for, marked and given up in one message to the server.

    SELECT pg_advisory_xact_lock(…)     the others who ask for this provider wait
    UPDATE, DELETE                      what has been sent, has ended, was given up, or no longer counts
    INSERT                              a slot for each request that fits, in their order, until one does not
    SELECT                              how many fitted, and when the next ones may

Each of the four sees what was committed when it began, so the sum that the third one makes is right; one statement
alone would have taken its view of the table before it waited for the lock. Time is the database's alone.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, text
from sqlmodel import Session

_LOCK_CLASS = 7_106_901
_LISTED_DEPARTURES = 200

_EXCHANGE = f"""
    SELECT pg_advisory_xact_lock({_LOCK_CLASS}, hashtext(%(provider_id)s::text));

    UPDATE provider_slots AS slot SET
        counted_from = COALESCE(clock_timestamp() - mark.age * interval '1 second', slot.counted_from),
        tokens = COALESCE(mark.tokens, slot.tokens),
        ended_at = CASE WHEN mark.is_over THEN clock_timestamp() ELSE slot.ended_at END
    FROM unnest(%(marked_ids)s::uuid[], %(marked_ages)s::float8[], %(marked_tokens)s::bigint[], %(marked_ends)s::bool[])
        AS mark(id, age, tokens, is_over)
    WHERE slot.id = mark.id;

    DELETE FROM provider_slots
    WHERE id = ANY(%(dropped_ids)s::uuid[])
        OR (provider_id = %(provider_id)s AND counted_from < clock_timestamp() - %(window)s * interval '1 second'
            AND (ended_at IS NOT NULL OR expires_at < clock_timestamp()));

    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    used AS MATERIALIZED (
        SELECT count(*) FILTER (WHERE counted_from > now - %(window)s * interval '1 second') AS requests,
            COALESCE(sum(tokens) FILTER (WHERE counted_from > now - %(window)s * interval '1 second'), 0) AS tokens,
            count(*) FILTER (WHERE ended_at IS NULL AND expires_at > now) AS going_on
        FROM provider_slots, moment WHERE provider_id = %(provider_id)s
    ),
    allowed AS MATERIALIZED (
        SELECT (limits->>'requests_per_minute')::bigint AS requests, (limits->>'tokens_per_minute')::bigint AS tokens,
            (limits->>'max_concurrency')::bigint AS going_on
        FROM llm_providers WHERE id = %(provider_id)s
    ),
    wanted AS (
        SELECT id, tokens, seconds, place, sum(tokens) OVER (ORDER BY place) AS tokens_up_to_here
        FROM unnest(%(wanted_ids)s::uuid[], %(wanted_tokens)s::bigint[], %(wanted_seconds)s::float8[])
            WITH ORDINALITY AS given(id, tokens, seconds, place)
    )
    INSERT INTO provider_slots (id, provider_id, counted_from, tokens, expires_at)
    SELECT wanted.id, %(provider_id)s, now + wanted.seconds * interval '1 second', wanted.tokens,
        now + wanted.seconds * interval '1 second'
    FROM wanted, moment, used, allowed
    WHERE (allowed.requests IS NULL OR used.requests + place <= allowed.requests)
        AND (allowed.going_on IS NULL OR used.going_on + place <= allowed.going_on)
        AND (allowed.tokens IS NULL OR used.tokens + tokens_up_to_here <= allowed.tokens
            OR (place = 1 AND used.tokens = 0))
    ON CONFLICT (id) DO NOTHING;

    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    counted AS MATERIALIZED (
        SELECT id, tokens, counted_from, ended_at IS NULL AND expires_at > now AS is_going_on,
            counted_from > now - %(window)s * interval '1 second' AS is_in_window,
            EXTRACT(epoch FROM LEAST(counted_from, now) - now)::float8 + %(window)s AS leaves_after
        FROM provider_slots, moment WHERE provider_id = %(provider_id)s
    ),
    departures AS (
        SELECT leaves_after, tokens FROM counted WHERE is_in_window AND %(wanted_ids)s::uuid[] <> '{{}}'
        ORDER BY leaves_after LIMIT {_LISTED_DEPARTURES}
    )
    SELECT (SELECT count(*) FROM counted WHERE id = ANY(%(wanted_ids)s::uuid[])),
        (SELECT limits FROM llm_providers WHERE id = %(provider_id)s),
        (SELECT count(*) FROM counted WHERE is_in_window),
        (SELECT COALESCE(sum(tokens), 0)::bigint FROM counted WHERE is_in_window),
        (SELECT count(*) FROM counted WHERE is_going_on),
        ARRAY(SELECT leaves_after FROM departures ORDER BY leaves_after),
        ARRAY(SELECT tokens FROM departures ORDER BY leaves_after)
"""  # noqa: S608  # constants

_KEY_USED = """
    UPDATE llm_providers SET key_used_at = now()
    WHERE id = %(provider_id)s AND (key_used_at IS NULL OR key_used_at < now() - interval '50 seconds')
"""

_FORGET = text("""
    DELETE FROM provider_slots WHERE id IN (
        SELECT id FROM provider_slots
        WHERE counted_from < now() - make_interval(secs => :seconds) AND (ended_at IS NOT NULL OR expires_at < now())
        FOR UPDATE SKIP LOCKED
    )
""")


class WantedSlot(NamedTuple):
    """A request that is to be let pass."""

    slot_id: uuid.UUID
    tokens: int
    seconds: float
    """How long it may take from then on, until it no longer counts as going on."""


class SlotMark(NamedTuple):
    """What became of a slot; None leaves as it is."""

    slot_id: uuid.UUID
    seconds_since_sent: float | None
    tokens: int | None
    is_over: bool


class SlotAnswer(NamedTuple):
    """What the database says to those who asked."""

    granted: int
    """So many of those wanted, from the first on."""
    limits: dict[str, int]
    """As stored at this moment."""
    requests: int
    """That count by now, those granted among them."""
    tokens: int
    going_on: int
    departures: tuple[tuple[float, int], ...]
    """When each of the oldest ones no longer counts, in seconds from now, and its tokens; not all of very many.
    One that was not sent yet is told as if it were sent now. None of them when nothing was wanted."""


def exchange_slots(
    connection: Connection,
    provider_id: uuid.UUID,
    *,
    window_seconds: float,
    wanted: Sequence[WantedSlot] = (),
    marks: Sequence[SlotMark] = (),
    dropped: Sequence[uuid.UUID] = (),
) -> SlotAnswer:
    """Let pass the first of those wanted that the provider's limits leave room for, in one message to the server.

    Until it is marked as sent, a slot counts from the end of its time on: what was let pass and is not sent yet counts
    however long that takes. Asking twice for the same slots takes them once. `connection` commits by itself.
    """
    values = {
        "provider_id": provider_id,
        "window": window_seconds,
        "wanted_ids": [one.slot_id for one in wanted],
        "wanted_tokens": [one.tokens for one in wanted],
        "wanted_seconds": [one.seconds for one in wanted],
        "marked_ids": [one.slot_id for one in marks],
        "marked_ages": [one.seconds_since_sent for one in marks],
        "marked_tokens": [one.tokens for one in marks],
        "marked_ends": [one.is_over for one in marks],
        "dropped_ids": list(dropped),
    }
    granted, limits, requests, tokens, going_on, leaving, leaving_tokens = _execute(connection, values)
    departures = tuple(zip(leaving, leaving_tokens, strict=True))
    return SlotAnswer(granted, limits or {}, requests, tokens, going_on, departures)


def forget_slots(session: Session, *, older_than: timedelta) -> None:
    """Erase slots that have long counted for nothing, as of providers nobody asks any more."""
    # None of another process is waited for: whoever holds one of these rows deletes it.
    session.connection().execute(_FORGET, {"seconds": older_than.total_seconds()})


def _execute(connection: Connection, values: dict[str, Any]) -> tuple[Any, ...]:  # Any: columns
    """Send several statements as one message, which only a cursor that fills in the values itself can do."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    with psycopg.ClientCursor(raw) as cursor:
        cursor.execute(_EXCHANGE, values)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
    assert row is not None
    return tuple(row)


def note_key_use(connection: Connection, provider_id: uuid.UUID) -> None:
    """Note that a secret of the provider left for its server just now. It is no change, and nobody is told."""
    connection.exec_driver_sql(_KEY_USED, {"provider_id": provider_id})
