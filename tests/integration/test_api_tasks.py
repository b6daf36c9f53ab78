"""Tasks and assignments over REST: schemas, versions, judging a value, and who may do what."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.services import Services
from tests.factories import TRIAGE_SCHEMA
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, calling, create, create_agent, create_one, create_pair, new_task


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def test_a_task_takes_the_short_form_and_keeps_the_order_of_fields(client: TestClient) -> None:
    short = {"zeta": {"type": "string"}, "alpha": {"type": "number"}}

    task = create(client, "/tasks", new_task(response_schema=short, request_schema={"text": {"type": "string"}}))

    assert list(task["response_schema"]["properties"]) == ["zeta", "alpha"]
    assert task["response_schema"]["required"] == ["zeta", "alpha"]
    assert task["request_schema"]["additionalProperties"] is False
    cleared = client.put(f"/tasks/{task['id']}", json={"request_schema": None}).json()
    assert (cleared["request_schema"], cleared["version"]) == (None, 2)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "response_schema/properties/a/type"),
        ({"type": "array", "items": {"type": "string"}}, "response_schema"),
        ({"type": "object", "properties": {"a": {"$ref": "https://x.example/y"}}}, "response_schema/properties/a/$ref"),
        ("object", "response_schema"),
        ([], "response_schema"),
        (None, "response_schema"),
    ],
)
def test_an_invalid_schema_is_refused_with_its_place_and_reason(client: TestClient, schema: Any, place: str) -> None:
    task = create_one(client, "tasks")

    created = client.post("/tasks", json=new_task(name="Other", response_schema=schema))
    changed = client.put(f"/tasks/{task['id']}", json={"response_schema": schema})

    for answer in (created, changed):
        assert answer.status_code == 422
        assert answer.json()["details"][0]["place"].startswith(place)
        assert answer.json()["details"][0]["message"]


def test_the_versions_of_a_task_are_listed_newest_first(client: TestClient) -> None:
    task = create_one(client, "tasks")
    client.put(f"/tasks/{task['id']}", json={"description": "New."})

    page = client.get(f"/tasks/{task['id']}/versions").json()

    assert [item["number"] for item in page["items"]] == [2, 1]
    assert page["items"][0]["response_schema"] == TRIAGE_SCHEMA
    assert client.get(f"/tasks/{NOWHERE}/versions").status_code == 404


def test_a_value_is_judged_by_the_task(client: TestClient) -> None:
    task = create_one(client, "tasks")
    address = f"/tasks/{task['id']}/check"

    good = client.post(address, json={"value": {"category": "bug", "confidence": 1}}).json()
    bad = client.post(address, json={"value": {"category": "rain", "confidence": 1}}).json()

    assert good == {"is_valid": True, "verdict": "valid", "errors": []}
    assert (bad["is_valid"], bad["verdict"]) == (False, "invalid")
    assert (bad["errors"][0]["place"], bad["errors"][0]["keyword"]) == ("/category", "enum")
    assert client.post(address, json={"value": None}).json()["errors"][0]["place"] == ""
    assert client.post(address, json={}).json()["details"][0]["place"] == "value"
    assert client.post(f"/tasks/{NOWHERE}/check", json={"value": 1}).status_code == 404


def test_an_agent_is_assigned_to_a_task_once(client: TestClient) -> None:
    agent, task = create_agent(client), create_one(client, "tasks")
    address = f"/agents/{agent['id']}/tasks"

    assigned = client.post(address, json={"task_id": task["id"]})
    again = client.post(address, json={"task_id": task["id"]})

    assert (assigned.status_code, assigned.json()["task_name"]) == (201, "Triage")
    assert (again.status_code, again.json()["error"]) == (409, "already_assigned")
    assert [item["task_id"] for item in client.get(address).json()["items"]] == [task["id"]]
    assert client.delete(f"{address}/{task['id']}").status_code == 204
    assert client.delete(f"{address}/{task['id']}").status_code == 404
    assert client.get(address).json() == {"items": [], "next_cursor": None, "total": 0}


@pytest.mark.parametrize("missing", ["agent", "task"])
def test_assigning_needs_both_sides(client: TestClient, missing: str) -> None:
    agent = NOWHERE if missing == "agent" else create_agent(client)["id"]
    task = NOWHERE if missing == "task" else create_one(client, "tasks")["id"]

    answer = client.post(f"/agents/{agent}/tasks", json={"task_id": task})

    assert answer.status_code == 404
    assert [detail["place"] for detail in answer.json()["details"]] == (["task_id"] if missing == "task" else [])
    assert client.get(f"/agents/{NOWHERE}/tasks").status_code == 404


def test_a_task_says_whether_its_answers_are_mended(client: TestClient) -> None:
    task = create_one(client, "tasks")
    off = create(client, "/tasks", new_task(name="Strict", mends_answers=False))

    changed = client.put(f"/tasks/{task['id']}", json={"mends_answers": False}).json()

    assert (task["mends_answers"], off["mends_answers"]) == (True, False)
    assert (changed["mends_answers"], changed["version"]) == (False, 2)
    versions = client.get(f"/tasks/{task['id']}/versions").json()["items"]
    assert [one["mends_answers"] for one in versions] == [False, True]


def test_a_task_says_whether_its_content_is_stored(client: TestClient, model_server: FakeModelServer) -> None:
    agent, task = create_pair(client, model_server.base_url)
    changed = client.put(f"/tasks/{task['id']}", json={"stores_content": False}).json()

    run = create(client, "/runs", {"agent_id": agent["id"], "task_id": task["id"], "input": "Secret.", "wait": 30})

    assert (task["stores_content"], changed["stores_content"], changed["version"]) == (True, False, 2)
    assert run["status"] == "passed"
    assert run["content_erased_at"] is not None
    assert client.get("/runs", params={"words": "secret"}).json()["total"] == 0
    versions = client.get(f"/tasks/{task['id']}/versions").json()["items"]
    assert [one["stores_content"] for one in versions] == [False, True]


@pytest.mark.parametrize("switch", ["mends_answers", "stores_content"])
def test_a_switch_that_is_not_true_or_false_is_refused(client: TestClient, switch: str) -> None:
    task = create_one(client, "tasks")

    for value in (None, "true", 1, "yes"):
        created = client.post("/tasks", json=new_task(name="Other", **{switch: value}))
        changed = client.put(f"/tasks/{task['id']}", json={switch: value})

        assert [answer.status_code for answer in (created, changed)] == [422, 422]
        assert changed.json()["details"][0]["place"] == switch
