"""What providers, agents and tasks have in common over REST: create, read, change, list and delete."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.services import Services
from tests.integration.api_calls import (
    Json,
    calling,
    create_one,
    new_agent,
    new_provider,
    new_task,
)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def body_like(thing: Json, noun: str, **changes: Any) -> Json:
    match noun:
        case "providers":
            return new_provider(**changes)
        case "agents":
            return new_agent(thing["provider_id"], **changes)
        case _:
            return new_task(**changes)


NOUNS = ("providers", "agents", "tasks")


@pytest.mark.parametrize("noun", NOUNS)
def test_a_thing_is_created_read_changed_and_deleted(client: TestClient, noun: str) -> None:
    thing = create_one(client, noun, name="First")
    address = f"/{noun}/{thing['id']}"

    assert client.get(address).json()["name"] == "First"
    changed = client.put(address, json={"name": "Second"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Second")
    assert client.put(address, json={}).json()["name"] == "Second"
    deleted = client.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for answer in (client.get(address), client.put(address, json={"name": "Third"}), client.delete(address)):
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("noun", NOUNS)
def test_a_new_thing_says_where_it_is_and_in_which_state(client: TestClient, noun: str) -> None:
    thing = create_one(client, noun, name="First")

    answer = client.post(f"/{noun}", json=body_like(thing, noun, name="Second"))

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/{noun}/{answer.json()['id']}"
    read = client.get(f"/{noun}/{answer.json()['id']}")
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.headers["content-type"] == "application/json"


@pytest.mark.parametrize("noun", NOUNS)
def test_a_taken_name_is_a_conflict(client: TestClient, noun: str) -> None:
    first = create_one(client, noun, name="Taken")
    second = create_one(client, noun, name="Free")

    created = client.post(f"/{noun}", json=body_like(first, noun, name="taken"))
    changed = client.put(f"/{noun}/{second['id']}", json={"name": "TAKEN"})

    for answer in (created, changed):
        assert (answer.status_code, answer.json()["error"]) == (409, "name_taken")
        assert answer.json()["details"][0]["place"] == "name"


@pytest.mark.parametrize("noun", NOUNS)
def test_an_outdated_change_is_refused_and_changes_nothing(client: TestClient, noun: str) -> None:
    thing = create_one(client, noun, name="First")
    address = f"/{noun}/{thing['id']}"
    old = client.get(address).headers["etag"]
    new = client.put(address, json={"name": "Second"}, headers={"if-match": old}).headers["etag"]

    assert new != old
    for if_match in (old, f"{old}, W/{new}", f"W/{new}"):
        put = client.put(address, json={"name": "Lost"}, headers={"if-match": if_match})
        delete = client.delete(address, headers={"if-match": if_match})
        for answer in (put, delete):
            assert (answer.status_code, answer.json()["error"]) == (412, "outdated")
    assert client.get(address).json()["name"] == "Second"
    assert client.put(address, json={"name": "Third"}, headers={"if-match": "*"}).status_code == 200
    listed = f'"other", {client.get(address).headers["etag"]}'
    assert client.put(address, json={"name": "Fourth"}, headers={"if-match": listed}).status_code == 200
    newest = client.get(address).headers["etag"]
    assert client.delete(address, headers={"if-match": newest}).status_code == 204


def test_an_etag_that_is_none_is_a_mistake(client: TestClient) -> None:
    task = create_one(client, "tasks")

    answer = client.put(f"/tasks/{task['id']}", json={}, headers={"if-match": "3"})

    assert answer.status_code == 422
    assert answer.json()["details"][0]["place"] == "header.if-match"


@pytest.mark.parametrize("noun", NOUNS)
def test_lists_go_on_where_the_page_before_ended(client: TestClient, noun: str) -> None:
    for number in range(5):
        create_one(client, noun, name=f"Thing {number}")
    names, cursor, pages = [], None, 0

    while pages == 0 or cursor is not None:
        parameters = {"limit": "2", "search": "thing"} | ({} if cursor is None else {"cursor": cursor})
        page = client.get(f"/{noun}", params=parameters).json()
        names += [item["name"] for item in page["items"] if item["name"].startswith("Thing")]
        cursor, pages = page["next_cursor"], pages + 1

    assert names == [f"Thing {number}" for number in range(5)]
    assert page["total"] == len(names) if noun != "providers" else page["total"] >= len(names)


@pytest.mark.parametrize("path", ["/providers", "/agents", "/tasks", "/runs"])
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "query.limit"),
        ("limit=1001", "query.limit"),
        ("limit=five", "query.limit"),
        ("limit=1&limit=2", "query.limit"),
        ("limit=99999999999999999999", "query.limit"),
        ("cursor=nonsense", "query.cursor"),
        ("activ_only=true", "query.activ_only"),
    ],
)
def test_a_wrong_parameter_is_named(client: TestClient, path: str, query: str, place: str) -> None:
    answer = client.get(f"{path}?{query}")

    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_input")
    assert [detail["place"] for detail in answer.json()["details"]] == [place]
