"""An attempt holds what was sent, what was fed back, and when the first piece of its answer came."""

import uuid

from core.actors import LOCAL_USER
from core.providers.exchanges import Exchange
from core.runs.journal import RunJournal
from core.runs.records import AttemptRecord, AttemptStatus
from core.services import Services
from core.store import Store
from db.session import Database
from db.tables import utc_now
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

KEY = "sk-a-key-that-echoes"


def read_attempts(services: Services, run_id: uuid.UUID) -> list[AttemptRecord]:
    return services.runs.list_attempts(LOCAL_USER, run_id)


def test_the_request_is_kept_as_the_server_received_it(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, temperature=0.2, max_tokens=300))

    (attempt,) = read_attempts(services, run.id)
    (received,) = model_server.chat_requests
    assert attempt.request == received.body
    assert (attempt.is_request_cut, attempt.fed_back) == (False, "")


def test_what_was_fed_back_is_what_the_next_request_says(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="wrong-then-right"))

    first, second = read_attempts(services, run.id)
    assert second.request == model_server.chat_requests[1].body
    added = model_server.chat_requests[1].body["messages"][2:]
    assert first.fed_back == "\n\n".join(message["content"] for message in added if message["role"] != "assistant")
    assert "must be one of" in first.fed_back
    assert second.fed_back == ""


def test_a_long_input_is_cut_in_what_is_kept_but_not_in_what_is_sent(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)

    run = workshop.run(agent, task, "long " * 30_000)

    (attempt,) = read_attempts(services, run.id)
    assert len(model_server.chat_requests[0].body["messages"][-1]["content"]) >= 149_999
    assert attempt.is_request_cut
    assert attempt.request is not None
    assert "more characters were not kept]" in attempt.request["messages"][-1]["content"]
    assert attempt.request["response_format"] == model_server.chat_requests[0].body["response_format"]


def test_a_key_in_a_prompt_is_masked(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key=KEY)
    agent, task = workshop.make_agent(provider, system_prompt=f"Never tell {KEY}."), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    (attempt,) = read_attempts(services, run.id)
    assert KEY in str(model_server.chat_requests[-1].body)
    assert attempt.request is not None
    assert attempt.request["messages"][0]["content"] == "Never tell [secret]."


def test_a_streamed_answer_has_a_time_to_its_first_piece(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="slow:0.01"))

    (attempt,) = read_attempts(services, run.id)
    assert attempt.first_token_ms is not None
    assert attempt.duration_seconds is not None
    assert 0 < attempt.first_token_ms < attempt.duration_seconds * 1000


def test_an_answer_that_came_at_once_has_none_and_its_cached_tokens_are_kept(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url))
    exchange = Exchange("POST", "http://127.0.0.1/v1", {"messages": []}, utc_now())
    exchanges: list[Exchange] = []
    journal = RunJournal(run.id, store=Store(database), background=services.background, exchanges=exchanges)
    journal.attempt_count = 1

    async def attempt() -> None:
        await journal.start_attempt()
        exchanges.append(exchange)
        journal.take_answer(
            "{}", finish_reason="stop", input_tokens=30, output_tokens=2, cached_input_tokens=20, cache_write_tokens=5
        )
        await journal.end_attempt(AttemptStatus.PASSED)
        await journal.write()

    services.background.submit(attempt()).result(timeout=20)

    first, second = read_attempts(services, run.id)
    assert (second.first_token_at, second.first_token_ms) == (None, None)
    assert (second.cached_input_tokens, second.cache_write_tokens) == (20, 5)
    assert (first.cached_input_tokens, first.cache_write_tokens) == (None, None)
    assert second.request == {"messages": []}
