"""Which answers and failures are worth another attempt, as a table."""

import httpx2
import pytest

from core.providers.outbound_errors import (
    BodyTooLarge,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimedOut,
    DeadlineExceeded,
    DestinationRefused,
    HostUnreachable,
    LimitsUnknown,
    NameNotResolved,
    OutboundError,
    RequestNotSendable,
    TlsFailed,
    UnsupportedEncoding,
)
from core.providers.retrying import DEADLINE_EXTENSION, RetryingTransport, RetryPolicy

pytestmark = pytest.mark.anyio

RETRIED = {408, 409, 425, 429, 500, 502, 503, 504, 529}
# Not worth it among the 5xx: what the server does not know or does not want to do at all.
STATUSES = [200, 204, 301, 302, 307, *range(400, 452), 500, 501, 502, 503, 504, 505, 511, 529]
WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


class Scripted(httpx2.AsyncBaseTransport):
    """Does the same with every request."""

    def __init__(self, outcome: int | OutboundError, *, headers: dict[str, str] | None = None, wait: float = 0) -> None:
        self.outcome = outcome
        self.headers = headers or {}
        self.wait = wait
        self.count = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.count += 1
        # As if a limit had been waited for.
        request.extensions[DEADLINE_EXTENSION] += self.wait
        if isinstance(self.outcome, OutboundError):
            raise self.outcome
        return httpx2.Response(self.outcome, headers=self.headers, stream=httpx2.ByteStream(b"{}"))


async def send(
    inner: Scripted, *, max_attempts: int = 3, deadline_seconds: float = 60, jitter: float = 1.0
) -> list[float]:
    """Send a request; return the waits before it was sent again."""
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    transport = RetryingTransport(
        inner,
        policy=RetryPolicy(max_attempts=max_attempts),
        deadline_seconds=deadline_seconds,
        sleep=note,
        jitter=lambda longest: longest * jitter,
    )
    try:
        await transport.handle_async_request(httpx2.Request("POST", "http://127.0.0.1:9/v1", json={}))
    except OutboundError:
        assert isinstance(inner.outcome, OutboundError)
    return waits


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("status", STATUSES)
async def test_only_answers_that_may_change_are_asked_for_again(status: int) -> None:
    inner = Scripted(status)

    await send(inner)

    assert inner.count == (3 if status in RETRIED else 1)


@pytest.mark.parametrize("status", sorted(set(range(400, 500)) - RETRIED))
async def test_no_other_refusal_is_ever_asked_for_again_whatever_it_promises(status: int) -> None:
    inner = Scripted(status, headers={"Retry-After": "0"})

    assert await send(inner) == []
    assert inner.count == 1


@pytest.mark.parametrize(
    ("failure", "is_retried"),
    [
        (ConnectionRefused, True),
        (ConnectionLost, True),
        (ConnectTimedOut, True),
        (HostUnreachable, True),
        (NameNotResolved, False),
        (TlsFailed, False),
        (RequestNotSendable, False),
        (DeadlineExceeded, False),
        (BodyTooLarge, False),
        (UnsupportedEncoding, False),
        (LimitsUnknown, False),
        (DestinationRefused, False),
    ],
)
async def test_only_a_connection_that_may_come_about_is_tried_again(
    failure: type[OutboundError], is_retried: bool
) -> None:
    inner = Scripted(failure("It failed."))

    await send(inner)

    assert inner.count == (3 if is_retried else 1)


async def test_the_longest_waits_double_up_to_a_bound() -> None:
    assert await send(Scripted(503), max_attempts=7) == list(WAITS)


async def test_the_jitter_is_full_from_nothing_on() -> None:
    assert await send(Scripted(503), max_attempts=7, jitter=0.0) == [0.0] * 6


async def test_what_the_server_asks_for_goes_before_the_jitter() -> None:
    assert await send(Scripted(429, headers={"Retry-After": "7"})) == [7.0, 7.0]


@pytest.mark.parametrize(("asked", "waits"), [("20", [20.0, 20.0]), ("21", []), ("nonsense", [0.5, 1.0])])
async def test_a_server_may_ask_for_twenty_seconds_and_no_more(asked: str, waits: list[float]) -> None:
    assert await send(Scripted(429, headers={"Retry-After": asked})) == waits


async def test_no_wait_goes_beyond_the_deadline() -> None:
    assert await send(Scripted(429, headers={"Retry-After": "7"}), deadline_seconds=6) == []


async def test_waiting_for_a_limit_moves_the_deadline_of_the_retries_too() -> None:
    assert await send(Scripted(429, headers={"Retry-After": "7"}, wait=10), deadline_seconds=6) == [7.0, 7.0]
