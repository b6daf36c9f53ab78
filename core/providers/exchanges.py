"""Record what really went over the wire, one record for each HTTP attempt."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import httpx2
from pydantic import JsonValue

from core.providers.outbound_errors import OutboundError
from core.redaction import cut_redacted, redact

EXCHANGE_EXTENSION = "benchtop.exchange"
"""Where a request carries the record of its latest attempt."""

LIMIT_WAIT_EXTENSION = "benchtop.limit_wait"
"""Where a request carries for how many seconds it waited for its provider's limits, before it was sent this time."""
SIGNING_EXTENSION = "benchtop.signing"
"""Where a request carries a function that signs it anew if its signature has grown old, as it does while it waits."""

_KEPT_ERROR_CHARACTERS = 2_048
_SECRET_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token")

_exchanges: ContextVar[list["Exchange"] | None] = ContextVar("exchanges", default=None)
_hear_wait: ContextVar["HearWait | None"] = ContextVar("hear_wait", default=None)


@dataclass(slots=True)
class Exchange:
    """One HTTP attempt. Filled in while it goes on; whole when `duration_seconds` is set. Holds no headers."""

    method: str
    url: str
    """Without user, query and fragment, which may hold keys."""
    request_body: JsonValue
    """None when there was none or it was not JSON."""
    started_at: datetime
    status: int | None = None
    """None when no response came."""
    error: str | None = None
    """The class of the exception that ended it."""
    error_sentence: str | None = None
    first_byte_seconds: float | None = None
    """From the start to the first byte of the response's body."""
    duration_seconds: float | None = None
    """From the start to the end of the body, or to the failure."""
    response_bytes: int = 0
    error_body: str | None = None
    """The start of the body when the status is 400 or more, the request's own key blotted out."""
    retry_wait_seconds: float | None = None
    """How long was waited before the next attempt; None when this was the last."""
    limit_wait_seconds: float | None = None
    """How long was waited before it for the limits of its provider; None when it has none."""
    correct_tokens: Callable[[int], None] | None = None
    """Takes the tokens that were really used, in and out; None when they count towards no limit."""


class RetryWait(NamedTuple):
    """A wait before a request is sent again."""

    seconds: float
    status: int | None
    """Of the answer that was no good; None when none came."""
    next_try: int
    max_tries: int


class LimitName(StrEnum):
    """What a provider's limits bound."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    CONCURRENCY = "concurrency"


class LimitWait(NamedTuple):
    """A wait for a limit of the provider, before a request is sent."""

    limit: LimitName
    amount: int
    """What the limit allows, in a minute or at once."""
    seconds: float | None
    """About how long it still takes; None is unknown."""
    is_too_large: bool = False
    """Whether the request may use more tokens than are allowed in a minute, so that it goes out alone."""


class LimitPassed(NamedTuple):
    """A wait for a limit that was told is over."""

    seconds: float
    """How long it took."""


Wait = RetryWait | LimitWait | LimitPassed
HearWait = Callable[[Wait], None]


@contextlib.contextmanager
def hear_waits(hear: HearWait) -> Iterator[None]:
    """Have a function called as each wait of this task, and of the tasks it starts, begins.

    That a wait for a limit is over is told too.
    """
    token = _hear_wait.set(hear)
    try:
        yield
    finally:
        _hear_wait.reset(token)


def find_hearer() -> HearWait | None:
    """Return who hears the waits of this task, for one who has to tell them from outside of it."""
    return _hear_wait.get()


def tell_wait(wait: Wait) -> None:
    """Tell whoever hears the waits of this task."""
    hear = _hear_wait.get()
    if hear is not None:
        hear(wait)


@contextlib.contextmanager
def record_exchanges() -> Iterator[list[Exchange]]:
    """Collect the exchanges of this task, and of the tasks it starts, while the block lasts."""
    exchanges: list[Exchange] = []
    token = _exchanges.set(exchanges)
    try:
        yield exchanges
    finally:
        _exchanges.reset(token)


class RecordingTransport(httpx2.AsyncBaseTransport):
    """Records each request that passes, when somebody in its task records; else costs nothing."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass the request on and keep its record in `request.extensions`."""
        exchanges = _exchanges.get()
        if exchanges is None:
            return await self._inner.handle_async_request(request)
        watch = _Watch(request)
        exchanges.append(watch.exchange)
        request.extensions[EXCHANGE_EXTENSION] = watch.exchange
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            watch.fail(error)
            raise
        watch.exchange.status = response.status_code
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _RecordedStream(response.stream, watch)
        return response

    async def aclose(self) -> None:
        """Close the transport inside."""
        await self._inner.aclose()


class _Watch:
    """Times one exchange and keeps the start of an error's body."""

    def __init__(self, request: httpx2.Request) -> None:
        self.exchange = Exchange(
            method=request.method,
            url=str(request.url.copy_with(userinfo=b"", query=None, fragment=None)),
            request_body=_read_json(request),
            started_at=datetime.now(UTC),
            limit_wait_seconds=request.extensions.get(LIMIT_WAIT_EXTENSION),
        )
        self._started = time.perf_counter()
        self._kept = bytearray()
        values = [request.headers.get(name, "") for name in _SECRET_HEADERS]
        self._secrets = [value.removeprefix("Bearer ") for value in values if len(value) >= 8]

    def take(self, chunk: bytes) -> None:
        exchange = self.exchange
        if exchange.first_byte_seconds is None:
            exchange.first_byte_seconds = time.perf_counter() - self._started
        exchange.response_bytes += len(chunk)
        if (exchange.status or 0) >= 400 and len(self._kept) < 2 * _KEPT_ERROR_CHARACTERS:
            self._kept += chunk[: 2 * _KEPT_ERROR_CHARACTERS]

    def fail(self, error: BaseException) -> None:
        self.exchange.error = type(error).__name__
        if isinstance(error, OutboundError):
            self.exchange.error_sentence = error.sentence
        self.end()

    def end(self) -> None:
        if self.exchange.duration_seconds is not None:
            return
        self.exchange.duration_seconds = time.perf_counter() - self._started
        if self._kept:
            text = self._kept.decode("utf-8", "replace")
            for secret in self._secrets:
                text = text.replace(secret, "•••")
            # NUL cannot be stored as text.
            is_cut = self.exchange.response_bytes > len(self._kept)
            kept = (cut_redacted(text) if is_cut else redact(text))[:_KEPT_ERROR_CHARACTERS]
            self.exchange.error_body = kept.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _read_json(request: httpx2.Request) -> JsonValue:
    try:
        content = request.content
        return json.loads(content) if content else None
    except (httpx2.RequestNotRead, ValueError, RecursionError):
        return None


class _RecordedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, watch: _Watch) -> None:
        self._inner = inner
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                self._watch.take(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            self._watch.fail(error)
            raise
        self._watch.end()

    async def aclose(self) -> None:
        self._watch.end()
        await self._inner.aclose()
