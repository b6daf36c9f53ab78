"""How a provider has been: its runs over time, its checks, its agents."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from core.actors import LOCAL_USER
from core.errors import InvalidInputError, NotFoundError
from core.providers.health import ProviderHealth
from core.runs.records import RunReason
from core.services import Services
from db.session import Database
from db.tables import AttemptRow, ProviderCheckRow
from db.tables.runs import PROVIDER_FAULTS
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute
from tests.integration.stored_runs import StoredRuns


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def read(services: Services, runs: StoredRuns, **wanted: Any) -> ProviderHealth:
    return services.health.read_health(LOCAL_USER, runs.agent.provider_id, **wanted)


def add_timed(services: Services, runs: StoredRuns, request_seconds: float, **values: Any) -> uuid.UUID:
    """Store a run of one request that took so long."""
    began = values.get("queued_at", datetime.now(UTC))
    run_id = runs.add(**values)
    with services.database.transaction() as session:
        attempt = AttemptRow(run_id=run_id, number=1, status="passed", started_at=began)
        attempt.ended_at = began + timedelta(seconds=request_seconds)
        session.add(attempt)
    return run_id


def test_provider_without_runs_has_empty_buckets_up_to_today(services: Services, runs: StoredRuns) -> None:
    health = read(services, runs)

    assert (health.run_count, health.failure_count, health.p50_seconds) == (0, 0, None)
    assert [bucket.start.date() for bucket in health.buckets][-1] == datetime.now(UTC).date()
    assert (len(health.buckets), health.is_hourly, health.failures) == (7, False, ())


def test_one_day_is_told_in_hours(services: Services, runs: StoredRuns) -> None:
    runs.add(queued_at=datetime.now(UTC))

    health = read(services, runs, days=1)

    assert (len(health.buckets), health.is_hourly) == (24, True)
    assert health.buckets[-1].run_count == 1
    assert health.buckets[1].start - health.buckets[0].start == timedelta(hours=1)


def test_only_the_providers_own_faults_count_as_failures(services: Services, runs: StoredRuns) -> None:
    now = datetime.now(UTC)
    runs.add(queued_at=now)
    runs.add(queued_at=now, status="failed", reason="invalid_answer")
    runs.add(queued_at=now, status="failed", reason="request_refused")
    runs.add(queued_at=now, status="failed", reason="timeout")
    runs.add(queued_at=now, status="failed", reason="timeout")
    runs.add(queued_at=now - timedelta(days=3), status="failed", reason="rate_limited")

    health = read(services, runs)

    assert (health.run_count, health.failure_count) == (6, 3)
    assert [(each.reason, each.run_count) for each in health.failures] == [("timeout", 2), ("rate_limited", 1)]
    assert sum(bucket.failure_count for bucket in health.buckets[:-1]) == 1


def test_every_fault_is_a_reason_that_a_run_can_have() -> None:
    assert set(PROVIDER_FAULTS) <= {reason.value for reason in RunReason}


def test_seconds_are_those_of_single_requests_that_were_answered(services: Services, runs: StoredRuns) -> None:
    for seconds in (1.0, 2.0, 3.0):
        add_timed(services, runs, seconds, queued_at=datetime.now(UTC), seconds=60.0)
    add_timed(services, runs, 30.0, queued_at=datetime.now(UTC), status="failed", reason="timeout")

    health = read(services, runs)

    assert (health.p50_seconds, health.buckets[-1].p50_seconds) == (2.0, 2.0)
    assert health.p95_seconds == pytest.approx(2.9)


def test_runs_of_other_providers_and_deleted_ones_do_not_count(
    services: Services, runs: StoredRuns, workshop: Workshop
) -> None:
    runs.add(agent=workshop.make_agent(), queued_at=datetime.now(UTC))
    deleted = runs.add(queued_at=datetime.now(UTC))
    services.history.delete_runs(LOCAL_USER, [deleted])

    assert read(services, runs).run_count == 0


def test_days_are_those_of_the_zone(services: Services, runs: StoredRuns) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")

    health = read(services, runs, days=30, zone=zone)

    assert {bucket.start.astimezone(zone).hour for bucket in health.buckets} == {0}
    assert health.buckets[-1].start.astimezone(zone).date() == datetime.now(zone).date()


def test_checks_come_newest_first(services: Services, runs: StoredRuns) -> None:
    now = datetime.now(UTC)
    execute(services.database, "DELETE FROM provider_checks")
    with services.database.transaction() as session:
        for age, is_connected in ((2, True), (1, False)):
            session.add(
                ProviderCheckRow(
                    provider_id=runs.agent.provider_id,
                    checked_at=now + timedelta(days=1, hours=-age),
                    is_connected=is_connected,
                    diagnosis="connected" if is_connected else "refused",
                    latency_ms=12.0 if is_connected else None,
                )
            )

    checks = read(services, runs).checks

    assert [check.diagnosis for check in checks][:2] == ["refused", "connected"]


def test_agents_that_use_it_are_named(services: Services, runs: StoredRuns, workshop: Workshop) -> None:
    provider = services.providers.get_provider(LOCAL_USER, runs.agent.provider_id)
    idle = workshop.make_agent(provider, name="Aaa", is_active=False)
    workshop.make_agent(name="Elsewhere")

    used_by = read(services, runs).used_by

    assert [(agent.id, agent.is_active) for agent in used_by] == [(idle.id, False), (runs.agent.id, True)]


def test_real_run_is_counted(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)

    health = services.health.read_health(LOCAL_USER, agent.provider_id)

    assert (health.run_count, health.failure_count) == (1, 0)
    assert 0 < (health.p50_seconds or 0) < 20


def test_unknown_provider_and_too_many_days_are_refused(services: Services, runs: StoredRuns) -> None:
    with pytest.raises(NotFoundError):
        services.health.read_health(LOCAL_USER, uuid.uuid4())
    with pytest.raises(InvalidInputError):
        read(services, runs, days=91)


def test_index_of_the_faults_holds_all_of_them(database: Database) -> None:
    with database.transaction() as session:
        query = text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_runs_provider_faults'")
        definition = session.connection().execute(query).scalar_one()

    assert [reason for reason in PROVIDER_FAULTS if f"'{reason}'" not in definition] == []
