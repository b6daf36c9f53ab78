"""How a provider has been: its runs over time, its last checks, who uses it, and when its key was used."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from core.actors import Actor
from core.errors import Detail, InvalidInputError
from core.providers.stored import read_provider
from core.store import Store
from db.queries import provider_health as health_queries

MAX_DAYS: Final = 90
MAX_USERS: Final = 200
_TIMED_RUNS = 3_000
_LAST_CHECKS = 12

Line = Mapping[str, Any]  # Any: a value for each column's name


class HealthBucket(BaseModel):
    """A day, or an hour, of a provider's runs. Seconds are None where no request was answered."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    run_count: int
    """Runs that were asked for then."""
    failure_count: int
    """Of them, those that failed by the provider's fault. An answer that was refused by the schema is none."""
    p50_seconds: float | None = None
    """Of single requests of the newest runs then, from sending one to the end of its answer."""
    p95_seconds: float | None = None


class FailureCount(BaseModel):
    """How many runs failed for a reason, a value of `core.runs.records.RunReason`."""

    model_config = ConfigDict(frozen=True)

    reason: str
    run_count: int


class PastCheck(BaseModel):
    """What one check found."""

    model_config = ConfigDict(frozen=True)

    checked_at: datetime
    is_connected: bool
    diagnosis: str
    """A value of `core.providers.diagnoses.Diagnosis`, or one of a newer Benchtop."""
    latency_ms: float | None


class UsingAgent(BaseModel):
    """An agent whose current version uses the provider."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: uuid.UUID
    name: str
    is_active: bool
    model_name: str


class ProviderHealth(BaseModel):
    """How a provider has been for some days, today included."""

    model_config = ConfigDict(frozen=True)

    provider_id: uuid.UUID
    days: int
    is_hourly: bool
    """Whether the buckets are hours, as of one day, and not days."""
    buckets: tuple[HealthBucket, ...]
    """Oldest first, without a gap."""
    run_count: int
    failure_count: int
    p50_seconds: float | None
    p95_seconds: float | None
    failures: tuple[FailureCount, ...]
    """By reason, the most frequent first."""
    checks: tuple[PastCheck, ...]
    """The last twelve, newest first."""
    used_by: tuple[UsingAgent, ...]
    """By name, at most 200."""
    key_used_at: datetime | None
    """When a key or header of it last left for its server; to the minute. None: never."""


class HealthService:
    """Reads how providers have been."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read_health(self, actor: Actor, provider_id: uuid.UUID, *, days: int = 7, zone: tzinfo = UTC) -> ProviderHealth:
        """Return how the provider has been. `days` is 1 to 90; of one day there are 24 hours, else days of the zone.

        Raises: NotFoundError; InvalidInputError: as many days cannot be told.
        """
        if not 1 <= days <= MAX_DAYS:
            problem = f"Choose 1 to {MAX_DAYS} days."
            raise InvalidInputError(problem, details=[Detail(place="days", message=problem)])
        spans = list(_list_spans(datetime.now(UTC), days=days, zone=zone))
        with self._store.reading() as session:
            provider = read_provider(session, provider_id)
            counted = health_queries.count_runs(session, provider_id, buckets=spans)
            most = _TIMED_RUNS // len(spans)
            timed = health_queries.time_requests(session, provider_id, buckets=spans, most=most)
            checks = health_queries.list_checks(session, provider_id, most=_LAST_CHECKS)
            users = health_queries.list_users(session, provider_id, most=MAX_USERS)
        seconds = {line["start"]: line["percentiles"] for line in timed}
        buckets = tuple(_build_bucket(line, seconds.get(line["start"])) for line in counted)
        p50, p95 = seconds.get(None) or (None, None)
        return ProviderHealth(
            provider_id=provider_id,
            days=days,
            is_hourly=days == 1,
            buckets=buckets,
            run_count=sum(bucket.run_count for bucket in buckets),
            failure_count=sum(bucket.failure_count for bucket in buckets),
            p50_seconds=p50,
            p95_seconds=p95,
            failures=_add_up(counted),
            checks=tuple(PastCheck.model_validate(line) for line in checks),
            used_by=tuple(UsingAgent.model_validate(line) for line in users),
            key_used_at=provider.key_used_at,
        )


def _list_spans(now: datetime, *, days: int, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield start and end of each bucket, oldest first; the last is the one going on."""
    if days == 1:
        hour = now.replace(minute=0, second=0, microsecond=0)
        for age in range(23, -1, -1):
            start = hour - timedelta(hours=age)
            yield start, start + timedelta(hours=1)
        return
    today = now.astimezone(zone).date()
    for age in range(days - 1, -1, -1):
        day = today - timedelta(days=age)
        # Built from dates: a day on which clocks change is longer or shorter.
        yield _midnight(day.toordinal(), zone), _midnight(day.toordinal() + 1, zone)


def _midnight(ordinal: int, zone: tzinfo) -> datetime:
    day = datetime.fromordinal(ordinal)
    return day.replace(tzinfo=zone).astimezone(UTC)


def _build_bucket(line: Line, seconds: Sequence[float] | None) -> HealthBucket:
    p50, p95 = seconds or (None, None)
    return HealthBucket(
        start=line["start"],
        run_count=line["run_count"],
        failure_count=sum((line["reasons"] or {}).values()),
        p50_seconds=p50,
        p95_seconds=p95,
    )


def _add_up(counted: Sequence[Line]) -> tuple[FailureCount, ...]:
    numbers: dict[str, int] = {}
    for line in counted:
        for reason, number in (line["reasons"] or {}).items():
            numbers[reason] = numbers.get(reason, 0) + number
    ordered = sorted(numbers.items(), key=lambda each: (-each[1], each[0]))
    return tuple(FailureCount(reason=reason, run_count=number) for reason, number in ordered)
