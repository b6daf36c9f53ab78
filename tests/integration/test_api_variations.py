"""Runs of saved versions and unsaved variations over REST, their ratings, and the same run as code."""

import json
import shlex
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from core.services import Services
from db.session import Database
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import NOWHERE, Json, calling, create, create_pair, new_provider
from tests.integration.own_services import execute

TICKET = "The invoice is wrong."
NOTHING = "http://127.0.0.1:9/v1"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def run_body(pair: tuple[Json, Json], **changes: object) -> Json:
    return {"agent_id": pair[0]["id"], "task_id": pair[1]["id"], "input": TICKET, "wait": 30} | changes


def test_a_variation_runs_unsaved(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, temperature=0.5, max_tokens=50)
    variation = {"system_prompt": "Guess.", "temperature": None, "max_tokens": None, "retries": 0}

    run = create(client, "/runs", run_body(pair, variation=variation))

    sent = model_server.chat_requests[-1].body
    assert (run["status"], run["agent_version"], run["variation_of"]) == ("passed", None, 1)
    assert sent["messages"][0]["content"] == "Guess."
    assert not {"temperature", "max_tokens"} & sent.keys()
    assert client.get(f"/agents/{pair[0]['id']}").json()["version"] == 1
    assert client.get(f"/agents/{pair[0]['id']}/versions").json()["total"] == 1


def test_an_older_version_runs(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, system_prompt="First.")
    client.put(f"/agents/{pair[0]['id']}", json={"system_prompt": "Second."})

    runs = [create(client, "/runs", run_body(pair, agent_version=number)) for number in (1, 2, None)]

    prompts = [request.body["messages"][0]["content"] for request in model_server.chat_requests]
    assert [run["agent_version"] for run in runs] == [1, 2, 2]
    assert prompts == ["First.", "Second.", "Second."]


def test_nothing_to_vary_is_the_saved_state(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url)
    nothings: list[Json] = [{"variation": None}, {"variation": {}}, {"agent_version": None}]

    runs = [create(client, "/runs", run_body(pair, **nothing)) for nothing in nothings]

    assert [(run["agent_version"], run["variation_of"]) for run in runs] == [(1, None)] * 3


WRONG_STATES: list[tuple[Json, int, list[str]]] = [
    ({"agent_version": 7}, 404, []),
    ({"agent_version": 0}, 422, ["agent_version"]),
    ({"agent_version": "1"}, 422, ["agent_version"]),
    ({"agent_version": True}, 422, ["agent_version"]),
    ({"agent_version": 2**31}, 422, ["agent_version"]),
    ({"variation": []}, 422, ["variation"]),
    ({"variation": {"name": "Other"}}, 422, ["variation.name"]),
    ({"variation": {"temperature": 2.5}}, 422, ["variation.temperature"]),
    ({"variation": {"temperature": "1"}}, 422, ["variation.temperature"]),
    ({"variation": {"retries": None}}, 422, ["variation.retries"]),
    ({"variation": {"system_prompt": " "}}, 422, ["variation.system_prompt"]),
    ({"variation": {"user_prompt_template": "{{"}}, 422, ["variation.user_prompt_template"]),
    ({"variation": {"user_prompt_template": "{{subject}}"}}, 422, ["input"]),
    ({"variation": {"provider_id": NOWHERE}}, 404, ["variation.provider_id"]),
]


@pytest.mark.parametrize("path", ["/runs", "/runs/preview", "/runs/check"])
def test_a_state_that_cannot_be_is_refused_with_its_place(client: TestClient, path: str) -> None:
    pair = create_pair(client, NOTHING)
    for changes, status, places in WRONG_STATES:
        body = run_body(pair, **changes)
        if path != "/runs":
            del body["wait"]
            if places == ["input"]:  # what a template lacks is shown there, not refused
                status, places = 200, []

        answer = client.post(path, json=body)

        assert answer.status_code == status, answer.text
        assert [detail["place"] for detail in answer.json().get("details", [])] == places
    assert client.get("/runs").json()["total"] == 0


def test_a_run_is_rated_and_the_rating_taken_back(client: TestClient, model_server: FakeModelServer) -> None:
    run = create(client, "/runs", run_body(create_pair(client, model_server.base_url)))
    address = f"/runs/{run['id']}/rating"

    good = client.put(address, json={"rating": 1, "note": "  Right. "})
    bad = client.put(address, json={"rating": -1})
    none = client.put(address, json={"rating": None, "note": "Never mind."})

    assert (good.status_code, good.json()["rating"], good.json()["rating_note"]) == (200, 1, "Right.")
    assert good.json()["rated_by"] == "local user"
    assert (bad.json()["rating"], bad.json()["rating_note"]) == (-1, "")
    assert (none.json()["rating"], none.json()["rating_note"], none.json()["rated_at"]) == (None, "", None)
    assert none.json() == client.get(f"/runs/{run['id']}").json()


WRONG_RATINGS: list[tuple[Json, str]] = [
    ({}, "rating"),
    ({"rating": 0}, "rating"),
    ({"rating": "1"}, "rating"),
    ({"rating": True}, "rating"),
    ({"rating": 1, "note": "x" * 2001}, "note"),
    ({"rating": 1, "note": None}, "note"),
    ({"rating": 1, "stars": 5}, "stars"),
]


def test_what_is_no_rating_is_refused(client: TestClient, model_server: FakeModelServer) -> None:
    run = create(client, "/runs", run_body(create_pair(client, model_server.base_url)))

    for body, place in WRONG_RATINGS:
        answer = client.put(f"/runs/{run['id']}/rating", json=body)

        assert (answer.status_code, [detail["place"] for detail in answer.json()["details"]]) == (422, [place])
    assert client.get(f"/runs/{run['id']}").json()["rating"] is None


def test_a_run_that_goes_on_cannot_be_rated(client: TestClient, model_server: FakeModelServer) -> None:
    run = create(client, "/runs", run_body(create_pair(client, model_server.base_url, model_name="hang"), wait=0))

    answer = client.put(f"/runs/{run['id']}/rating", json={"rating": 1})

    assert (answer.status_code, answer.json()["error"]) == (409, "state_conflict")
    assert client.put(f"/runs/{NOWHERE}/rating", json={"rating": 1}).status_code == 404
    client.post(f"/runs/{run['id']}/cancel")


def paste(client: TestClient, command: str) -> Json:
    """Do with the client what a curl command would do."""
    words = shlex.split(command.replace("\\\n", " "))
    (url,) = [word for word in words if word.startswith("http")]
    created: Json = client.post(url, json=json.loads(words[words.index("-d") + 1])).json()
    return created


def test_a_run_is_copied_as_code_and_its_command_runs_the_same(
    client: TestClient, model_server: FakeModelServer
) -> None:
    pair = create_pair(client, model_server.base_url, temperature=0.5)
    variation = {"system_prompt": "Guess. It’s 'free'.", "temperature": None}
    run = create(client, "/runs", run_body(pair, variation=variation))
    client.put(f"/agents/{pair[0]['id']}", json={"system_prompt": "Sort it again."})

    code = client.get(f"/runs/{run['id']}/code").json()
    again = paste(client, code["curl"])

    assert set(code) == {"python", "curl", "json"}
    assert json.loads(code["json"]) == client.get(f"/runs/{run['id']}").json()
    compile(code["python"], "run.py", "exec")
    assert "http://localhost:8501/api/runs" in code["curl"]
    assert (again["status"], again["agent_version"], again["variation_of"]) == ("passed", None, 1)
    first, second = model_server.chat_requests
    assert first.body == second.body


def test_a_saved_state_is_copied_without_its_number(client: TestClient, model_server: FakeModelServer) -> None:
    run = create(client, "/runs", run_body(create_pair(client, model_server.base_url)))

    command = client.get(f"/runs/{run['id']}/code").json()["curl"]

    assert "agent_version" not in command
    assert "variation" not in command


def test_a_run_whose_input_is_gone_cannot_be_copied(
    client: TestClient, model_server: FakeModelServer, database: Database
) -> None:
    run = create(client, "/runs", run_body(create_pair(client, model_server.base_url)))
    execute(database, "UPDATE runs SET input = NULL, content_erased_at = now()")

    answer = client.get(f"/runs/{run['id']}/code")

    assert (answer.status_code, answer.json()["error"]) == (409, "state_conflict")
    assert client.get(f"/runs/{NOWHERE}/code").status_code == 404


def test_a_preview_shows_the_request_as_it_will_be_sent(client: TestClient, model_server: FakeModelServer) -> None:
    pair = create_pair(client, model_server.base_url, temperature=0.5)
    state = {"variation": {"system_prompt": "Guess.", "temperature": None}}
    body = run_body(pair, **state)
    wait = body.pop("wait")

    preview = client.post("/runs/preview", json=body).json()

    assert model_server.chat_requests == []
    create(client, "/runs", body | {"wait": wait})
    assert preview["request"] == model_server.chat_requests[-1].body
    assert preview["is_exact"] is True
    assert [message["text"] for message in preview["messages"]] == ["Guess.", TICKET]


def test_a_preview_of_an_older_version_is_of_that_version(client: TestClient) -> None:
    agent, task = create_pair(client, NOTHING, system_prompt="First.", max_tokens=7)
    other = create(client, "/providers", new_provider(name="Other", base_url="https://api.openai.com/v1"))
    client.put(f"/agents/{agent['id']}", json={"system_prompt": "Second.", "provider_id": other["id"]})
    body = {"agent_id": agent["id"], "task_id": task["id"], "input": TICKET}

    first = client.post("/runs/preview", json=body | {"agent_version": 1}).json()
    second = client.post("/runs/preview", json=body).json()

    assert [one["messages"][0]["text"] for one in (first, second)] == ["First.", "Second."]
    assert (first["is_exact"], second["is_exact"]) == (True, True)
    assert first["request"]["max_tokens"] == 7
    assert second["request"]["max_completion_tokens"] == 7


def test_a_preview_without_an_input_tells_what_is_not_filled(client: TestClient) -> None:
    agent, task = create_pair(client, NOTHING, user_prompt_template="About {{subject}}: {{input}}")
    body = {"agent_id": agent["id"], "task_id": task["id"]}

    preview = client.post("/runs/preview", json=body).json()

    assert preview["messages"][1]["unfilled"] == ["subject", "input"]
    assert preview["is_exact"] is False
    assert client.post("/runs/preview", json=body | {"input": 5}).json()["details"][0]["place"] == "input"
    assert client.post("/runs/preview", json=body | {"task_id": NOWHERE}).status_code == 404
    assert client.post("/runs/preview", json=body | {"wait": 5}).status_code == 422


def test_a_check_says_what_speaks_against_a_run(client: TestClient) -> None:
    agent, task = create_pair(client, NOTHING, user_prompt_template="About {{subject}}: {{input}}")
    body = {"agent_id": agent["id"], "task_id": task["id"], "input": TICKET}

    notices = client.post("/runs/check", json=body).json()["notices"]
    varied = client.post("/runs/check", json=body | {"variation": {"user_prompt_template": ""}}).json()["notices"]

    assert "unknown_placeholder" in [notice["kind"] for notice in notices]
    assert notices[0]["level"] == "warning"
    assert notices[0]["place"]["subject"] == "user_prompt_template"
    assert varied == []
    assert client.post("/runs/check", json=body | {"agent_id": NOWHERE}).status_code == 404
