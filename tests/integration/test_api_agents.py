"""Providers and agents over REST: filters, checks, keys, fields and versions."""

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.services import Services
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import (
    CANARY,
    NOWHERE,
    Json,
    calling,
    create_agent,
    create_one,
    new_agent,
    new_provider,
)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def test_agents_are_filtered(client: TestClient) -> None:
    busy = create_agent(client, name="Busy")
    off = create_agent(client, name="Off", is_active=False)
    task = create_one(client, "tasks")
    client.post(f"/agents/{busy['id']}/tasks", json={"task_id": task["id"]})

    def names(**parameters: str) -> list[str]:
        return [item["name"] for item in client.get("/agents", params=parameters).json()["items"]]

    assert names() == ["Busy", "Off"]
    assert names(active_only="true") == ["Busy"]
    assert names(active_only="false") == ["Busy", "Off"]
    assert names(provider_id=off["provider_id"]) == ["Off"]
    assert names(task_id=task["id"]) == ["Busy"]
    assert names(search="off") == ["Off"]
    assert client.get("/agents?active_only=yes").status_code == 422


def test_providers_are_filtered(client: TestClient, model_server: FakeModelServer) -> None:
    good = create_one(client, "providers", name="Good", base_url=model_server.base_url)
    create_one(client, "providers", name="Tame", type="ollama", base_url="http://127.0.0.1:9")
    client.post(f"/providers/{good['id']}/validate?wait=20")

    def names(**parameters: str) -> list[str]:
        return [item["name"] for item in client.get("/providers", params=parameters).json()["items"]]

    assert names(type="ollama") == ["Tame"]
    assert names(validation_status="connected") == ["Good"]
    assert client.get("/providers?type=other").status_code == 422


def test_a_check_ends_within_the_wait_and_finds_the_models(client: TestClient, model_server: FakeModelServer) -> None:
    provider = create_one(client, "providers", base_url=model_server.base_url)

    at_once = client.post(f"/providers/{provider['id']}/validate")
    settled = client.post(f"/providers/{provider['id']}/validate", params={"wait": "20"})

    assert at_once.json()["validation_status"] == "validating"
    assert settled.json()["validation_status"] == "connected"
    models = client.get(f"/providers/{provider['id']}/models").json()
    assert "ok" in [model["name"] for model in models["items"]]
    assert models["total"] == len(models["items"])
    assert models["next_cursor"] is None
    for path in ("validate", "models"):
        answer = client.request("POST" if path == "validate" else "GET", f"/providers/{NOWHERE}/{path}")
        assert answer.status_code == 404


def test_a_used_provider_stays(client: TestClient) -> None:
    agent = create_agent(client)

    answer = client.delete(f"/providers/{agent['provider_id']}")

    assert (answer.status_code, answer.json()["error"]) == (409, "in_use")
    assert "Sorter" in answer.json()["message"]


def test_a_new_address_needs_the_key_again(client: TestClient) -> None:
    provider = create_one(client, "providers")
    address = f"/providers/{provider['id']}"

    refused = client.put(address, json={"base_url": "http://127.0.0.1:10/v1"})
    taken = client.put(address, json={"base_url": "http://127.0.0.1:10/v1", "api_key": CANARY})

    assert refused.status_code == 409
    assert refused.json()["details"][0]["place"] == "api_key"
    assert (taken.status_code, taken.json()["has_key"]) == (200, True)
    assert client.put(address, json={"name": "Renamed", "api_key": ""}).json()["has_key"] is True


def test_keys_never_come_out(client: TestClient) -> None:
    provider = create_one(client, "providers")
    texts = [
        client.get(path).text for path in ("/providers", f"/providers/{provider['id']}", "/agents", "/openapi.json")
    ]

    for key in (f"{CANARY} {CANARY}", f"{CANARY}\x00", f"{CANARY}é", [CANARY], {CANARY: 1}, f"{CANARY}\ud800"):
        for body in (new_provider(api_key=key), new_provider(api_key=key, name="")):
            answer = client.post("/providers", content=json.dumps(body), headers={"content-type": "application/json"})
            assert answer.status_code == 422, answer.text
            texts.append(answer.text)
    texts.append(client.post("/providers", json=new_provider(key=CANARY, name="x")).text)
    texts.append(client.post("/providers", json=new_provider(), headers={"idempotency-key": "k"}).text)

    assert not [text for text in texts if CANARY in text]


def test_an_agent_of_no_provider_is_not_found(client: TestClient) -> None:
    agent = create_agent(client)

    created = client.post("/agents", json=new_agent(NOWHERE, name="Other"))
    changed = client.put(f"/agents/{agent['id']}", json={"provider_id": NOWHERE})

    for answer in (created, changed):
        assert answer.status_code == 404
        assert answer.json()["details"][0]["place"] == "provider_id"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"model_name": " "}, "model_name"),
        ({"system_prompt": ""}, "system_prompt"),
        ({"user_prompt_template": "{{open"}, "user_prompt_template"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "0.5"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"retries": 11}, "retries"),
        ({"retries": "2"}, "retries"),
        ({"retries": None}, "retries"),
        ({"is_active": 1}, "is_active"),
        ({"is_active": None}, "is_active"),
        ({"provider_id": "no-id"}, "provider_id"),
        ({"provider_id": None}, "provider_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_of_an_agent_is_named(client: TestClient, changes: Json, place: str) -> None:
    agent = create_agent(client)

    created = client.post("/agents", json=new_agent(agent["provider_id"], name="Other") | changes)
    changed = client.put(f"/agents/{agent['id']}", json=changes)

    for answer in (created, changed):
        assert answer.status_code == 422, answer.text
        assert [detail["place"] for detail in answer.json()["details"]] == [place]
        assert answer.json()["message"]


def test_null_clears_a_setting_of_an_agent(client: TestClient) -> None:
    agent = create_agent(client, temperature=0.5, max_tokens=100)

    changed = client.put(f"/agents/{agent['id']}", json={"temperature": None}).json()

    assert (changed["temperature"], changed["max_tokens"], changed["version"]) == (None, 100, 2)


def test_the_versions_of_an_agent_are_listed_newest_first(client: TestClient) -> None:
    agent = create_agent(client)
    client.put(f"/agents/{agent['id']}", json={"system_prompt": "Sort it well."})

    first = client.get(f"/agents/{agent['id']}/versions?limit=1").json()
    second = client.get(f"/agents/{agent['id']}/versions", params={"cursor": first["next_cursor"]}).json()

    assert [item["system_prompt"] for item in first["items"] + second["items"]] == ["Sort it well.", "Sort it."]
    assert client.get(f"/agents/{NOWHERE}/versions").status_code == 404
