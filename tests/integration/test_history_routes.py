"""The two routes of the history: the rows its grid asks for, and the file of all of a view."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.actors import LOCAL_USER
from core.runs.records import RunRecord, RunStatus
from core.services import Services, install_services
from core.settings import Settings
from pages.ui.history.export_route import EXPORT_PATH
from pages.ui.run_rows import ROWS_PATH, routes
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

BAD_QUERIES = (
    {"agent": "'; DROP TABLE"},
    {"status": "happy"},
    {"time": "yesterday"},
    {"from": "2026-02-30", "time": "dates"},
    {"min_cost": "nan"},
    {"max_cost": "-1"},
    {"min_seconds": "inf"},
    {"rating": "7"},
    {"q": "x" * 201},
    {"q": "\x00"},
    {"who": "\x00"},
)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes)) as client:
        yield client


@pytest.fixture
def pair_of_runs(workshop: Workshop, model_server: FakeModelServer) -> tuple[RunRecord, RunRecord]:
    """Two runs of one agent on one task, the older one first."""
    agent, task = workshop.make_pair(model_server.base_url)
    return workshop.run(agent, task, "The invoice is wrong."), workshop.run(agent, task, "=The login is broken.")


def fetch(client: TestClient, **query: object) -> tuple[int, dict[str, Any]]:  # Any: JSON
    given = {"start": 0, "end": 50, **query}
    answer = client.get(ROWS_PATH, params={name: str(value) for name, value in given.items()})
    return answer.status_code, answer.json()


def fetch_ids(client: TestClient, **query: object) -> list[str]:
    status, answer = fetch(client, **query)
    assert status == 200, answer
    return [row["id"] for row in answer["rows"]]


def export(client: TestClient, **query: str) -> Any:  # Any: an answer of the HTTP library the client brings along
    return client.get(EXPORT_PATH, params=query)


def test_rows_come_newest_first_in_blocks(client: TestClient, pair_of_runs: tuple[RunRecord, RunRecord]) -> None:
    older, newer = pair_of_runs

    _, first = fetch(client, start=0, end=1)
    by_cursor = fetch_ids(client, start=1, end=2, cursor=first["cursor"])
    by_number = fetch_ids(client, start=1, end=2)

    assert (first["total"], first["is_exact"]) == (2, True)
    assert [row["id"] for row in first["rows"]] == [str(newer.id)]
    assert by_cursor == by_number == [str(older.id)]
    assert fetch(client)[1]["cursor"] is None


def test_a_row_says_what_stands_in_the_grid(client: TestClient, pair_of_runs: tuple[RunRecord, RunRecord]) -> None:
    run = pair_of_runs[1]

    row = fetch(client)[1]["rows"][0]

    assert row["agent"] == f"{run.agent_name} · v1"
    assert (row["status"], row["cost"], row["rating"], row["who"]) == ("Passed", "unknown", "", run.started_by)
    assert row["task_id"] == str(run.task_id)
    assert row["provider"] == run.provider_name
    assert row["duration"].endswith(" s")


def test_rows_come_in_the_order_asked_for(client: TestClient, pair_of_runs: tuple[RunRecord, RunRecord]) -> None:
    older, newer = pair_of_runs
    by_duration = sorted(pair_of_runs, key=lambda run: run.duration_seconds or 0)

    assert fetch_ids(client, sort="queued_at", order="asc") == [str(older.id), str(newer.id)]
    assert fetch_ids(client, sort="duration", order="asc") == [str(run.id) for run in by_duration]
    assert len(fetch_ids(client, sort="cost", order="desc")) == 2


def test_rows_are_filtered(
    client: TestClient, workshop: Workshop, model_server: FakeModelServer, pair_of_runs: tuple[RunRecord, RunRecord]
) -> None:
    older, newer = pair_of_runs
    failed = workshop.run(*workshop.make_pair(model_server.base_url, model_name="unauthorized"))
    both = {str(older.id), str(newer.id)}

    assert set(fetch_ids(client, agent=older.agent_id, task=older.task_id, status=RunStatus.PASSED.value)) == both
    assert fetch_ids(client, status="failed", provider=failed.provider_id) == [str(failed.id)]
    assert fetch_ids(client, q="login") == [str(newer.id)]
    assert set(fetch_ids(client, time="today", who=older.started_by, min_seconds=0, task=older.task_id)) == both
    assert fetch_ids(client, time="dates", to="2020-01-01", zone="Europe/Berlin") == []
    assert fetch_ids(client, min_cost="0.1") == []
    assert fetch_ids(client, rating="good") == []


@pytest.mark.parametrize("query", BAD_QUERIES, ids=lambda query: next(iter(query)))
def test_a_view_that_cannot_be_read_is_refused(client: TestClient, services: Services, query: dict[str, str]) -> None:
    status, answer = fetch(client, **query)
    exported = export(client, format="csv", **query)

    assert (status, exported.status_code) == (400, 400)
    assert answer["error"].endswith(".")
    assert exported.text.endswith(".")


def test_unusable_blocks_are_refused(client: TestClient, services: Services) -> None:
    for query in (
        {"start": 0, "end": 201},
        {"start": 5, "end": 5},
        {"start": -1, "end": 5},
        {"start": "x", "end": 5},
        {"sort": "agent"},
        {"order": "up"},
        {"cursor": "not one"},
    ):
        status, answer = fetch(client, **query)
        assert status == 400
        assert answer["error"]


def test_both_routes_say_so_while_the_services_are_not_ready(
    client: TestClient, services: Services, settings: Settings
) -> None:
    install_services(Services(settings))

    status, answer = fetch(client)
    exported = export(client, format="csv")

    install_services(services)
    assert (status, exported.status_code) == (503, 503)
    assert answer["error"]
    assert exported.text


def test_a_view_is_exported_as_csv(client: TestClient, pair_of_runs: tuple[RunRecord, RunRecord]) -> None:
    answer = export(client, format="csv", q="login", zone="Europe/Berlin")

    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="benchtop-chosen-runs-20')
    assert len(lines) == 1
    assert "The login is broken." in "".join(lines[0].values())
    assert not any(value.startswith("=") for value in lines[0].values())


def test_all_runs_are_exported_as_json_lines_and_as_parquet(
    client: TestClient, pair_of_runs: tuple[RunRecord, RunRecord]
) -> None:
    lines = export(client, format="jsonl")
    table = pyarrow.parquet.read_table(io.BytesIO(export(client, format="parquet").content))

    assert [type(json.loads(line)) for line in lines.text.splitlines()] == [dict, dict]
    assert lines.headers["content-disposition"].startswith('attachment; filename="benchtop-runs-20')
    assert lines.headers["content-disposition"].endswith('.jsonl"')
    assert table.num_rows == 2


def test_an_export_needs_a_format_that_there_is(client: TestClient, services: Services) -> None:
    for query in ({}, {"format": "xlsx"}):
        answer = export(client, **query)

        assert answer.status_code == 400
        assert "csv, jsonl, parquet" in answer.text


def test_deleted_runs_are_in_no_row(
    client: TestClient, services: Services, pair_of_runs: tuple[RunRecord, RunRecord]
) -> None:
    older, newer = pair_of_runs

    services.history.delete_runs(LOCAL_USER, [newer.id])

    assert fetch_ids(client) == [str(older.id)]
