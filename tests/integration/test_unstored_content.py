"""Runs of a task that stores no content: it can be seen for a while, and no table and no log ever holds it."""

import json
import logging
import uuid
from collections.abc import Iterator
from urllib.parse import quote_plus

import pytest

from core.actors import LOCAL_USER
from core.errors import StateConflictError
from core.runs.records import RunReason, RunRecord, RunStatus
from core.runs.unstored import UnstoredContents
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import calling
from tests.integration.own_services import read_everything, running

CANARY = "canary7731"
INPUT = f"The invoice of {CANARY} is wrong."
NOTE_SCHEMA = {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}
RIGHT = json.dumps({"note": f"about {CANARY}"})
WRONG = json.dumps({"category": CANARY, "confidence": 7, CANARY: CANARY})
CLUMSY = "```json\n" + RIGHT + "\n```"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def run_unstored(workshop: Workshop, base_url: str, model_name: str, schema: object = None) -> RunRecord:
    provider = workshop.make_provider(base_url)
    agent = workshop.make_agent(provider, model_name=model_name, retries=1)
    task = workshop.make_task(schema if isinstance(schema, dict) else TRIAGE_SCHEMA, stores_content=False)
    workshop.assign(agent, task)
    return workshop.run(agent, task, INPUT)


@pytest.mark.parametrize(
    ("model_name", "schema", "status"),
    [
        (f"answer:{quote_plus(RIGHT)}", NOTE_SCHEMA, RunStatus.PASSED),
        (f"answer:{quote_plus(CLUMSY)}", NOTE_SCHEMA, RunStatus.PASSED),
        (f"answer:{quote_plus(WRONG)}", TRIAGE_SCHEMA, RunStatus.FAILED),
        (f"answer:{CANARY}", TRIAGE_SCHEMA, RunStatus.FAILED),
        ("truncated", TRIAGE_SCHEMA, RunStatus.FAILED),
        ("slow", TRIAGE_SCHEMA, RunStatus.PASSED),
        ("refuse-and-echo", TRIAGE_SCHEMA, RunStatus.FAILED),
    ],
)
def test_nothing_of_the_content_is_in_any_table_or_log(
    workshop: Workshop,
    services: Services,
    database: Database,
    model_server: FakeModelServer,
    logged: pytest.LogCaptureFixture,
    model_name: str,
    schema: object,
    status: RunStatus,
) -> None:
    model_server.set_mode(model_name, path="/v1/chat/completions")

    run = run_unstored(workshop, model_server.base_url, "any", schema)

    assert run.status is status
    assert run.input == INPUT
    attempts = services.runs.list_attempts(LOCAL_USER, run.id)
    assert all(CANARY in json.dumps(attempt.request) for attempt in attempts)
    assert attempts
    assert CANARY not in read_everything(database)
    assert CANARY not in logged.text


def test_the_content_can_be_seen_for_a_while_and_the_figures_for_good(
    workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    run = run_unstored(workshop, model_server.base_url, f"answer:{quote_plus(RIGHT)}", NOTE_SCHEMA)

    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert run.result == {"note": f"about {CANARY}"}
    assert attempt.raw_answer == RIGHT
    assert run.content_erased_at is not None

    services.executor.unstored.drop(run.id)
    stored = services.runs.get_run(LOCAL_USER, run.id)
    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert (stored.status, stored.input, stored.result) == (RunStatus.PASSED, None, None)
    assert stored.output_tokens == run.output_tokens > 0
    assert (attempt.raw_answer, attempt.request, attempt.exchanges[0]["status"]) == ("", None, 200)


def test_of_an_answer_that_did_not_fit_the_place_and_the_rule_are_stored(
    workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    run = run_unstored(workshop, model_server.base_url, f"answer:{quote_plus(WRONG)}")
    services.executor.unstored.drop(run.id)

    attempt = services.runs.list_attempts(LOCAL_USER, run.id)[0]

    assert {(error["place"], error["message"]) for error in attempt.errors} == {
        ("/category", "Refused by the rule “enum”."),
        ("/confidence", "Refused by the rule “maximum”."),
        ("/*", "Refused by the rule “additionalProperties”."),
    }


def test_the_answer_to_a_start_holds_no_content(workshop: Workshop, model_server: FakeModelServer) -> None:
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url))
    task = workshop.make_task(stores_content=False)
    workshop.assign(agent, task)

    run = workshop.start_run(agent, task, INPUT)

    assert run.input is None
    workshop.wait_for_end(run.id)


def test_a_queued_run_whose_process_died_is_ended_with_a_sentence(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=1) as services:
        workshop = Workshop(services)
        agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
        unstored = workshop.make_task(stores_content=False)
        workshop.assign(agent, unstored)
        workshop.start_run(agent, task)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=30)
        queued_id = workshop.start_run(agent, unstored, INPUT).id

    with running(settings) as next_ones:
        run = Workshop(next_ones).wait_for_end(queued_id)

    assert (run.status, run.reason) == (RunStatus.INTERRUPTED, RunReason.INTERRUPTED)
    assert "the input of this run is gone" in run.message.lower()


def test_a_run_cancelled_before_it_began_shows_its_input(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=1) as others:
        workshop = Workshop(others)
        agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
        unstored = workshop.make_task(stores_content=False)
        workshop.assign(agent, unstored)
        first = workshop.start_run(agent, task)
        model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=30)
        queued = workshop.start_run(agent, unstored, INPUT)
        others.runs.cancel_run(LOCAL_USER, queued.id)
        others.runs.cancel_run(LOCAL_USER, first.id)

        seen = workshop.wait_for_end(queued.id)

    assert (seen.status, seen.input) == (RunStatus.CANCELLED, INPUT)


def test_the_oldest_ended_run_makes_room_and_open_ones_never_do() -> None:
    now = [0.0]
    contents = UnstoredContents(uuid.uuid4(), clock=lambda: now[0])
    first, *others = (uuid.uuid4() for _ in range(200))
    for run_id in (first, *others):
        contents.keep_input(run_id, "x")

    with pytest.raises(StateConflictError):
        contents.keep_input(uuid.uuid4(), "x")
    contents.end(first)
    contents.keep_input(uuid.uuid4(), "x")

    assert not contents.has(first)
    contents.end(others[0])
    now[0] = 900.0
    contents.forget_old()
    assert (contents.has(others[0]), contents.has(others[1])) == (False, True)


def test_an_answer_of_the_api_that_shows_content_is_not_stored_for_repeats(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url))
    task = workshop.make_task(stores_content=False)
    workshop.assign(agent, task)
    body = {"agent_id": str(agent.id), "task_id": str(task.id), "input": INPUT, "wait": 20}

    with calling() as client:
        first = client.post("/runs", json=body, headers={"idempotency-key": "one"})
        again = client.post("/runs", json=body, headers={"idempotency-key": "one"})

    assert first.json()["input"] == again.json()["input"] == INPUT
    assert first.json()["id"] == again.json()["id"]
    assert CANARY not in read_everything(database)
