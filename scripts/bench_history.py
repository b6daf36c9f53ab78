"""Measures the history with 200,000 stored runs: lists, searches, figures and exports."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import psutil
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from core.actors import LOCAL_USER
from core.runs.history.records import ExportFormat, RunGrouping
from core.runs.records import RunFilter, RunSort, RunStatus
from core.services import Services
from db.session import Database
from scripts.figures import Figure, spread
from tests.e2e.conftest import BenchtopProcess
from tests.e2e.screen import history_grid
from tests.factories import Workshop

RUNS = 200_000
_AT_ONCE = 10_000
_TIMES = 15
_LINES = 100
_OFFSET = 100_000  # page 1,000
_EXPORTED = 10_000
_OPENINGS = 10
_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'

# Runs of 90 days: seven of ten passed; a quarter of unknown cost; inputs of 60 words, of which few are common.
_SEED = """
INSERT INTO runs (
    id, agent_id, task_id, agent_version_id, task_version_id, provider_id, status, reason, message, hint, input, result,
    attempt_count, input_tokens, output_tokens, cost_usd, is_cost_complete, queued_at, started_at, ended_at, started_by,
    rating, rating_note, rated_by, rated_at, search
)
SELECT gen_random_uuid(), agent_id, task_id, agent_version_id, task_version_id, provider_id, status,
    CASE status WHEN 'failed' THEN 'invalid_answer' ELSE '' END, '', '', to_json(words),
    CASE status WHEN 'passed' THEN '{"category": "billing", "confidence": 0.9}'::json END,
    attempts, attempts * 400, attempts * 60, cost, cost IS NOT NULL,
    queued_at, began_at, coalesce(began_at, queued_at) + seconds * interval '1 second', started_by,
    rating, '', CASE WHEN rating IS NOT NULL THEN started_by END, CASE WHEN rating IS NOT NULL THEN queued_at END,
    to_tsvector('simple', words || ' billing 0.9')
FROM (
    SELECT pairs.*, status, words, number,
        CASE WHEN status <> 'cancelled' THEN queued_at + interval '0.2 seconds' END AS began_at, queued_at,
        1 + (number % 7) / 5 AS attempts,
        CASE WHEN number % 5 > 0 THEN round((random() * 0.02)::numeric, 6) END AS cost,
        -ln(1 - random()) * 4 AS seconds,
        (ARRAY['local', 'ada', 'brook', 'ci'])[1 + number % 4] AS started_by,
        CASE number % 50 WHEN 0 THEN 1 WHEN 1 THEN -1 END AS rating
    FROM (
        SELECT number, now() - (CAST(:total AS integer) - number) * interval '38.9 seconds' AS queued_at,
            CASE WHEN number % 10 < 7 THEN 'passed' WHEN number % 10 < 9 THEN 'failed'
                WHEN number % 20 = 9 THEN 'cancelled' ELSE 'interrupted' END AS status,
            'Order' || number || CASE WHEN number % 2 = 0 THEN ' invoice ' ELSE ' parcel ' END || (
                SELECT string_agg('word' || floor(3000 * power(random(), 3))::int, ' ')
                FROM generate_series(1, 60) WHERE number > 0
            ) AS words
        FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) number
    ) made
    JOIN (
        SELECT row_number() OVER (ORDER BY agents.id, tasks.id) - 1 AS place, count(*) OVER () AS pair_count,
            agents.agent_id, agents.id AS agent_version_id, agents.provider_id,
            tasks.task_id, tasks.id AS task_version_id
        FROM agent_versions agents CROSS JOIN task_versions tasks
        WHERE agents.id = ANY(CAST(:agents AS uuid[])) AND tasks.id = ANY(CAST(:tasks AS uuid[]))
    ) pairs ON place = (number * 7919) % pair_count
) filled
"""


def seed_runs(services: Services, *, count: int = RUNS) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """Store runs of 12 agents on 6 tasks by SQL; return an agent, a task and a provider of theirs."""
    workshop = Workshop(services)
    providers = [workshop.make_provider(name=f"History provider {number}") for number in range(3)]
    agents = [workshop.make_agent(providers[number % 3], name=f"History agent {number:02}") for number in range(12)]
    tasks = [workshop.make_task(name=f"History task {number}") for number in range(6)]
    pinned = {
        "agents": _list_versions(services.database, "agent", [agent.id for agent in agents]),
        "tasks": _list_versions(services.database, "task", [task.id for task in tasks]),
    }
    for first in range(1, count + 1, _AT_ONCE):
        last = min(first + _AT_ONCE - 1, count)
        _execute(services.database, _SEED, total=count, first=first, last=last, **pinned)
    # What autovacuum does some minutes later.
    with services.database.connect(autocommit=True) as connection:
        connection.execute("SET statement_timeout = '120s'")
        connection.execute("VACUUM (ANALYZE) runs")
    return agents[0].id, tasks[0].id, providers[0].id


def _list_versions(database: Database, noun: str, owners: list[uuid.UUID]) -> list[uuid.UUID]:
    with database.transaction() as session:
        query = text(f"SELECT id FROM {noun}_versions WHERE {noun}_id = ANY(:owners)")
        return list(session.connection().execute(query, {"owners": owners}).scalars())


def _execute(database: Database, statement: str, **values: object) -> None:
    with database.transaction() as session:
        session.connection().execute(text(statement), values)


def measure_history(process: BenchtopProcess, services: Services, browser: Browser) -> Iterator[Figure]:
    """Seed the runs, then time what the history asks of the database, and its page in a browser.

    Last of the measurements: with so many runs the others would measure something else.
    """
    began = time.perf_counter()
    agent_id, task_id, provider_id = seed_runs(services)
    yield Figure(f"storing {RUNS:,} runs by SQL, with their indexes", time.perf_counter() - began, "s")
    history = services.history
    newest = history.page_runs(LOCAL_USER, limit=1).items[0].queued_at
    filters = {
        "no filter": RunFilter(),
        "one agent": RunFilter(agent_id=agent_id),
        "one task": RunFilter(task_id=task_id),
        "one provider": RunFilter(provider_id=provider_id),
        "passed": RunFilter(status=RunStatus.PASSED),
        "started by one person": RunFilter(started_by="ada"),
        "one week": RunFilter(since=newest - timedelta(days=7), until=newest),
        "a cost of 2 cents or more": RunFilter(min_cost_usd=Decimal("0.0199")),
        "20 seconds or more": RunFilter(min_seconds=20),
        "thumbs up": RunFilter(rating=1),
        "four filters": RunFilter(agent_id=agent_id, task_id=task_id, status=RunStatus.FAILED, min_seconds=2),
        "a rare word": RunFilter(words=f"order{RUNS // 2}"),
        "the beginning of a word of half the runs": RunFilter(words="invo"),
        "two words that never meet": RunFilter(words="invoice parcel"),
    }
    for name, wanted in filters.items():
        yield from _time(f"100 of {RUNS:,} runs and their number: {name}", partial(_page, services, wanted))
    yield from _measure_orders(services)
    yield from _measure_sums(services)
    yield from _measure_page(process, browser)


def _page(services: Services, wanted: RunFilter, **place: Any) -> object:  # Any: see page_runs
    return services.history.page_runs(LOCAL_USER, wanted, limit=_LINES, **place)


def _measure_orders(services: Services) -> Iterator[Figure]:
    for sort in (RunSort.DURATION, RunSort.COST):
        for is_ascending in (False, True):
            name = f"by {sort.value}, {'up' if is_ascending else 'down'}"
            yield from _time(name, partial(_page, services, RunFilter(), sort=sort, is_ascending=is_ascending))
    yield from _time("page 1,000 by its offset", partial(_page, services, RunFilter(), offset=_OFFSET))
    by_cost = partial(_page, services, RunFilter(), offset=_OFFSET, sort=RunSort.COST)
    yield from _time("page 1,000 by its offset, by cost", by_cost)
    before = services.history.page_runs(LOCAL_USER, limit=_LINES, offset=_OFFSET - _LINES)
    yield from _time("page 1,000 by its cursor", partial(_page, services, RunFilter(), cursor=before.next_cursor))


def _measure_sums(services: Services) -> Iterator[Figure]:
    history = services.history
    for grouping in RunGrouping:
        figures = partial(history.figure_runs, LOCAL_USER, RunFilter(), grouping=grouping, zone="Europe/Berlin")
        yield from _time(f"figures of {RUNS:,} runs by {grouping.value}", figures)
    yield from _time("who started runs", partial(history.list_starters, LOCAL_USER))
    newest = history.page_runs(LOCAL_USER, offset=_EXPORTED - 1, limit=1).items[0].queued_at
    for export_format in ExportFormat:
        began = time.perf_counter()
        size = sum(map(len, history.export_runs(LOCAL_USER, RunFilter(since=newest), export_format)))
        seconds = time.perf_counter() - began
        yield Figure(f"export of {_EXPORTED:,} runs as {export_format.value} ({size / 1e6:.1f} MB)", seconds, "s")


def _measure_page(process: BenchtopProcess, browser: Browser) -> Iterator[Figure]:
    context = browser.new_context(base_url=process.url, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    _open_history(tab)  # what the browser keeps, it has from now on
    shown = list[float]()
    with _cpu_of(process) as opened:
        for _ in range(_OPENINGS):
            began = time.perf_counter()
            _open_history(tab)
            shown.append(time.perf_counter() - began)
            tab.wait_for_selector(_IDLE)
    with _cpu_of(process) as redrawn:
        for _ in range(_OPENINGS):
            tab.keyboard.press("r")
            tab.wait_for_timeout(40)
            tab.wait_for_selector(_IDLE)
    context.close()
    yield from spread(f"/history opened to its first rows, {RUNS:,} runs", shown, p95="1000 ms")
    name = f"/history opened, {RUNS:,} runs (server CPU with all files and rows)"
    yield Figure(name, opened[0] / _OPENINGS * 1000, "ms")
    name = f"a rerun of /history, {RUNS:,} runs (server CPU)"
    yield Figure(name, redrawn[0] / _OPENINGS * 1000, "ms", "promised: 100 ms")


@contextmanager
def _cpu_of(process: BenchtopProcess) -> Iterator[list[float]]:
    """Yield a list that holds, after the block, the seconds of CPU the server spent in it."""
    server, spent = psutil.Process(process.process_id), list[float]()
    before = server.cpu_times()
    yield spent
    after = server.cpu_times()
    spent.append((after.user + after.system) - (before.user + before.system))


def _open_history(tab: Page) -> None:
    tab.goto("/history")
    history_grid(tab).locator(".ag-row").first.wait_for()


def _time(name: str, act: Callable[[], object]) -> Iterator[Figure]:
    act()
    seconds = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - began)
    yield from spread(name, seconds)
