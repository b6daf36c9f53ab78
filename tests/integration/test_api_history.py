"""The history over REST: every filter, both directions, figures, files, and runs that are deleted and come back."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet
import pytest
from starlette.testclient import TestClient

from core.services import Services
from db.session import Database
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, Json, calling, create, create_pair
from tests.integration.own_services import execute

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


@pytest.fixture
def pair(client: TestClient, model_server: FakeModelServer) -> tuple[Json, Json]:
    return create_pair(client, model_server.base_url)


@pytest.fixture
def runs(client: TestClient, pair: tuple[Json, Json], database: Database) -> list[Json]:
    """Four runs, an hour apart, oldest first: each dearer and longer than the one before, the last of unknown cost."""
    made = []
    for number, text in enumerate(("apple pie", "apple tart", "cherry pie", "=SUM(1)")):
        body = {"agent_id": pair[0]["id"], "task_id": pair[1]["id"], "input": text, "wait": 30}
        made.append(create(client, "/runs", body))
        execute(
            database,
            """UPDATE runs SET queued_at = :at, started_at = :at, ended_at = :over, cost_usd = :cost,
            is_cost_complete = :is_known, started_by = :name WHERE id = :run""",
            run=made[-1]["id"],
            at=NOON + timedelta(hours=number),
            over=NOON + timedelta(hours=number, seconds=number + 1),
            cost=None if number == 3 else number + 1,
            is_known=number != 3,
            name="somebody" if number == 0 else "local user",
        )
    client.put(f"/runs/{made[0]['id']}/rating", json={"rating": 1})
    client.put(f"/runs/{made[1]['id']}/rating", json={"rating": -1})
    return [client.get(f"/runs/{run['id']}").json() for run in made]


def find(client: TestClient, runs: list[Json], path: str = "/runs", **parameters: Any) -> list[int]:
    """Return which runs a list has, by their numbers."""
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    ids = [run["id"] for run in runs]
    return [ids.index(item["id"]) for item in answer.json()["items"]]


FOUND: list[tuple[Json, list[int]]] = [
    ({}, [3, 2, 1, 0]),
    ({"status": "failed"}, []),
    ({"provider_id": NOWHERE}, []),
    ({"comparison_id": NOWHERE}, []),
    ({"started_by": "somebody"}, [0]),
    ({"since": "2026-11-20T13:00:00Z", "until": "2026-11-20T15:00:00+01:00"}, [1]),
    ({"since": "2026-11-20t15:00:00.5z"}, []),
    ({"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59-14:00"}, [3, 2, 1, 0]),
    ({"words": "apple"}, [1, 0]),
    ({"words": "pie app"}, [0]),
    ({"min_cost_usd": "2"}, [2, 1]),
    ({"min_cost_usd": "2.000000000001", "max_cost_usd": "999999"}, [2]),
    ({"max_cost_usd": "1.0"}, [0]),
    ({"min_seconds": "1.5", "max_seconds": 3}, [2, 1]),
    ({"rating": 1}, [0]),
    ({"rating": "-1"}, [1]),
    ({"order": "asc"}, [0, 1, 2, 3]),
    ({"sort": "cost"}, [2, 1, 0, 3]),
    ({"sort": "cost", "order": "asc"}, [0, 1, 2, 3]),
    ({"sort": "duration", "order": "desc", "words": "pie"}, [2, 0]),
]


def test_runs_are_found(client: TestClient, runs: list[Json]) -> None:
    found = [(parameters, find(client, runs, **parameters)) for parameters, _ in FOUND]

    assert found == FOUND


def test_the_ids_of_what_a_run_pins_find_it(client: TestClient, runs: list[Json]) -> None:
    for name in ("agent_id", "task_id", "provider_id"):
        assert find(client, runs, **{name: runs[0][name]}) == [3, 2, 1, 0]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_go_on_in_their_order(client: TestClient, runs: list[Json], order: str) -> None:
    for sort in ("queued_at", "duration", "cost"):
        check_pages(client, {"sort": sort, "order": order, "limit": 3})


def check_pages(client: TestClient, parameters: dict[str, Any]) -> None:

    first = client.get("/runs", params=parameters).json()
    rest = client.get("/runs", params=parameters | {"cursor": first["next_cursor"]}).json()
    other = client.get(
        "/runs",
        params={"sort": "cost" if parameters["sort"] == "duration" else "duration", "cursor": first["next_cursor"]},
    )

    assert [item["id"] for item in first["items"] + rest["items"]] == [
        item["id"] for item in client.get("/runs", params=parameters | {"limit": 10}).json()["items"]
    ]
    assert (first["total"], first["is_total_exact"], rest["next_cursor"]) == (4, True, None)
    assert [detail["place"] for detail in other.json()["details"]] == ["query.cursor"]


WRONG = [
    ("agent_id", "1"),
    ("status", "done"),
    ("since", "2026-11-20"),
    ("since", "2026-11-20T12:00:00"),
    ("since", "2026-11-20T12:00:00 01:00"),
    ("until", "2026-02-30T12:00:00Z"),
    ("until", "yesterday"),
    ("min_cost_usd", "-1"),
    ("max_cost_usd", "1e3"),
    ("max_cost_usd", "1000000"),
    ("min_seconds", "-0.1"),
    ("max_seconds", "nan"),
    ("rating", "0"),
    ("rating", "1.0"),
    ("words", "x" * 201),
    ("words", "\0"),
    ("started_by", "\0"),
    ("comparison_id", "x"),
    ("task", NOWHERE),
]


@pytest.mark.parametrize("path", ["/runs", "/runs/export", "/runs/figures"])
def test_a_wrong_filter_is_named(client: TestClient, path: str) -> None:
    for name, value in WRONG:
        answer = client.get(path, params={name: value})

        assert (answer.status_code, answer.json()["error"]) == (422, "invalid_input"), (name, value)
        assert [detail["place"] for detail in answer.json()["details"]] == [f"query.{name}"]


WRONG_WISHES = [
    ("/runs", "sort", "name"),
    ("/runs", "order", "up"),
    ("/runs/export", "format", "xlsx"),
    ("/runs/export", "limit", "5"),
    ("/runs/figures", "by", "model"),
    ("/runs/figures", "zone", "Europe/Nowhere"),
    ("/runs/figures", "zone", "../UTC"),
]


def test_a_wrong_wish_is_named(client: TestClient) -> None:
    for path, name, value in WRONG_WISHES:
        answer = client.get(path, params={name: value})

        assert answer.status_code == 422, (path, name, value)
        assert [detail["place"] for detail in answer.json()["details"]] == [f"query.{name}"]


def test_figures_add_up_what_fits(client: TestClient, runs: list[Json]) -> None:
    told = client.get(
        "/runs/figures", params={"by": "day", "zone": "Asia/Tokyo", "words": "pie tart cherry apple"}
    ).json()
    assert told["total"]["run_count"] == 0
    assert (told["groups"], told["is_complete"], told["total"]["pass_rate"]) == ([], True, None)

    days = client.get("/runs/figures", params={"zone": "Pacific/Kiritimati"}).json()
    agents = client.get("/runs/figures", params={"by": "agent", "words": "pie"}).json()

    assert [group["key"] for group in days["groups"]] == ["2026-11-21"]
    assert (days["total"]["run_count"], days["total"]["cost_usd"]) == (4, "6")
    assert (days["total"]["unknown_cost_count"], days["total"]["pass_rate"]) == (1, 1.0)
    assert [(group["key"], group["run_count"]) for group in agents["groups"]] == [(runs[0]["agent_id"], 2)]


def test_the_filtered_runs_are_exported(client: TestClient, runs: list[Json]) -> None:
    files = {kind: client.get("/runs/export", params={"format": kind}) for kind in ("csv", "jsonl", "parquet")}

    types = [file.headers["content-type"] for file in files.values()]
    assert types == ["text/csv; charset=utf-8", "application/x-ndjson", "application/vnd.apache.parquet"]
    assert files["csv"].headers["content-disposition"] == 'attachment; filename="benchtop-runs.csv"'
    ids = [run["id"] for run in reversed(runs)]
    rows = list(csv.DictReader(io.StringIO(files["csv"].content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ids
    assert rows[0]["input"] == "'=SUM(1)"
    lines = [json.loads(line) for line in files["jsonl"].text.splitlines()]
    assert [line["id"] for line in lines] == ids
    assert lines[0]["input"] == "=SUM(1)"
    table = pyarrow.parquet.read_table(io.BytesIO(files["parquet"].content))
    assert [str(one) for one in table.column("id").to_pylist()] == ids


def test_an_export_has_only_what_fits(client: TestClient, runs: list[Json]) -> None:
    some = client.get("/runs/export", params={"format": "jsonl", "words": "cherry"})
    none = client.get("/runs/export", params={"format": "jsonl", "status": "failed"})

    assert [json.loads(line)["id"] for line in some.text.splitlines()] == [runs[2]["id"]]
    assert (none.status_code, none.content) == (200, b"")


def test_a_deleted_run_is_gone_until_it_is_restored(client: TestClient, runs: list[Json]) -> None:
    address = f"/runs/{runs[1]['id']}"

    deleted = client.delete(address)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert find(client, runs) == [3, 2, 0]
    for path in ("", "/attempts", "/events", "/code"):
        assert client.get(address + path).status_code == 404
    assert client.delete(address).status_code == 404
    assert client.put(f"{address}/rating", json={"rating": 1}).status_code == 404
    restored = client.post(f"{address}/restore", headers={"idempotency-key": "one"})
    assert (restored.status_code, restored.json()) == (200, runs[1])
    assert client.post(f"{address}/restore").status_code == 404
    assert find(client, runs) == [3, 2, 1, 0]


def test_a_restore_whose_answer_was_lost_is_answered_again(
    client: TestClient, runs: list[Json], database: Database
) -> None:
    address = f"/runs/{runs[1]['id']}"
    client.delete(address)
    client.post(f"{address}/restore", headers={"idempotency-key": "one"})
    execute(database, "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = ''")

    again = client.post(f"{address}/restore", headers={"idempotency-key": "one"})

    assert (again.status_code, again.headers["idempotency-replayed"], again.json()) == (200, "true", runs[1])


def test_a_run_that_goes_on_is_not_deleted(client: TestClient, model_server: FakeModelServer) -> None:
    agent, task = create_pair(client, model_server.base_url, model_name="hang")
    run = create(client, "/runs", {"agent_id": agent["id"], "task_id": task["id"], "input": "Help."})

    answer = client.delete(f"/runs/{run['id']}")

    assert (answer.status_code, answer.json()["error"]) == (409, "state_conflict")
    assert client.get(f"/runs/{run['id']}").status_code == 200
    client.post(f"/runs/{run['id']}/cancel")


def test_a_fixed_address_is_not_taken_for_a_run(client: TestClient) -> None:
    taken = {"/runs/export": "GET", "/runs/figures": "GET", "/runs/preview": "POST", "/runs/check": "POST"}
    for path, method in taken.items():
        for other in ("PUT", "DELETE"):
            answer = client.request(other, path)

            assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
            assert answer.headers["allow"] == method
