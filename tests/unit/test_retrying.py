"""Requests are tried again when, and only when, that can help; and every attempt is recorded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from core.providers.exchanges import Exchange, record_exchanges
from core.providers.outbound_errors import ConnectionRefused, DestinationRefused
from core.providers.retrying import NO_RETRIES, RetryPolicy, read_retry_after
from core.providers.transport import OutboundPolicy, build_client
from tests.fake_model_server import FakeModelServer

pytestmark = pytest.mark.anyio

SECRET = "sk-canary-secret"
ABSURD = [
    ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ("Mon, 01 Jan 9999 00:00:00 GMT", None),
    ("Mon, 01 Jan 2035 00:00:00 +99999999999999999999", None),
    ("9" * 20, None),
    ("9" * 400, None),
]


class Naps:
    """A sleep that only notes for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Outcome:
    """What a call ended with and what was recorded of it."""

    def __init__(self, exchanges: list[Exchange], response: httpx2.Response | None, error: Exception | None) -> None:
        self.exchanges = exchanges
        self.response = response
        self.error = error


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as running:
        yield running


async def ask(
    server: FakeModelServer,
    model: str,
    *,
    retry: RetryPolicy | None = None,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    allow_private: bool = True,
    deadline_seconds: float = 20,
) -> Outcome:
    """Send one chat request."""
    policy = OutboundPolicy(allow_private=allow_private, deadline_seconds=deadline_seconds)
    async with build_client(policy=policy, retry=retry, base_url=server.base_url, sleep=sleep or Naps()) as client:
        with record_exchanges() as exchanges:
            try:
                response = await client.post(
                    "/chat/completions?key=sk-in-query",
                    json={"model": model, "messages": []},
                    headers={"Authorization": f"Bearer {SECRET}"},
                )
            except httpx2.TransportError as error:
                return Outcome(exchanges, None, error)
            return Outcome(exchanges, response, None)


async def test_retry_after_is_honoured_and_recorded(server: FakeModelServer) -> None:
    naps = Naps()

    outcome = await ask(server, "rate-limited-first:2:7", sleep=naps)

    assert outcome.response is not None
    assert outcome.response.status_code == 200
    assert naps.seconds == [7.0, 7.0]
    assert [(one.status, one.retry_wait_seconds) for one in outcome.exchanges] == [(429, 7.0), (429, 7.0), (200, None)]
    assert len(server.chat_requests) == 3


async def test_last_answer_is_returned_when_attempts_run_out(server: FakeModelServer) -> None:
    naps = Naps()

    outcome = await ask(server, "rate-limited:1", retry=RetryPolicy(max_attempts=2), sleep=naps)

    assert outcome.response is not None
    assert outcome.response.status_code == 429
    assert outcome.response.headers["retry-after"] == "1"
    assert outcome.response.json()["error"]["code"] == "rate_limit_exceeded"
    assert naps.seconds == [1.0]


async def test_longer_retry_after_than_allowed_is_left_to_the_caller(server: FakeModelServer) -> None:
    naps = Naps()

    too_long = await ask(server, "rate-limited:21", sleep=naps)
    past_deadline = await ask(server, "rate-limited:5", sleep=naps, deadline_seconds=3)

    assert too_long.response is not None
    assert past_deadline.response is not None
    assert too_long.response.status_code == past_deadline.response.status_code == 429
    assert naps.seconds == []
    assert len(server.chat_requests) == 2


async def test_waits_without_retry_after_are_random_and_growing(server: FakeModelServer) -> None:
    naps = Naps()

    outcome = await ask(server, "server-error-first:3", retry=RetryPolicy(max_attempts=4), sleep=naps)

    assert outcome.response is not None
    assert outcome.response.status_code == 200
    assert len(naps.seconds) == 3
    assert all(0 <= wait <= longest for wait, longest in zip(naps.seconds, (0.5, 1.0, 2.0), strict=True))
    assert len(set(naps.seconds)) == 3


@pytest.mark.parametrize("model", ["unauthorized", "not-found", "redirect", "always-wrong", "html"])
async def test_answers_that_will_not_change_are_not_asked_again(server: FakeModelServer, model: str) -> None:
    outcome = await ask(server, model)

    assert outcome.response is not None
    assert len(server.chat_requests) == 1


async def test_cut_connection_is_tried_again(server: FakeModelServer) -> None:
    outcome = await ask(server, "hang-up-first:1")

    assert outcome.response is not None
    assert [one.status for one in outcome.exchanges] == [None, 200]
    assert outcome.exchanges[0].error == "ConnectionLost"


async def test_closed_port_is_tried_again_until_attempts_run_out() -> None:
    stopped = FakeModelServer().start()
    stopped.stop()
    naps = Naps()

    outcome = await ask(stopped, "ok", sleep=naps)

    assert isinstance(outcome.error, ConnectionRefused)
    assert len(naps.seconds) == 2
    assert [one.error for one in outcome.exchanges] == ["ConnectionRefused"] * 3
    assert outcome.exchanges[0].error_sentence == outcome.error.sentence


async def test_refused_destination_and_spent_time_are_not_tried_again(server: FakeModelServer) -> None:
    naps = Naps()

    refused = await ask(server, "ok", allow_private=False, sleep=naps)
    late = await ask(server, "hang", deadline_seconds=0.2, sleep=naps)

    assert isinstance(refused.error, DestinationRefused)
    assert [one.error for one in late.exchanges] == ["DeadlineExceeded"]
    assert naps.seconds == []


async def test_body_that_cannot_be_sent_twice_is_sent_once(server: FakeModelServer) -> None:
    async def generate() -> AsyncIterator[bytes]:
        yield b'{"model": "server-error"}'

    async with build_client(policy=OutboundPolicy(allow_private=True), sleep=Naps()) as client:
        response = await client.post(f"{server.base_url}/chat/completions", content=generate())

    assert response.status_code in (404, 500)
    assert len(server.requests) == 1


async def test_record_tells_what_was_sent_but_no_secret(server: FakeModelServer) -> None:
    (exchange,) = (await ask(server, "unauthorized", retry=NO_RETRIES)).exchanges

    assert exchange.method == "POST"
    assert exchange.url == f"{server.base_url}/chat/completions"
    assert exchange.request_body == {"model": "unauthorized", "messages": []}
    assert exchange.status == 401
    assert "Incorrect API key provided: •••" in (exchange.error_body or "")
    assert SECRET not in repr(exchange)
    assert "sk-in-query" not in repr(exchange)
    assert exchange.first_byte_seconds is not None
    assert exchange.duration_seconds is not None
    assert 0 < exchange.first_byte_seconds <= exchange.duration_seconds
    assert exchange.started_at.tzinfo is UTC


async def test_good_answers_are_counted_not_kept(server: FakeModelServer) -> None:
    outcome = await ask(server, "ok")

    assert outcome.response is not None
    assert outcome.exchanges[0].error_body is None
    assert outcome.exchanges[0].response_bytes == len(outcome.response.content)


async def test_cancelled_call_is_recorded(server: FakeModelServer) -> None:
    async with build_client(policy=OutboundPolicy(allow_private=True)) as client:
        with record_exchanges() as exchanges:
            call = asyncio.create_task(client.post(f"{server.base_url}/chat/completions", json={"model": "hang"}))
            await asyncio.to_thread(server.wait_until, bool)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    assert [one.error for one in exchanges] == ["CancelledError"]
    await asyncio.to_thread(server.wait_until, lambda requests: requests[0].is_disconnected)


async def test_records_of_concurrent_tasks_do_not_mix(server: FakeModelServer) -> None:
    outcomes = await asyncio.gather(*(ask(server, f"answer:{number}") for number in range(20)))

    for number, outcome in enumerate(outcomes):
        assert [one.request_body for one in outcome.exchanges] == [{"model": f"answer:{number}", "messages": []}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7.0), (" 0 ", 0.0), ("1.5", 1.5), ("soon", None), ("", None), ("-3", None), ("\u0662", None), *ABSURD],
)
def test_retry_after_is_read(value: str, expected: float | None) -> None:
    assert read_retry_after(httpx2.Headers([(b"Retry-After", value.encode())])) == expected


def test_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)

    assert 25 < (read_retry_after(httpx2.Headers({"Retry-After": soon})) or 0) <= 30
    assert read_retry_after(httpx2.Headers({"Retry-After": past})) == 0.0
