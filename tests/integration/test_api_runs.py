"""Runs over REST: start, wait, read, cancel, and follow by server-sent events."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from api.application import mount_api
from api.ending import hearing_the_end, is_ending
from core.actors import LOCAL_USER
from core.services import Services
from tests.factories import wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, Json, calling, create, create_pair, new_task

TICKET = "The invoice is wrong."


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def run_body(pair: tuple[Json, Json], **changes: Any) -> Json:
    return {"agent_id": pair[0]["id"], "task_id": pair[1]["id"], "input": TICKET} | changes


def read_events(text: str) -> list[tuple[int, str, Json]]:
    """Return the events of a stream: number, kind and data."""
    blocks = [block for block in text.split("\n\n") if block.startswith("id: ")]
    fields = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [(int(each["id"]), each["event"], json.loads(each["data"])) for each in fields]


def test_a_run_is_answered_when_it_is_over(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url)

    answer = client.post("/runs", json=run_body(pair, wait=30))

    run = answer.json()
    assert (answer.status_code, run["status"], run["reason"]) == (201, "passed", "")
    assert answer.headers["location"] == f"/api/runs/{run['id']}"
    assert run["result"]["category"] in ("billing", "bug")
    assert run["duration_seconds"] > 0
    assert client.get(f"/runs/{run['id']}").json() == run


def test_waiting_ends_soon_after_the_run(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, model_name="slow:0.2")

    started = time.monotonic()
    run = client.post("/runs", json=run_body(pair, wait=600)).json()

    # Far below the next look at the database, which is a net for events that get lost.
    assert run["status"] == "passed"
    assert time.monotonic() - started < run["duration_seconds"] + 3


def test_whoever_waits_is_answered_when_the_server_ends(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, model_name="hang")
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))

    with hearing_the_end(), ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(client.post, "/runs", json=run_body(pair, wait=600))
        wait_until(lambda: client.get("/runs?status=running").json()["total"] == 1, what="the run")
        run = client.get("/runs").json()["items"][0]
        following = pool.submit(client.get, f"/runs/{run['id']}/events")
        signal.raise_signal(signal.SIGTERM)
        answers = waiting.result(timeout=15), following.result(timeout=15)

    assert answers[0].json()["status"] == "running"
    assert read_events(answers[1].text)[0][1] == "queued"
    assert heard == [signal.SIGTERM]
    assert signal.signal(signal.SIGTERM, before) is not before
    assert not is_ending()
    client.post(f"/runs/{run['id']}/cancel")


@pytest.mark.parametrize("wait", [{}, {"wait": 0}, {"wait": 0.3}])
def test_a_run_that_takes_longer_is_answered_as_it_is(
    client: TestClient, model_server: FakeModelServer, wait: Json
) -> None:
    pair = create_pair(client, model_server.base_url, model_name="hang")

    run = client.post("/runs", json=run_body(pair, **wait)).json()

    assert run["status"] in ("queued", "running")
    assert run["duration_seconds"] is None
    assert client.post(f"/runs/{run['id']}/cancel").status_code == 200


def test_a_run_is_cancelled_once(client: TestClient, model_server: FakeModelServer, services: Services) -> None:
    pair = create_pair(client, model_server.base_url, model_name="hang")
    run = client.post("/runs", json=run_body(pair)).json()
    wait_until(lambda: len(model_server.chat_requests) == 1, what="the request")

    cancelled = client.post(f"/runs/{run['id']}/cancel")

    assert cancelled.status_code == 200
    assert cancelled.json()["is_cancel_requested"] is True
    wait_until(lambda: client.get(f"/runs/{run['id']}").json()["status"] == "cancelled", what="the end")
    again = client.post(f"/runs/{run['id']}/cancel")
    assert (again.status_code, again.json()["error"]) == (409, "state_conflict")


def test_attempts_say_what_was_sent_and_what_was_wrong(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, model_name="wrong-then-right")
    run = client.post("/runs", json=run_body(pair, wait=30)).json()

    attempts = client.get(f"/runs/{run['id']}/attempts").json()

    assert (attempts["total"], attempts["next_cursor"]) == (2, None)
    assert [item["status"] for item in attempts["items"]] == ["failed", "passed"]
    assert attempts["items"][0]["errors"]
    assert attempts["items"][0]["request"]["messages"]
    assert attempts["items"][1]["duration_seconds"] >= 0


def test_an_attempt_says_what_was_mended(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, model_name="fenced")
    run = client.post("/runs", json=run_body(pair, wait=30)).json()

    (attempt,) = client.get(f"/runs/{run['id']}/attempts").json()["items"]

    (mend,) = attempt["mends"]
    assert (mend["place"], mend["rule"]) == ("", "code_fence")
    assert attempt["raw_answer"].startswith("```json")
    assert mend["before"].startswith("“```json")
    assert json.loads(mend["after"]) == run["result"]


def test_runs_are_listed_and_filtered(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url)
    runs = [client.post("/runs", json=run_body(pair, wait=30)).json()["id"] for _ in range(3)]

    first = client.get("/runs?limit=2").json()
    rest = client.get("/runs", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [item["id"] for item in first["items"] + rest["items"]] == runs[::-1]
    assert (first["total"], rest["next_cursor"]) == (3, None)
    assert client.get("/runs", params={"agent_id": pair[0]["id"], "status": "passed"}).json()["total"] == 3
    assert client.get("/runs", params={"task_id": NOWHERE}).json()["total"] == 0
    assert client.get("/runs?status=done").status_code == 422


@pytest.mark.parametrize(
    ("changes", "status", "place"),
    [
        ({"agent_id": NOWHERE}, 404, None),
        ({"task_id": NOWHERE}, 404, None),
        ({"agent_id": "x"}, 422, "agent_id"),
        ({"input": ""}, 422, "input"),
        ({"input": {"text": "x"}}, 422, "input"),
        ({"input": "x" * 200_001}, 422, "input"),
        ({"wait": -1}, 422, "wait"),
        ({"wait": 601}, 422, "wait"),
        ({"wait": "5"}, 422, "wait"),
        ({"wait": True}, 422, "wait"),
        ({"mode": "fast"}, 422, "mode"),
    ],
)
def test_a_run_that_cannot_start_is_refused(client: TestClient, changes: Json, status: int, place: str | None) -> None:
    pair = create_pair(client, "http://127.0.0.1:9/v1")

    answer = client.post("/runs", json=run_body(pair) | changes)

    assert answer.status_code == status, answer.text
    assert [detail["place"] for detail in answer.json()["details"]] == ([] if place is None else [place])
    assert client.get("/runs").json()["total"] == 0


def test_an_input_that_does_not_fit_is_refused_with_its_place(client: TestClient) -> None:
    agent, _ = create_pair(client, "http://127.0.0.1:9/v1")
    task = create(client, "/tasks", new_task(name="Shaped", request_schema={"size": {"type": "integer"}}))
    client.post(f"/agents/{agent['id']}/tasks", json={"task_id": task["id"]})

    answer = client.post("/runs", json=run_body((agent, task), input={"size": "big"}))

    assert answer.status_code == 422
    assert answer.json()["details"][0]["place"] == "input/size"


@pytest.mark.parametrize("state", ["off", "unassigned"])
def test_an_agent_that_may_not_run_is_a_conflict(client: TestClient, state: str) -> None:
    agent, task = create_pair(client, "http://127.0.0.1:9/v1")
    if state == "off":
        client.put(f"/agents/{agent['id']}", json={"is_active": False})
    else:
        client.delete(f"/agents/{agent['id']}/tasks/{task['id']}")

    answer = client.post("/runs", json=run_body((agent, task)))

    assert (answer.status_code, answer.json()["error"]) == (409, "state_conflict")


@pytest.mark.parametrize("path", ["", "/attempts", "/events", "/cancel"])
def test_an_unknown_run_is_not_found(client: TestClient, path: str) -> None:
    answer = client.request("POST" if path == "/cancel" else "GET", f"/runs/{NOWHERE}{path}")

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_the_events_of_a_run_come_up_to_its_end(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, model_name="slow:0.05")
    run = client.post("/runs", json=run_body(pair)).json()

    answer = client.get(f"/runs/{run['id']}/events")

    events = read_events(answer.text)
    kinds = [kind for _, kind, _ in events]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (kinds[0], kinds[-1]) == ("queued", "ended")
    assert "piece" in kinds
    assert events[-1][2]["status"] == "passed"
    assert [seq for seq, _, _ in events] == sorted({seq for seq, _, _ in events})


@pytest.mark.parametrize("way", ["header", "query"])
def test_events_go_on_after_the_last_one(client: TestClient, model_server: FakeModelServer, way: str) -> None:
    pair = create_pair(client, model_server.base_url)
    run = client.post("/runs", json=run_body(pair, wait=30)).json()
    address = f"/runs/{run['id']}/events"
    events = read_events(client.get(address).text)

    def after(seq: int) -> tuple[int, list[tuple[int, str, Json]]]:
        sent = {"headers": {"Last-Event-ID": str(seq)}} if way == "header" else {"params": {"after": seq}}
        answer = client.get(address, **sent)
        return answer.status_code, read_events(answer.text)

    for index, (seq, _, _) in enumerate(events[:-1]):
        assert after(seq) == (200, events[index + 1 :])
    assert after(events[-1][0]) == (204, [])
    assert client.get(address, headers={"Last-Event-ID": "x"}).json()["details"][0]["place"] == "header.last-event-id"
    assert client.get(address, params={"after": -1}).status_code == 422


def _request(path: str) -> Json:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 5000),
        "server": ("localhost", 80),
    }


def test_a_client_that_goes_away_leaves_nothing_behind(
    client: TestClient, model_server: FakeModelServer, services: Services
) -> None:
    pair = create_pair(client, model_server.base_url, model_name="hang")
    run = client.post("/runs", json=run_body(pair)).json()

    async def follow_and_leave() -> list[Message]:
        sent: list[Message] = []
        has_begun = asyncio.Event()
        is_asked = False

        async def receive() -> Message:
            nonlocal is_asked
            if not is_asked:
                is_asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await has_begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if message.get("body"):
                has_begun.set()

        async with asyncio.timeout(20):
            await mount_api()[-1](_request(f"/api/runs/{run['id']}/events"), receive, send)
        assert len(asyncio.all_tasks()) == 1
        return sent

    sent = asyncio.run(follow_and_leave())

    assert sent[0]["status"] == 200
    assert b"event: queued" in sent[1]["body"]
    assert services.runs.get_run(LOCAL_USER, run["id"]).status in ("queued", "running")
    client.post(f"/runs/{run['id']}/cancel")
