"""Reads how a provider's runs went, and what checks found of it. Nothing here commits.

Runs are counted in indexes alone. How long requests took is read from the newest runs of each stretch of time, because
the attempts of two hundred thousand runs are too many for a page.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session

from db.queries.listing import PlainLine
from db.tables.runs import PROVIDER_FAULTS

_FAULTS = ", ".join(f"'{reason}'" for reason in PROVIDER_FAULTS)  # as in the index: a parameter would not find it
_BUCKETS = """
    unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS buckets(start, until)
"""
_OF_BUCKET = """
    provider_id = :provider_id AND deleted_at IS NULL AND queued_at >= buckets.start AND queued_at < buckets.until
"""

_COUNT = text(f"""
    SELECT buckets.start, counted.run_count, failed.reasons
    FROM {_BUCKETS}
    CROSS JOIN LATERAL (SELECT count(*) AS run_count FROM runs WHERE {_OF_BUCKET}) AS counted
    CROSS JOIN LATERAL (
        SELECT json_object_agg(reason, number) AS reasons FROM (
            SELECT reason, count(*) AS number FROM runs WHERE {_OF_BUCKET} AND reason IN ({_FAULTS}) GROUP BY reason
        ) AS told
    ) AS failed
    ORDER BY buckets.start
""")  # noqa: S608  # constants
_TIME = text(f"""
    WITH timed AS MATERIALIZED (
        SELECT buckets.start, EXTRACT(epoch FROM run_attempts.ended_at - run_attempts.started_at)::float8 AS seconds
        FROM {_BUCKETS}
        CROSS JOIN LATERAL (
            SELECT id FROM runs
            WHERE {_OF_BUCKET} AND status IN ('passed', 'failed') AND reason NOT IN ({_FAULTS})
            ORDER BY queued_at DESC, id DESC LIMIT :most
        ) AS newest
        JOIN run_attempts ON run_attempts.run_id = newest.id
        WHERE run_attempts.ended_at IS NOT NULL
    )
    SELECT start, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds) AS percentiles
    FROM timed GROUP BY ROLLUP (start)
""")  # noqa: S608  # constants
_CHECKS = text("""
    SELECT checked_at, is_connected, diagnosis, latency_ms FROM provider_checks
    WHERE provider_id = :provider_id ORDER BY checked_at DESC LIMIT :most
""")
_AGENTS = text("""
    SELECT agent_configs.id, agent_configs.name, agent_configs.is_active, agent_versions.model_name
    FROM agent_versions
    JOIN agent_configs ON agent_configs.id = agent_versions.agent_id AND agent_configs.version = agent_versions.number
    WHERE agent_versions.provider_id = :provider_id AND agent_configs.deleted_at IS NULL
    ORDER BY lower(agent_configs.name) LIMIT :most
""")

Buckets = Sequence[tuple[datetime, datetime]]


def count_runs(session: Session, provider_id: uuid.UUID, *, buckets: Buckets) -> list[PlainLine]:
    """Return for each stretch of time: start, run_count, and `reasons`, how many failed by the provider's fault."""
    return _read(session, _COUNT, provider_id=provider_id, **_split(buckets))


def time_requests(session: Session, provider_id: uuid.UUID, *, buckets: Buckets, most: int) -> list[PlainLine]:
    """Return start and percentiles (p50, p95 in seconds) of the stretches that have any, and of all together.

    The newest `most` runs of each count. The line of all has None for its start.
    """
    return _read(session, _TIME, provider_id=provider_id, most=most, **_split(buckets))


def list_checks(session: Session, provider_id: uuid.UUID, *, most: int) -> list[PlainLine]:
    """Return the latest checks, newest first."""
    return _read(session, _CHECKS, provider_id=provider_id, most=most)


def list_users(session: Session, provider_id: uuid.UUID, *, most: int) -> list[PlainLine]:
    """Return the agents whose current version uses the provider, by name."""
    return _read(session, _AGENTS, provider_id=provider_id, most=most)


def _split(buckets: Buckets) -> dict[str, Any]:  # Any: lists of moments
    return {"starts": [start for start, _ in buckets], "ends": [until for _, until in buckets]}


def _read(session: Session, query: TextClause, **values: Any) -> list[PlainLine]:  # Any: what the query asks for
    return [dict(line) for line in session.connection().execute(query, values).mappings()]
