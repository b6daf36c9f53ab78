"""Fixtures over REST: inputs kept with a task, told whether they fit, changed by nobody who did not see them."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.services import Services
from core.tasks.fixtures import MAX_FIXTURES
from db.session import Database
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, Json, calling, create, create_one, create_pair
from tests.integration.own_services import execute


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


@pytest.fixture
def address(client: TestClient) -> str:
    """Where the fixtures of a task are, which takes an object."""
    task = create_one(client, "tasks", request_schema={"subject": {"type": "string"}})
    return f"/tasks/{task['id']}/fixtures"


def new_fixture(**changes: Any) -> Json:
    return {"name": "One", "input": {"subject": "Help"}} | changes


def test_a_fixture_is_created_read_changed_and_deleted(client: TestClient, address: str) -> None:
    created = client.post(address, json=new_fixture())
    one = f"{address}/{created.json()['id']}"

    assert (created.status_code, created.headers["location"]) == (201, f"/api{one}")
    read = client.get(one)
    assert (read.json(), read.headers["etag"]) == (created.json(), created.headers["etag"])
    changed = client.put(one, json={"name": "Two"})
    assert (changed.json()["name"], changed.json()["input"], changed.json()["version"]) == (
        "Two",
        read.json()["input"],
        2,
    )
    assert client.put(one, json={}).headers["etag"] == changed.headers["etag"] != read.headers["etag"]
    deleted = client.delete(one)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (client.get(one), client.put(one, json={"name": "Three"}), client.delete(one)):
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_what_does_not_fit_is_kept_and_told(client: TestClient, address: str) -> None:
    fit = create(client, address, new_fixture())
    unfit = create(client, address, new_fixture(name="Two", input={"subject": 5, "further": 1}))

    assert (fit["fits"], fit["errors"]) == (True, [])
    assert not unfit["fits"]
    assert {error["place"] for error in unfit["errors"]} == {"/subject", "/further"}
    assert unfit["input"] == {"subject": 5, "further": 1}


def test_an_outdated_change_is_refused_and_changes_nothing(client: TestClient, address: str) -> None:
    one = f"{address}/{create(client, address, new_fixture())['id']}"
    old = client.get(one).headers["etag"]
    new = client.put(one, json={"name": "Two"}, headers={"if-match": old}).headers["etag"]

    put = client.put(one, json={"name": "Lost"}, headers={"if-match": old})
    delete = client.delete(one, headers={"if-match": old})

    for answer in (put, delete):
        assert (answer.status_code, answer.json()["error"]) == (412, "outdated")
    assert client.get(one).json()["name"] == "Two"
    assert client.delete(one, headers={"if-match": new}).status_code == 204


def test_fixtures_are_listed_oldest_first_in_pages(client: TestClient, address: str) -> None:
    for name in ("Zeta", "Alpha", "Mid"):
        create(client, address, new_fixture(name=name))

    first = client.get(address, params={"limit": 2}).json()
    second = client.get(address, params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [item["name"] for item in (*first["items"], *second["items"])] == ["Zeta", "Alpha", "Mid"]
    assert (first["total"], second["next_cursor"]) == (3, None)
    refused = client.get(address, params={"cursor": "nonsense"})
    assert (refused.status_code, refused.json()["details"][0]["place"]) == (422, "query.cursor")


def test_the_input_of_a_run_is_kept(client: TestClient, model_server: FakeModelServer) -> None:
    agent, task = create_pair(client, model_server.base_url)
    other = create_one(client, "tasks", name="Other")
    run = create(client, "/runs", {"agent_id": agent["id"], "task_id": task["id"], "input": "Help", "wait": 20})

    kept = create(client, f"/tasks/{task['id']}/fixtures", {"name": "From a run", "run_id": run["id"]})
    elsewhere = client.post(f"/tasks/{other['id']}/fixtures", json={"name": "From a run", "run_id": run["id"]})
    unknown = client.post(f"/tasks/{task['id']}/fixtures", json={"name": "No run", "run_id": NOWHERE})

    assert (kept["input"], kept["fits"]) == ("Help", True)
    assert (elsewhere.status_code, unknown.status_code) == (422, 404)
    for answer in (elsewhere, unknown):
        assert [detail["place"] for detail in answer.json()["details"]] == ["run_id"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": "One"}, "input"),
        ({"name": "One", "input": "Help", "run_id": NOWHERE}, "input"),
        ({"name": "One", "input": None}, "input"),
        ({"name": "One", "input": [1]}, "input"),
        ({"name": "One", "input": "x" * 200_001}, "input"),
        ({"name": "One", "run_id": None}, "run_id"),
        ({"name": "One", "run_id": "first"}, "run_id"),
        ({"name": "", "input": "Help"}, "name"),
        ({"input": "Help"}, "name"),
        (new_fixture(value="Help"), "value"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(
    client: TestClient, address: str, body: Json, place: str
) -> None:
    answer = client.post(address, json=body)

    assert (answer.status_code, answer.json()["details"][0]["place"]) == (422, place)
    assert client.get(address).json()["total"] == 0


def test_a_taken_name_and_a_full_task_are_conflicts(client: TestClient, address: str, database: Database) -> None:
    first = create(client, address, new_fixture())
    second = create(client, address, new_fixture(name="Two"))
    taken = [
        client.post(address, json=new_fixture(name="ONE")),
        client.put(f"{address}/{second['id']}", json={"name": "one"}),
    ]
    execute(
        database,
        """INSERT INTO fixtures (id, task_id, name, input, version, created_at, updated_at)
        SELECT gen_random_uuid(), task_id, 'Kept ' || number, input, 1, now(), now()
        FROM fixtures, generate_series(3, :most) AS number WHERE id = :first""",
        most=MAX_FIXTURES,
        first=first["id"],
    )

    full = client.post(address, json=new_fixture(name="Further"))

    assert [(answer.status_code, answer.json()["error"]) for answer in taken] == [(409, "name_taken")] * 2
    assert (full.status_code, full.json()["error"]) == (409, "conflict")
    assert full.json()["message"] == "“Triage” has 200 fixtures, and no task can have more."


def test_a_repeated_request_keeps_the_input_once(client: TestClient, address: str, database: Database) -> None:
    first = client.post(address, json=new_fixture(), headers={"idempotency-key": "one"})
    again = client.post(address, json=new_fixture(), headers={"idempotency-key": "one"})
    execute(database, "UPDATE idempotency_keys SET status = NULL, headers = NULL, body = ''")
    remade = client.post(address, json=new_fixture(), headers={"idempotency-key": "one"})

    for answer in (again, remade):
        assert (answer.status_code, answer.json()) == (201, first.json())
        assert answer.headers["idempotency-replayed"] == "true"
        assert answer.headers["location"] == first.headers["location"]
        assert answer.headers["etag"] == first.headers["etag"]
    assert client.get(address).json()["total"] == 1


def test_fixtures_belong_to_their_task(client: TestClient, address: str) -> None:
    one = create(client, address, new_fixture())
    other = create_one(client, "tasks", name="Other")

    assert client.get(f"/tasks/{other['id']}/fixtures/{one['id']}").status_code == 404
    assert client.get(f"/tasks/{NOWHERE}/fixtures").status_code == 404
    assert client.post(f"/tasks/{NOWHERE}/fixtures", json=new_fixture()).status_code == 404
    client.delete(f"/tasks/{one['task_id']}")
    assert client.get(f"{address}/{one['id']}").json()["message"] == "This task is not there any more."
