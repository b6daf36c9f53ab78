"""A view of the history: what its address says, and the filter that means the same."""

from datetime import UTC, datetime
from decimal import Decimal

from core.runs.history.records import RunFigure
from core.runs.records import RunFilter
from pages.ui.history.charts import build_charts, name_groups, say_group_cost, say_rate
from pages.ui.history.query import HistoryQuery, read_address

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
"""On the day Berlin sets its clocks forward: it has 23 hours."""


def read(**params: str) -> HistoryQuery:
    return read_address(params, zone="Europe/Berlin")[0]


def figure(label: str, *, cost_usd: Decimal | None = None, unknown_cost_count: int = 0) -> RunFigure:
    return RunFigure(
        key=label,
        label=label,
        run_count=1,
        passed_count=1,
        failed_count=0,
        median_seconds=None,
        p95_seconds=None,
        input_tokens=1,
        output_tokens=1,
        cost_usd=cost_usd,
        unknown_cost_count=unknown_cost_count,
    )


def test_an_empty_address_asks_for_every_run() -> None:
    assert read().is_open
    assert read(q="", agent="", run="something else").to_filter() == RunFilter()


def test_an_address_is_written_as_it_was_read() -> None:
    params = {"q": "a b", "status": "failed", "time": "dates", "from": "2026-01-02", "min_cost": "0.001", "who": "me"}

    assert read(**params).params() == params


def test_days_count_only_with_their_time_span() -> None:
    assert read(**{"time": "7d", "from": "2026-01-02"}).params() == {"time": "7d"}
    assert read(**{"from": "2026-01-02"}).to_filter().since is None


def test_days_begin_and_end_in_the_zone_of_the_viewer() -> None:
    found = read(**{"time": "dates", "from": "2026-03-29", "to": "2026-03-29"}).to_filter(now=NOON)

    assert found.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert found.until == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert read(time="today").to_filter(now=NOON).since == found.since


def test_spans_reach_back_from_now() -> None:
    assert read(time="hour").to_filter(now=NOON).since == datetime(2026, 3, 29, 11, tzinfo=UTC)
    assert read(time="7d").to_filter(now=NOON).since == datetime(2026, 3, 22, 12, tzinfo=UTC)


def test_ratings_and_costs_mean_what_they_say() -> None:
    found = read(rating="bad", max_cost="0.1").to_filter()

    assert (found.rating, found.max_cost_usd) == (-1, Decimal("0.1"))


def test_only_what_cannot_be_read_is_left_out() -> None:
    wanted, unreadable = read_address({"agent": "x", "min_cost": "1e999", "q": "kept"}, zone="UTC")

    assert wanted.params() == {"q": "kept"}
    assert unreadable == ("Agent", "Cost from")


def test_unknown_cost_is_never_nothing() -> None:
    assert say_group_cost(figure("a", unknown_cost_count=1)) == "unknown"
    assert say_group_cost(figure("a", cost_usd=Decimal("0.5"), unknown_cost_count=1)) == "at least $0.50"
    assert build_charts([figure("a", unknown_cost_count=1)])[-1].series == {"Known cost": [None]}


def test_only_all_is_a_hundred_percent() -> None:
    assert [say_rate(rate) for rate in (None, 0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "—",
        "0 %",
        "1 %",
        "50 %",
        "99 %",
        "100 %",
    ]


def test_groups_of_one_name_are_told_apart() -> None:
    assert name_groups([figure("a"), figure("b"), figure("a"), figure("a")]) == ["a", "b", "a (2)", "a (3)"]
