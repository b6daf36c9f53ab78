"""Whatever a provider does, the run ends with a stored outcome: a status, a reason and a sentence."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import pytest

from core.actors import LOCAL_USER
from core.runs.records import AttemptRecord, AttemptStatus, RunRecord, RunStatus
from core.services import Services
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.wire import RecordedRequest
from tests.integration.own_services import empty, make_settings, read_everything, running

CANARY_KEY = "sk-CANARY-7f3a-not-to-be-seen"
RETRIES = 1
COSTLY = "deep-answer"
"""Streams 200 kB in tiny pieces, so once is enough."""
HASTY_SECONDS = 1.5


@dataclass(frozen=True)
class Expected:
    reason: str
    words: str
    """What the message says."""
    attempts: int = 1
    requests: int = 1
    """How many HTTP requests reach the server, over all attempts."""


FAILURES = {
    "unauthorized": Expected("key_refused", "refused the key"),
    "not-found": Expected("model_not_found", "does not know the model “not-found”"),
    "rate-limited:0.1": Expected("rate_limited", "is limiting requests", requests=3),
    "rate-limited:90": Expected("rate_limited", "is limiting requests"),
    "server-error": Expected("provider_fault", "has a fault of its own (HTTP 500)", requests=3),
    "overloaded": Expected("provider_fault", "is overloaded or not ready (HTTP 529)", requests=3),
    "truncated": Expected("truncated", "cut off"),
    "prose": Expected("invalid_answer", "any of 2 attempts", attempts=2, requests=2),
    "invalid-json": Expected("invalid_answer", "any of 2 attempts", attempts=2, requests=2),
    "always-wrong": Expected("invalid_answer", "any of 2 attempts", attempts=2, requests=2),
    "empty": Expected("empty_answer", "gave no text in 2 attempts", attempts=2, requests=2),
    "answer:NaN": Expected("invalid_answer", "any of 2 attempts", attempts=2, requests=2),
    "answer:%5B%5D": Expected("invalid_answer", "any of 2 attempts", attempts=2, requests=2),
    "deep-answer": Expected("invalid_answer", "in the only attempt"),
    "html": Expected("unreadable_answer", "not a model's answer"),
    "deep-json": Expected("unreadable_answer", "not a model's answer"),
    "endless": Expected("unreadable_answer", "more than the 8 MiB"),
    "gzip-bomb": Expected("unreadable_answer", "compressed answer"),
    "refuse-response-format": Expected("request_refused", "'response_format.type' must be 'text'"),
    "redirect": Expected("request_refused", "redirects to another address, which is not followed"),
    "hang-up": Expected("provider_unreachable", "ended the connection", requests=3),
}
HASTY_FAILURES = {
    "hang": Expected("timeout", f"did not answer completely within {HASTY_SECONDS:g} s"),
    "drip": Expected("timeout", f"did not answer completely within {HASTY_SECONDS:g} s"),
    "slow:0.3": Expected("timeout", f"did not answer completely within {HASTY_SECONDS:g} s"),
}
PASSES = {
    "ok": Expected("", ""),
    "slow:0.01": Expected("", ""),
    "refuse-tools": Expected("", ""),
    "rate-limited-first:2:0.1": Expected("", "", requests=3),
    "server-error-first:1": Expected("", "", requests=2),
    "hang-up-first:1": Expected("", "", requests=2),
    "wrong-then-right": Expected("", "", attempts=2, requests=2),
}
UNREACHABLE = {
    "http://127.0.0.1:9/v1": Expected("provider_unreachable", "Nothing answers at 127.0.0.1:9", requests=0),
    "http://no-such-host.invalid/v1": Expected("provider_unreachable", "could not be found", requests=0),
}


@dataclass(frozen=True)
class Story:
    """A run that is over, with all that was stored and sent."""

    run: RunRecord
    attempts: list[AttemptRecord]
    requests: list[RecordedRequest]


@dataclass(frozen=True)
class Collection:
    stories: dict[str, Story]
    dump: str


def _tell(services: Services, *, model_name: str, base_url: str, server: FakeModelServer) -> Story:
    workshop = Workshop(services)
    provider = workshop.make_provider(base_url, name=f"At {base_url} for {model_name}", api_key=CANARY_KEY)
    retries = 0 if model_name == COSTLY else RETRIES
    agent = workshop.make_agent(provider, name=f"With {model_name}", model_name=model_name, retries=retries)
    task = workshop.make_task(name=f"For {model_name}")
    workshop.assign(agent, task)
    run = workshop.wait_for_end(workshop.start_run(agent, task).id, seconds=120)
    requests = [request for request in server.chat_requests if request.model_name == model_name]
    return Story(run, services.runs.list_attempts(LOCAL_USER, run.id), requests)


@pytest.fixture(scope="module")
def collection(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Every story, told at once so that their waits overlap."""
    empty(postgres_url)
    settings = make_settings(postgres_url, tmp_path_factory.mktemp("outcomes"))
    hasty = settings.model_copy(update={"request_timeout_seconds": HASTY_SECONDS})
    with (
        FakeModelServer() as server,
        running(settings) as patient_ones,
        running(hasty) as hasty_ones,
        ThreadPoolExecutor(8) as threads,
    ):
        # Loaded before the clock of the hasty ones runs.
        hasty_ones.background.submit(hasty_ones.executor.get_engine()).result()
        places = [(hasty_ones, mode, server.base_url) for mode in HASTY_FAILURES]
        places += [(patient_ones, mode, server.base_url) for mode in (*FAILURES, *PASSES)]
        places += [(patient_ones, url.replace("/", "_"), url) for url in UNREACHABLE]
        told = threads.map(lambda place: _tell(place[0], model_name=place[1], base_url=place[2], server=server), places)
        stories = {mode: story for (_, mode, _), story in zip(places, told, strict=True)}
        dump = read_everything(patient_ones.database)
    return Collection(stories, dump)


ALL_FAILURES = FAILURES | HASTY_FAILURES | {url.replace("/", "_"): found for url, found in UNREACHABLE.items()}


@pytest.mark.parametrize(("mode", "expected"), ALL_FAILURES.items(), ids=ALL_FAILURES)
def test_a_bad_provider_leads_to_a_failed_run_with_a_reason_and_a_sentence(
    collection: Collection, mode: str, expected: Expected
) -> None:
    story = collection.stories[mode]

    assert story.run.status is RunStatus.FAILED
    assert story.run.reason == expected.reason
    assert expected.words in story.run.message
    assert story.run.message.endswith((".", "?", "'"))
    assert story.run.hint.strip()
    assert story.run.result is None
    assert story.run.started_at is not None
    assert story.run.ended_at is not None


@pytest.mark.parametrize(("mode", "expected"), PASSES.items(), ids=PASSES)
def test_a_provider_that_recovers_leads_to_a_passed_run(collection: Collection, mode: str, expected: Expected) -> None:
    story = collection.stories[mode]

    assert (story.run.status, story.run.reason, story.run.message) == (RunStatus.PASSED, "", "")
    assert story.run.result is not None
    assert story.run.result["category"] == "billing"
    assert [attempt.status for attempt in story.attempts][-1] is AttemptStatus.PASSED


@pytest.mark.parametrize(("mode", "expected"), (ALL_FAILURES | PASSES).items(), ids=ALL_FAILURES | PASSES)
def test_every_attempt_and_every_request_is_on_record(collection: Collection, mode: str, expected: Expected) -> None:
    story = collection.stories[mode]
    exchanges = [exchange for attempt in story.attempts for exchange in attempt.exchanges]

    assert story.run.attempt_count == len(story.attempts) == expected.attempts
    assert len(story.requests) == expected.requests
    assert len(exchanges) == (expected.requests or len(exchanges))
    assert all(attempt.ended_at and attempt.status is not AttemptStatus.RUNNING for attempt in story.attempts)
    sent = [request.body for request in story.requests]
    assert all(attempt.request in sent for attempt in story.attempts if sent)
    assert story.run.input_tokens == sum(attempt.input_tokens for attempt in story.attempts)
    assert story.run.output_tokens == sum(attempt.output_tokens for attempt in story.attempts)


def test_an_attempt_holds_the_prompt_the_schema_and_the_raw_answer(collection: Collection) -> None:
    (attempt,) = collection.stories["ok"].attempts

    assert attempt.request is not None
    assert attempt.request["messages"] == [
        {"role": "system", "content": "Sort the ticket."},
        {"role": "user", "content": "The invoice is wrong."},
    ]
    assert attempt.request["response_format"]["json_schema"]["schema"] == TRIAGE_SCHEMA
    assert attempt.raw_answer.startswith('{"category": "billing"')
    assert attempt.input_tokens > 0
    assert attempt.output_tokens > 0
    assert attempt.first_token_at is not None
    assert attempt.exchanges[0]["status"] == 200


def test_a_refused_answer_goes_back_with_its_errors_and_both_attempts_are_kept(collection: Collection) -> None:
    first, second = collection.stories["wrong-then-right"].attempts

    assert [error["place"] for error in first.errors] == ["/category", "/category"]
    assert "must be one of: billing, bug" in [error["message"] for error in first.errors]
    assert second.errors == ()
    assert second.request is not None
    assert "must be one of" in str(second.request["messages"][-1])


def test_the_last_refused_answer_has_its_errors_too(collection: Collection) -> None:
    attempts = collection.stories["always-wrong"].attempts

    assert len(attempts) == RETRIES + 1
    assert all(error["place"] == "/category" for attempt in attempts for error in attempt.errors)
    assert all(attempt.errors for attempt in attempts)


def test_what_had_come_when_the_time_was_up_is_kept(collection: Collection) -> None:
    (attempt,) = collection.stories["slow:0.3"].attempts

    assert attempt.raw_answer
    assert '{"category": "billing"'.startswith(attempt.raw_answer[:20])
    assert attempt.status is AttemptStatus.FAILED


def test_a_truncated_answer_is_kept_as_far_as_it_came(collection: Collection) -> None:
    (attempt,) = collection.stories["truncated"].attempts

    assert attempt.finish_reason == "length"
    assert attempt.raw_answer.startswith('{"category"')
    assert attempt.errors[0]["message"] == "The answer was cut off."


def test_the_wait_a_server_asks_for_is_kept_and_recorded(collection: Collection) -> None:
    (attempt,) = collection.stories["rate-limited-first:2:0.1"].attempts
    arrivals = [request.arrived_at for request in collection.stories["rate-limited-first:2:0.1"].requests]

    assert [exchange["waited_seconds"] for exchange in attempt.exchanges] == [0.1, 0.1, None]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(arrivals))


def test_a_long_wait_is_left_to_the_user(collection: Collection) -> None:
    assert "wait 90 s" in collection.stories["rate-limited:90"].run.hint


def test_no_key_and_no_traceback_is_stored_anywhere(collection: Collection) -> None:
    assert "Traceback" not in collection.dump
    assert CANARY_KEY not in collection.dump
    assert "At http" in collection.dump


def test_the_key_was_really_sent(collection: Collection) -> None:
    assert {request.key for request in collection.stories["ok"].requests} == {CANARY_KEY}
