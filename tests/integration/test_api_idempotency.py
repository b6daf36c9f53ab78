"""A POST with an Idempotency-Key is done once, whoever repeats it and when."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.actors import LOCAL_USER, Actor
from core.agents.records import AgentDraft, AgentRecord
from core.errors import DatabaseUnavailableError
from core.runs.records import RunRecord, StartRun
from core.services import Services
from db.session import Database
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import CANARY, calling, create_agent, create_pair, new_agent, new_provider, new_task
from tests.integration.own_services import execute, read_everything


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def keyed(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def test_a_repeat_gets_the_first_answer_again(client: TestClient) -> None:
    first = client.post("/tasks", json=new_task(), headers=keyed("one"))
    again = client.post("/tasks", json=new_task(), headers=keyed("one"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert client.get("/tasks").json()["total"] == 1


def test_refusals_are_repeated_too(client: TestClient) -> None:
    client.post("/tasks", json=new_task())
    first = client.post("/tasks", json=new_task(), headers=keyed("one"))
    client.delete(f"/tasks/{client.get('/tasks').json()['items'][0]['id']}")

    again = client.post("/tasks", json=new_task(), headers=keyed("one"))

    assert first.status_code == again.status_code == 409
    assert again.json() == first.json()


@pytest.mark.parametrize("other", ["body", "path", "query"])
def test_a_key_is_good_for_one_request(client: TestClient, other: str) -> None:
    agent = create_agent(client)
    path = f"/providers/{agent['provider_id']}/validate"
    client.post(path, headers=keyed("one"))

    answer = {
        "body": lambda: client.post(path, json={}, headers=keyed("one")),
        "path": lambda: client.post("/tasks", json=new_task(), headers=keyed("one")),
        "query": lambda: client.post(f"{path}?wait=0", headers=keyed("one")),
    }[other]()

    assert (answer.status_code, answer.json()["error"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é"])
def test_a_key_that_cannot_be_one_is_refused(client: TestClient, key: str) -> None:
    headers = [("idempotency-key", key.encode("latin-1"))]

    answer = client.post("/tasks", json=new_task(), headers=headers)  # type: ignore[arg-type]  # bytes are taken

    assert answer.status_code == 422
    assert answer.json()["details"][0]["place"] == "header.idempotency-key"
    assert client.get("/tasks").json()["total"] == 0


def test_of_many_at_once_one_is_done(client: TestClient) -> None:
    together = threading.Barrier(8)

    def post(_: int) -> tuple[int, str]:
        together.wait()
        answer = client.post("/tasks", json=new_task(), headers=keyed("one"))
        return answer.status_code, answer.json().get("id", answer.json().get("error"))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))

    created = {found for status, found in answers if status == 201}
    assert len(created) == 1
    assert {found for status, found in answers if status != 201} <= {"still_at_work"}
    assert client.get("/tasks").json()["total"] == 1


def test_a_repeat_of_what_still_waits_gets_the_run_as_it_is(client: TestClient, model_server: FakeModelServer) -> None:
    agent, task = create_pair(client, model_server.base_url, model_name="slow:0.4")
    body = {"agent_id": agent["id"], "task_id": task["id"], "input": "Hello.", "wait": 30}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/runs", json=body, headers=keyed("one"))
        model_server.wait_until(lambda requests: any("chat" in each.path for each in requests), timeout_seconds=20)

        early = client.post("/runs", json=body, headers=keyed("one"))

        done = first.result()
    assert (early.status_code, early.json()["status"]) == (201, "running")
    assert early.headers["idempotency-replayed"] == "true"
    assert early.json()["id"] == done.json()["id"]
    assert client.post("/runs", json=body, headers=keyed("one")).json() == done.json()
    assert client.get("/runs").json()["total"] == 1


def test_a_failure_of_ours_is_not_kept(client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = create_agent(client)
    body = new_agent(agent["provider_id"], name="Second")

    def fail(_: object, __: AgentDraft) -> AgentRecord:
        raise DatabaseUnavailableError("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(services.agents, "create_agent", fail)
        failed = client.post("/agents", json=body, headers=keyed("one"))

    again = client.post("/agents", json=body, headers=keyed("one"))

    assert (failed.status_code, again.status_code) == (503, 201)


@pytest.mark.parametrize(("minutes", "status"), [(14, 409), (16, 201)])
def test_a_key_whose_process_died_is_free_after_a_while(
    client: TestClient, database: Database, minutes: int, status: int
) -> None:
    client.post("/tasks", json=new_task(), headers=keyed("one"))
    client.delete(f"/tasks/{client.get('/tasks').json()['items'][0]['id']}")
    statement = (
        "UPDATE idempotency_keys SET made = NULL, status = NULL, body = '', headers = NULL, "
        "created_at = created_at - make_interval(mins => :minutes)"
    )
    execute(database, statement, minutes=minutes)

    answer = client.post("/tasks", json=new_task(), headers=keyed("one"))

    assert answer.status_code == status


def test_what_was_done_but_not_answered_is_answered_with_what_was_made(
    client: TestClient, services: Services, database: Database, model_server: FakeModelServer
) -> None:
    agent, task = create_pair(client, model_server.base_url)
    other = client.post("/tasks", json=new_task(name="Second")).json()
    posts: dict[str, dict[str, Any]] = {  # Any: bodies
        "/providers": new_provider(name="Another"),
        "/agents": new_agent(agent["provider_id"], name="Second"),
        "/tasks": new_task(name="Third"),
        f"/agents/{agent['id']}/tasks": {"task_id": other["id"]},
        "/runs": {"agent_id": agent["id"], "task_id": task["id"], "input": "Hello."},
        f"/providers/{agent['provider_id']}/validate": {},
    }
    first = {path: client.post(path, json=body or None, headers=keyed(path)) for path, body in posts.items()}
    execute(database, "UPDATE idempotency_keys SET status = NULL, body = '', headers = NULL")

    again = {path: client.post(path, json=body or None, headers=keyed(path)) for path, body in posts.items()}

    for path in posts:
        assert again[path].status_code == first[path].status_code < 300
        assert again[path].json()["id"] == first[path].json()["id"]
        assert again[path].headers["idempotency-replayed"] == "true"
        assert again[path].headers.get("location") == first[path].headers.get("location")
    assert client.get("/runs").json()["total"] == 1


def test_a_run_whose_commit_was_not_confirmed_is_not_started_twice(
    client: TestClient, services: Services, model_server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, task = create_pair(client, model_server.base_url)
    body = {"agent_id": agent["id"], "task_id": task["id"], "input": "Hello."}
    start_run = services.runs.start_run

    def start_and_fail(actor: Actor, request: StartRun) -> RunRecord:
        start_run(actor, request)
        raise DatabaseUnavailableError("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(services.runs, "start_run", start_and_fail)
        failed = client.post("/runs", json=body, headers=keyed("one"))
    again = client.post("/runs", json=body, headers=keyed("one"))

    assert (failed.status_code, again.status_code) == (503, 201)
    assert client.get("/runs").json()["total"] == 1


def test_keys_are_forgotten_after_a_day(client: TestClient, services: Services, database: Database) -> None:
    client.post("/tasks", json=new_task(), headers=keyed("one"))
    client.post("/tasks", json=new_task(name="Second"), headers=keyed("two"))
    late = "UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = 'one'"
    execute(database, late)

    assert client.post("/tasks", json=new_task(name="Third"), headers=keyed("one")).status_code == 201
    execute(database, late)
    services.housekeeper.forget()

    kept = read_everything(database)
    assert '"key":"two"' in kept
    assert '"key":"one"' not in kept


def test_no_secret_is_kept(client: TestClient, services: Services, database: Database) -> None:
    answer = client.post("/providers", json=new_provider(), headers=keyed("one"))

    assert answer.status_code == 201
    assert CANARY not in read_everything(database)
    assert services.providers.get_provider(LOCAL_USER, answer.json()["id"]).has_key
