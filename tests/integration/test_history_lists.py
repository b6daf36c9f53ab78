"""The history as a list: filters, orders, pages and counts."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError
from core.paging import write_cursor
from core.runs.history import searching
from core.runs.records import RunFilter, RunPage, RunSort, RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.integration.stored_runs import FIRST_QUEUED_AT, StoredRuns


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def find(services: Services, **wanted: Any) -> list[uuid.UUID]:
    page = services.history.page_runs(LOCAL_USER, RunFilter(**wanted))
    assert page.is_total_exact
    assert page.total == len(page.items)
    return [run.id for run in page.items]


def walk(services: Services, limit: int, **order: Any) -> Iterator[RunPage]:
    cursor = None
    for _ in range(100):
        page = services.history.page_runs(LOCAL_USER, limit=limit, cursor=cursor, **order)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
    raise AssertionError("The list never ends.")


def test_a_line_tells_what_the_run_pinned(services: Services, runs: StoredRuns) -> None:
    run_id = runs.add_rated(-1, cost_usd=Decimal("0.25"), is_cost_complete=False, seconds=2.5, attempt_count=3)

    line = services.history.page_runs(LOCAL_USER).items[0]

    assert (line.id, line.agent_name, line.task_name) == (run_id, runs.agent.name, runs.task.name)
    assert (line.agent_version, line.variation_of, line.task_version) == (1, None, 1)
    assert line.provider_name == runs.agent.provider_name
    assert (line.cost_usd, line.is_cost_complete, line.duration_seconds) == (Decimal("0.25"), False, 2.5)
    assert (line.rating, line.started_by, line.comparison_id) == (-1, "local", None)


def test_runs_are_found_by_what_they_belong_to(services: Services, workshop: Workshop, runs: StoredRuns) -> None:
    other_agent, other_task = workshop.make_agent(), workshop.make_task()
    of_agent, of_task = runs.add(agent=other_agent), runs.add(task=other_task)
    by_ada = runs.add(started_by="Ada")
    failed, rated, badly_rated = runs.add(status="failed"), runs.add_rated(1), runs.add_rated(-1)

    assert find(services, agent_id=other_agent.id) == [of_agent]
    assert find(services, provider_id=other_agent.provider_id) == [of_agent]
    assert find(services, task_id=other_task.id) == [of_task]
    assert find(services, started_by="Ada") == [by_ada]
    assert find(services, started_by="ada") == []
    assert find(services, status=RunStatus.FAILED) == [failed]
    assert find(services, rating=1) == [rated]
    assert find(services, rating=-1) == [badly_rated]
    assert find(services, agent_id=runs.agent.id, status=RunStatus.PASSED, rating=1) == [rated]
    assert find(services, comparison_id=uuid.uuid4()) == []
    assert len(find(services)) == 6


def test_a_span_of_time_has_its_beginning_but_not_its_end(services: Services, runs: StoredRuns) -> None:
    first, second, third = runs.add(), runs.add(), runs.add()
    minute = timedelta(minutes=1)

    assert find(services, since=FIRST_QUEUED_AT + minute) == [third, second]
    assert find(services, until=FIRST_QUEUED_AT + minute) == [first]
    assert find(services, since=FIRST_QUEUED_AT + minute, until=FIRST_QUEUED_AT + 2 * minute) == [second]


def test_bounds_of_cost_and_duration_have_both_ends(services: Services, runs: StoredRuns) -> None:
    cheap = runs.add(cost_usd=Decimal("0.0000001"), seconds=0.5)
    dear = runs.add(cost_usd=Decimal(2), seconds=30)
    runs.add(status="cancelled", seconds=None)

    assert find(services, min_cost_usd=Decimal(2)) == find(services, min_seconds=30) == [dear]
    assert find(services, max_cost_usd=Decimal("0.0000001")) == find(services, max_seconds=0.5) == [cheap]
    assert find(services, min_cost_usd=Decimal(0), max_seconds=30.0) == [dear, cheap]
    assert find(services, min_seconds=30.1) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", FIRST_QUEUED_AT.replace(tzinfo=None)),
        ("min_cost_usd", Decimal("1e9999")),
        ("max_cost_usd", Decimal("NaN")),
        ("min_seconds", float("inf")),
        ("max_seconds", float("nan")),
        ("words", "x" * 1001),
    ],
)
def test_what_nothing_can_be_compared_with_is_refused(services: Services, name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        services.history.page_runs(LOCAL_USER, RunFilter.model_construct(**{**dict(RunFilter()), name: value}))

    assert [detail.place for detail in caught.value.details] == [name]


@pytest.fixture
def awkward_runs(services: Services, runs: StoredRuns) -> list[uuid.UUID]:
    """Runs with equal durations, costs and moments, and some without; one of them deleted."""
    durations = [1.0, 1.0, 1.0, None, 0.1, 0.1, 2.5, None, 1 / 3, None, 1.0, 0.0]
    costs = [None, "0.1", "0.10", "0.3", None, "0.1", "0", "12.000001", None, "0.1", None, "0"]
    ids = [
        runs.add(
            status="cancelled" if seconds is None else "failed",
            seconds=seconds,
            cost_usd=None if cost is None else Decimal(cost),
            queued_at=FIRST_QUEUED_AT + timedelta(minutes=number // 3),
        )
        for number, (seconds, cost) in enumerate(zip(durations, costs, strict=True))
    ]
    services.history.delete_runs(LOCAL_USER, [ids.pop(4)])
    return ids


@pytest.mark.parametrize("is_ascending", [True, False])
@pytest.mark.parametrize("sort", list(RunSort))
def test_pages_in_any_order_cover_every_run_once(
    services: Services, awkward_runs: list[uuid.UUID], sort: RunSort, is_ascending: bool
) -> None:
    order: dict[str, Any] = {"sort": sort, "is_ascending": is_ascending}
    whole = services.history.page_runs(LOCAL_USER, **order).items

    column = {"queued_at": "queued_at", "duration": "duration_seconds", "cost": "cost_usd"}[sort]
    values = [getattr(run, column) for run in whole]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=not is_ascending) + [None] * (len(values) - len(known))
    tail = [run.queued_at for run in whole if getattr(run, column) is None]
    assert tail == sorted(tail, reverse=True)
    ids = [run.id for run in whole]
    assert sorted(ids) == sorted(awkward_runs)
    for limit in (1, 2, 3, 5, 11):
        pages = list(walk(services, limit, **order))
        assert [run.id for page in pages for run in page.items] == ids
        assert {page.total for page in pages} == {11}
        # Blocks anywhere, as a grid asks for them, agree with the pages.
        for offset in range(0, 13, 3):
            block = services.history.page_runs(LOCAL_USER, limit=limit, offset=offset, **order)
            assert [run.id for run in block.items] == ids[offset : offset + limit]


def test_a_cursor_belongs_to_its_order(services: Services, awkward_runs: list[uuid.UUID]) -> None:
    cursor = services.history.page_runs(LOCAL_USER, limit=2).next_cursor

    others: list[dict[str, Any]] = [{"sort": RunSort.COST}, {"is_ascending": True}, {"offset": 1}]
    for order in others:
        with pytest.raises(InvalidInputError):
            services.history.page_runs(LOCAL_USER, cursor=cursor, **order)


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("0",),
        ("0", "1"),
        ("0", "NaN", str(uuid.uuid4())),
        ("0", "1e999999", str(uuid.uuid4())),
        ("0", "1" * 41, str(uuid.uuid4())),
        ("0", "dear", str(uuid.uuid4())),
        ("0", "1", "nobody"),
        ("1", "2026-03-01T12:00:00", str(uuid.uuid4())),
        ("1", "0.5", str(uuid.uuid4())),
        ("2", "0.5", str(uuid.uuid4())),
        ("-1", "0.5", str(uuid.uuid4())),
    ],
)
def test_a_made_up_place_in_an_order_is_refused(services: Services, place: tuple[str, ...]) -> None:
    cursor = write_cursor("runs.cost.down", *place)

    with pytest.raises(InvalidInputError, match="page of the list is not known"):
        services.history.page_runs(LOCAL_USER, sort=RunSort.COST, cursor=cursor)


def test_a_run_added_between_two_pages_moves_nothing(services: Services, runs: StoredRuns) -> None:
    older, newer = runs.add(), runs.add()
    first = services.history.page_runs(LOCAL_USER, limit=1)

    runs.add()
    second = services.history.page_runs(LOCAL_USER, limit=1, cursor=first.next_cursor)

    assert [run.id for run in (*first.items, *second.items)] == [newer, older]


def test_a_long_list_is_counted_up_to_a_bound(
    services: Services, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        runs.add(cost_usd=Decimal(1))
    monkeypatch.setattr(searching, "MAX_COUNTED", 3)
    monkeypatch.setattr(searching, "MAX_COUNTED_BY_INDEX", 4)

    bounded = services.history.page_runs(LOCAL_USER, RunFilter(min_cost_usd=Decimal(1)), limit=1)
    by_index = services.history.page_runs(LOCAL_USER, limit=1)

    assert (bounded.total, bounded.is_total_exact) == (3, False)
    assert (by_index.total, by_index.is_total_exact) == (4, True)
    whole = services.history.page_runs(LOCAL_USER, RunFilter(min_cost_usd=Decimal(1)), limit=4)
    assert (whole.total, whole.is_total_exact) == (4, True)


def test_starters_are_those_of_runs_that_are_there(services: Services, runs: StoredRuns) -> None:
    assert services.history.list_starters(LOCAL_USER) == []
    for name in ("ci", "Ada", "ci", "Östlund", ""):
        runs.add(started_by=name)
    gone = runs.add(started_by="zoe")

    assert "zoe" in services.history.list_starters(LOCAL_USER)
    services.history.delete_runs(LOCAL_USER, [gone])

    assert sorted(services.history.list_starters(LOCAL_USER)) == ["", "Ada", "ci", "Östlund"]
