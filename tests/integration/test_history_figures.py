"""What runs came to: together, by day, agent, task and provider."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError
from core.runs.history import service
from core.runs.history.records import RunGrouping
from core.runs.records import RunFilter
from core.services import Services
from tests.factories import Workshop
from tests.integration.stored_runs import FIRST_QUEUED_AT, StoredRuns


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def test_nothing_comes_to_nothing(services: Services) -> None:
    figures = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.DAY)

    total = figures.total
    assert (figures.groups, figures.is_complete) == ((), True)
    assert (total.run_count, total.passed_count, total.failed_count, total.input_tokens) == (0, 0, 0, 0)
    assert (total.pass_rate, total.median_seconds, total.p95_seconds, total.cost_usd) == (None,) * 4


def test_runs_are_added_up(services: Services, runs: StoredRuns) -> None:
    for seconds in range(1, 21):
        runs.add(seconds=seconds, cost_usd=Decimal("0.01"), input_tokens=100, output_tokens=7)
    runs.add(status="failed", seconds=100.0, is_cost_complete=False)
    runs.add(status="interrupted", seconds=None)
    runs.add(status="cancelled", seconds=None)
    runs.add(status="running", seconds=0)

    total = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.AGENT).total

    assert (total.key, total.label) == ("", "")
    assert (total.run_count, total.passed_count, total.failed_count) == (24, 20, 2)
    assert total.pass_rate == 20 / 22
    assert (total.median_seconds, total.p95_seconds) == (11.0, 20.0)
    assert (total.input_tokens, total.output_tokens) == (2000, 140)
    assert (total.cost_usd, total.unknown_cost_count) == (Decimal("0.20"), 1)


def test_groups_are_those_of_agent_task_and_provider(services: Services, workshop: Workshop, runs: StoredRuns) -> None:
    busy, other_task = workshop.make_agent(name="Busy"), workshop.make_task(name="Other")
    for _ in range(3):
        runs.add(agent=busy)
    runs.add(task=other_task, status="failed")
    services.history.delete_runs(LOCAL_USER, [runs.add(agent=busy)])

    by_agent = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.AGENT)
    by_task = services.history.figure_runs(LOCAL_USER, RunFilter(status="failed"), grouping=RunGrouping.TASK)
    by_provider = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.PROVIDER)

    assert [(group.key, group.label, group.run_count) for group in by_agent.groups] == [
        (str(busy.id), "Busy", 3),
        (str(runs.agent.id), runs.agent.name, 1),
    ]
    assert [(group.label, group.run_count, group.pass_rate) for group in by_task.groups] == [("Other", 1, 0.0)]
    assert [group.label for group in by_provider.groups] == [busy.provider_name, runs.agent.provider_name]
    assert by_agent.total.run_count == by_provider.total.run_count == 4


def test_days_are_those_of_the_zone_in_order(services: Services, runs: StoredRuns) -> None:
    for hour in (0, 11, 23):
        runs.add(queued_at=datetime(2026, 5, 2, hour, 30, tzinfo=UTC))

    def days(zone: str) -> list[tuple[str, int]]:
        figures = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.DAY, zone=zone)
        assert [group.label for group in figures.groups] == [group.key for group in figures.groups]
        return [(group.key, group.run_count) for group in figures.groups]

    assert days("UTC") == [("2026-05-02", 3)]
    assert days("Europe/Berlin") == [("2026-05-02", 2), ("2026-05-03", 1)]
    assert days("America/New_York") == [("2026-05-01", 1), ("2026-05-02", 2)]


def test_the_newest_days_are_kept(services: Services, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_GROUPS", 2)
    for day in range(3):
        runs.add(queued_at=FIRST_QUEUED_AT + timedelta(days=day))

    figures = services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.DAY)

    assert [group.key for group in figures.groups] == ["2026-03-02", "2026-03-03"]
    assert not figures.is_complete
    assert figures.total.run_count == 3


@pytest.mark.parametrize("zone", ["", "Nowhere", "../etc/passwd", "Europe", "/etc/localtime", "UTC\x00", "é" * 300])
def test_a_zone_nobody_knows_is_refused(services: Services, zone: str) -> None:
    with pytest.raises(InvalidInputError, match="time zone"):
        services.history.figure_runs(LOCAL_USER, grouping=RunGrouping.DAY, zone=zone)
