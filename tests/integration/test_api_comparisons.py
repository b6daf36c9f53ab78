"""Comparisons over REST: started, read, aligned, judged, cancelled, deleted and brought back."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.services import Services
from db.session import Database
from tests.factories import wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, Json, calling, create, create_pair, new_agent
from tests.integration.own_services import execute

TICKET = "The invoice is wrong."


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


@pytest.fixture
def pair(client: TestClient, model_server: FakeModelServer) -> tuple[Json, Json]:
    return create_pair(client, model_server.base_url)


def new_comparison(pair: tuple[Json, Json], **changes: object) -> Json:
    columns = [{"agent_id": pair[0]["id"]}, {"agent_id": pair[0]["id"], "variation": {"temperature": 1}}]
    return {"task_id": pair[1]["id"], "input": TICKET, "columns": columns} | changes


def finish(client: TestClient, comparison: Json) -> Json:
    """Return the comparison once all of its runs are over."""
    address = f"/comparisons/{comparison['id']}"
    wait_until(lambda: bool(client.get(address).json()["is_over"]), what="the end of the comparison")
    finished: Json = client.get(address).json()
    return finished


def test_a_comparison_is_started_read_and_listed(client: TestClient, pair: tuple[Json, Json]) -> None:
    answer = client.post("/comparisons", json=new_comparison(pair, repeat_count=2))

    started = answer.json()
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/comparisons/{started['id']}"
    over = finish(client, started)
    assert [(column["position"], column["agent_version"], column["variation_of"]) for column in over["columns"]] == [
        (1, 1, None),
        (2, None, 1),
    ]
    assert [[run["repeat"] for run in column["runs"]] for column in over["columns"]] == [[1, 2], [1, 2]]
    assert {run["status"] for column in over["columns"] for run in column["runs"]} == {"passed"}
    assert all(run["result"] and run["duration_seconds"] > 0 for column in over["columns"] for run in column["runs"])
    assert (over["input"], over["winner"]) == (TICKET, None)
    (line,) = client.get("/comparisons").json()["items"]
    assert (line["id"], line["run_counts"], line["is_over"]) == (over["id"], {"passed": 4}, True)
    assert client.get("/runs", params={"comparison_id": over["id"]}).json()["total"] == 4
    run = client.get(f"/runs/{over['columns'][1]['runs'][0]['id']}").json()
    assert (run["comparison_id"], run["comparison_position"], run["comparison_repeat"]) == (over["id"], 2, 1)


def test_the_answers_are_aligned(client: TestClient, pair: tuple[Json, Json]) -> None:
    prices = {"entries": [{"model_name": "*", "input_per_million": "0.0001", "output_per_million": "0"}]}
    client.put(f"/providers/{pair[0]['provider_id']}", json={"prices": prices})
    over = finish(client, create(client, "/comparisons", new_comparison(pair)))

    answers = client.get(f"/comparisons/{over['id']}/answers").json()

    assert [row["place"] for row in answers["rows"]] == ["category", "confidence"]
    assert [len(row["cells"]) for row in answers["rows"]] == [2, 2]
    assert answers["rows"][0]["cells"][0]["text"] == over["columns"][0]["runs"][0]["result"]["category"]
    assert [column["passed_count"] for column in answers["columns"]] == [1, 1]
    run = over["columns"][0]["runs"][0]
    assert answers["columns"][0]["cost"]["amount_usd"] == run["cost_usd"] == answers["columns"][0]["cost_per_run_usd"]
    assert run["cost_usd"].startswith("0.00000")
    assert client.get(f"/comparisons/{NOWHERE}/answers").status_code == 404


def test_lists_go_on_where_the_page_before_ended(client: TestClient, pair: tuple[Json, Json]) -> None:
    ids = [create(client, "/comparisons", new_comparison(pair))["id"] for _ in range(3)]

    first = client.get("/comparisons?limit=2").json()
    rest = client.get("/comparisons", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert (first["total"], rest["next_cursor"]) == (3, None)
    assert client.get("/comparisons?cursor=x").json()["details"][0]["place"] == "query.cursor"
    for comparison_id in ids:
        finish(client, {"id": comparison_id})


def test_a_winner_is_picked_and_taken_back(client: TestClient, pair: tuple[Json, Json]) -> None:
    over = finish(client, create(client, "/comparisons", new_comparison(pair)))
    address = f"/comparisons/{over['id']}/winner"

    picked = client.put(address, json={"position": 2, "note": " As good. "})
    none = client.put(address, json={"position": None})

    assert (picked.status_code, picked.json()["winner"], picked.json()["winner_note"]) == (200, 2, "As good.")
    assert picked.json()["decided_by"] == "local user"
    assert (none.json()["winner"], none.json()["winner_note"], none.json()["decided_at"]) == (None, "", None)
    wrong: list[tuple[Json, str]] = [
        ({}, "position"),
        ({"position": 3}, "position"),
        ({"position": 0}, "position"),
        ({"position": 9}, "position"),
        ({"position": "1"}, "position"),
        ({"position": True}, "position"),
        ({"position": 1, "note": "x" * 2001}, "note"),
        ({"position": 1, "reason": ""}, "reason"),
    ]
    for body, place in wrong:
        answer = client.put(address, json=body)
        assert (answer.status_code, [detail["place"] for detail in answer.json()["details"]]) == (422, [place])
    assert client.put(f"/comparisons/{NOWHERE}/winner", json={"position": 1}).status_code == 404


def test_what_cannot_be_compared_is_refused_with_its_place(client: TestClient, pair: tuple[Json, Json]) -> None:
    one, two = new_comparison(pair)["columns"]
    stranger = create(client, "/agents", new_agent(pair[0]["provider_id"], name="Stranger"))
    wrong: list[tuple[Json, int, list[str]]] = [
        ({"columns": [one]}, 422, ["columns"]),
        ({"columns": [one] * 9}, 422, ["columns"]),
        ({"columns": [one, one]}, 422, ["columns/2"]),
        ({"columns": [one, two | {"variation": {}}]}, 422, ["columns/2"]),
        ({"columns": [one, two, two | {"variation": {"temperature": 3}}]}, 422, ["columns.variation.temperature"]),
        ({"columns": [one, two | {"variation": {"provider_id": NOWHERE}}]}, 404, ["columns/2/provider_id"]),
        ({"columns": [one, {"agent_id": NOWHERE}]}, 404, ["columns/2"]),
        ({"columns": [one, {"agent_id": stranger["id"]}]}, 409, ["columns/2"]),
        ({"columns": [one, two | {"agent_version": 7}]}, 404, ["columns/2"]),
        ({"columns": [one, two, two | {"name": "x"}]}, 422, ["columns.name"]),
        ({"repeat_count": 0}, 422, ["repeat_count"]),
        ({"repeat_count": 21}, 422, ["repeat_count"]),
        ({"repeat_count": "2"}, 422, ["repeat_count"]),
        ({"columns": [one, two] * 4, "repeat_count": 11}, 422, ["body"]),
        ({"input": ""}, 422, ["input"]),
        ({"input": {"text": "x"}}, 422, ["input"]),
        ({"task_id": "x"}, 422, ["task_id"]),
        ({"wait": 5}, 422, ["wait"]),
    ]

    for changes, status, places in wrong:
        answer = client.post("/comparisons", json=new_comparison(pair, **changes))

        assert answer.status_code == status, (changes, answer.text)
        assert [detail["place"] for detail in answer.json()["details"]] == places
    assert client.get("/runs").json()["total"] == 0


def test_a_comparison_is_cancelled_once(client: TestClient, model_server: FakeModelServer) -> None:
    started = create(
        client, "/comparisons", new_comparison(create_pair(client, model_server.base_url, model_name="hang"))
    )
    address = f"/comparisons/{started['id']}"
    wait_until(lambda: len(model_server.chat_requests) == 2, what="the requests")

    cancelled = client.post(f"{address}/cancel")

    assert cancelled.status_code == 200
    over = finish(client, started)
    assert {run["status"] for column in over["columns"] for run in column["runs"]} == {"cancelled"}
    again = client.post(f"{address}/cancel")
    assert (again.status_code, again.json()["error"]) == (409, "state_conflict")
    assert client.post(f"/comparisons/{NOWHERE}/cancel").status_code == 404


def test_a_comparison_is_deleted_with_its_runs_and_restored(client: TestClient, pair: tuple[Json, Json]) -> None:
    over = finish(client, create(client, "/comparisons", new_comparison(pair)))
    address = f"/comparisons/{over['id']}"

    deleted = client.delete(address)

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get("/runs").json()["total"] == client.get("/comparisons").json()["total"] == 0
    for answer in (client.get(address), client.delete(address), client.put(f"{address}/winner", json={"position": 1})):
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    restored = client.post(f"{address}/restore")
    assert (restored.status_code, restored.json()) == (200, over)
    assert client.post(f"{address}/restore").status_code == 404
    assert client.get("/runs").json()["total"] == 2


def test_a_comparison_that_goes_on_is_not_deleted(client: TestClient, model_server: FakeModelServer) -> None:
    started = create(
        client, "/comparisons", new_comparison(create_pair(client, model_server.base_url, model_name="hang"))
    )

    answer = client.delete(f"/comparisons/{started['id']}")

    assert (answer.status_code, answer.json()["error"]) == (409, "state_conflict")
    client.post(f"/comparisons/{started['id']}/cancel")


def test_a_repeated_request_is_done_once_and_answered_with_the_comparison(
    client: TestClient, model_server: FakeModelServer, database: Database
) -> None:
    pair = create_pair(client, model_server.base_url, model_name="hang")

    def ask(path: str, body: Json | None = None) -> Json:
        first = client.post(path, json=body, headers={"idempotency-key": path})
        execute(database, "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = ''")
        again = client.post(path, json=body, headers={"idempotency-key": path})
        assert (again.status_code, again.headers["idempotency-replayed"]) == (first.status_code, "true")
        assert again.headers.get("location") == first.headers.get("location")
        assert again.json()["id"] == first.json()["id"]
        answered: Json = again.json()
        return answered

    started = ask("/comparisons", new_comparison(pair))
    address = f"/comparisons/{started['id']}"
    cancelled = ask(f"{address}/cancel")
    finish(client, started)
    client.delete(address)
    restored = ask(f"{address}/restore")

    assert [len(answer["columns"]) for answer in (started, cancelled, restored)] == [2, 2, 2]
    assert client.get("/comparisons").json()["total"] == 1
