"""What a model plainly meant costs no retry: its answer is mended, each mend is listed, and the task may forbid it."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from core.actors import LOCAL_USER
from core.runs.records import AttemptRecord, RunRecord, RunStatus
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import read_everything

ORDER: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "qty": {"type": "integer"},
        "is_urgent": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 1000},
    },
    "required": ["qty", "is_urgent", "tags"],
    "additionalProperties": False,
}
MEANT = {"qty": 1, "is_urgent": True, "tags": ["example"]}
TOLD: dict[str, list[tuple[str, ...]]] = {
    "as-text": [("/qty", "number", "“1”", "1"), ("/is_urgent", "boolean", "“true”", "true")],
    "lone-item": [("/tags", "list", "“example”", '["example"]')],
    "fenced": [("", "code_fence")],
    "among-prose": [("", "prose")],
}


class Desk:
    """Runs an agent of the fake server's on the task of an order."""

    def __init__(self, workshop: Workshop, server: FakeModelServer) -> None:
        self._workshop, self._server = workshop, server

    def run(self, mode: str, *, mends_answers: bool = True, api_key: str | None = None) -> RunRecord:
        self._server.set_mode(mode, path="/v1/chat/completions")
        provider = self._workshop.make_provider(self._server.base_url, api_key=api_key)
        agent = self._workshop.make_agent(provider, retries=1)
        task = self._workshop.make_task(ORDER, mends_answers=mends_answers)
        self._workshop.assign(agent, task)
        return self._workshop.run(agent, task)

    def attempts(self, run: RunRecord) -> list[AttemptRecord]:
        return self._workshop.services.runs.list_attempts(LOCAL_USER, run.id)


@pytest.fixture
def desk(workshop: Workshop, model_server: FakeModelServer) -> Desk:
    """Runs an agent of the fake server's on the task of an order."""
    return Desk(workshop, model_server)


def answering(text: str) -> str:
    return f"answer:{quote_plus(text)}"


def told(attempt: AttemptRecord) -> list[tuple[str, str]]:
    return [(mend.place, mend.rule.value) for mend in attempt.mends]


@pytest.mark.parametrize("mode", TOLD)
def test_a_clumsy_answer_passes_at_the_first_attempt_and_its_mends_are_kept(
    desk: Desk, model_server: FakeModelServer, mode: str
) -> None:
    run = desk.run(mode)

    (attempt,) = desk.attempts(run)
    assert (run.status, run.attempt_count, len(model_server.chat_requests)) == (RunStatus.PASSED, 1, 1)
    assert run.result == MEANT
    mends = [(mend.place, mend.rule.value, mend.before, mend.after) for mend in attempt.mends]
    assert [mend[: len(known)] for mend, known in zip(mends, TOLD[mode], strict=True)] == TOLD[mode]
    assert attempt.errors == ()


@pytest.mark.parametrize("mode", TOLD)
def test_the_same_answer_costs_a_retry_when_the_task_has_nothing_mended(
    desk: Desk, model_server: FakeModelServer, mode: str
) -> None:
    run = desk.run(f"{mode}:1", mends_answers=False)

    first, second = desk.attempts(run)
    assert (run.status, run.attempt_count, len(model_server.chat_requests)) == (RunStatus.PASSED, 2, 2)
    assert run.result == MEANT
    assert first.errors
    assert (first.mends, second.mends) == ((), ())


def test_the_raw_answer_stays_as_it_came(desk: Desk, model_server: FakeModelServer) -> None:
    run = desk.run("among-prose")

    (attempt,) = desk.attempts(run)
    assert attempt.raw_answer == f"Here you are:\n\n{json.dumps(MEANT)}\n\nDo you need anything else?"
    assert model_server.chat_requests[0].body["stream"] is True


def test_an_answer_that_fits_has_no_mends(desk: Desk) -> None:
    (attempt,) = desk.attempts(desk.run("ok"))

    assert attempt.mends == ()


def test_what_is_still_wrong_after_mends_goes_back_and_both_are_listed(
    desk: Desk, model_server: FakeModelServer
) -> None:
    run = desk.run(answering('{"qty": "41", "is_urgent": "perhaps", "tags": []}'))

    attempts = desk.attempts(run)
    assert run.status is RunStatus.FAILED
    assert [told(attempt) for attempt in attempts] == [[("/qty", "number")]] * 2
    assert [[error["place"] for error in attempt.errors] for attempt in attempts] == [["/is_urgent"]] * 2
    assert attempts[0].raw_answer.startswith('{"qty": "41"')
    sent_back = json.dumps(model_server.chat_requests[1].body["messages"][-1])
    assert "is_urgent" in sent_back
    assert "qty" not in sent_back


@pytest.mark.parametrize("empty", ["[]", '""', "{}", "0", "false"])
def test_a_fenced_nothing_is_not_taken_for_an_answer(desk: Desk, empty: str) -> None:
    run = desk.run(answering(f"```json\n{empty}\n```"))

    assert run.status is RunStatus.FAILED
    assert all(attempt.errors for attempt in desk.attempts(run))


def test_of_two_fitting_answers_none_is_chosen_in_silence(desk: Desk) -> None:
    fences = "".join(f"```json\n{json.dumps(MEANT | {'qty': qty})}\n```\n" for qty in (1, 2))

    run = desk.run(answering(f"Either\n{fences}"))

    first, _ = desk.attempts(run)
    assert run.status is RunStatus.FAILED
    assert first.mends == ()
    assert "one answer only" in first.errors[0]["message"]


def test_a_large_answer_is_mended_too(desk: Desk) -> None:
    tags = ["x" * 100] * 900

    run = desk.run(answering(json.dumps({"qty": "41", "is_urgent": False, "tags": tags})))

    (attempt,) = desk.attempts(run)
    assert told(attempt) == [("/qty", "number")]
    assert run.result == {"qty": 41, "is_urgent": False, "tags": tags}


@pytest.mark.parametrize("mode", ["{prose}{answer}", "{answer}"])
@pytest.mark.parametrize("margin", [0, 185])
def test_mends_hold_no_secret_nor_the_beginning_of_one(desk: Desk, database: Database, mode: str, margin: int) -> None:
    secret = "sk-CANARY-7f3a-not-to-be-seen"
    answer = MEANT | {"tags": "y" * margin + secret}

    run = desk.run(answering(mode.format(prose="x" * margin + secret, answer=json.dumps(answer))), api_key=secret)

    (attempt,) = desk.attempts(run)
    stored = read_everything(database)
    assert ("/tags", "list") in told(attempt)
    assert run.status is RunStatus.PASSED
    assert secret[:6] not in stored
    assert "[secret]" in attempt.raw_answer
