"""The one place where an HTTP request is tried again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
from pydantic import BaseModel, ConfigDict, Field

from core.providers.exchanges import EXCHANGE_EXTENSION, Exchange, RetryWait, tell_wait
from core.providers.outbound_errors import OutboundError

DEADLINE_EXTENSION = "benchtop.deadline"
"""Where a request carries the loop time by which everything, retries included, has to be over.

Waiting for a limit of the provider moves it."""

# A server that asks for more than a year means nothing by it.
_LONGEST_MEANT_SECONDS = 366 * 24 * 3600.0
_DRAINED_BYTES = 65_536
_DRAIN_SECONDS = 2.0

Sleep = Callable[[float], Awaitable[None]]
Jitter = Callable[[float], float]


class RetryPolicy(BaseModel):
    """When to try again, and after how long."""

    model_config = ConfigDict(frozen=True)

    max_attempts: int = Field(default=3, ge=1)
    """Includes the first; 1 never tries again."""
    statuses: frozenset[int] = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
    max_retry_after_seconds: float = 20.0
    """When the server asks for more, its answer is given to the caller at once instead of calling early."""
    base_wait_seconds: float = 0.5
    """Without a Retry-After the wait is random between 0 and this, doubled with each attempt."""
    max_wait_seconds: float = 8.0


NO_RETRIES = RetryPolicy(max_attempts=1)


class RetryingTransport(httpx2.AsyncBaseTransport):
    """Sends a request again while the policy and the deadline allow it."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        policy: RetryPolicy,
        deadline_seconds: float,
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter | None = None,
    ) -> None:
        """`jitter` picks a wait between 0 and its argument; None picks at random."""
        self._inner = inner
        self._policy = policy
        self._deadline_seconds = deadline_seconds
        self._sleep = sleep
        self._jitter = jitter or _pick_wait

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the first answer not worth another attempt, or the last one. Raises as the last attempt did."""
        request.extensions[DEADLINE_EXTENSION] = asyncio.get_running_loop().time() + self._deadline_seconds
        can_repeat = isinstance(request.stream, httpx2.ByteStream)
        for attempt in range(1, self._policy.max_attempts + 1):
            is_last = attempt == self._policy.max_attempts or not can_repeat
            try:
                response = await self._inner.handle_async_request(request)
            except httpx2.TransportError as error:
                wait = self._find_wait_after_error(error, attempt, request.extensions[DEADLINE_EXTENSION])
                if is_last or wait is None:
                    raise
            else:
                wait = self._find_wait_after_response(response, attempt, request.extensions[DEADLINE_EXTENSION])
                if is_last or wait is None:
                    return response
                await _drain(response)
            status = _note_wait(request, wait)
            tell_wait(RetryWait(wait, status, next_try=attempt + 1, max_tries=self._policy.max_attempts))
            await self._sleep(wait)
        raise AssertionError("The last attempt returns or raises.")

    async def aclose(self) -> None:
        """Close the transport inside."""
        await self._inner.aclose()

    def _find_wait_after_error(self, error: httpx2.TransportError, attempt: int, deadline: float) -> float | None:
        # A spent deadline is not worth it, nor is a refused address.
        is_worth_it = isinstance(error, OutboundError) and error.is_worth_retrying
        return self._fit(self._back_off(attempt), deadline) if is_worth_it else None

    def _find_wait_after_response(self, response: httpx2.Response, attempt: int, deadline: float) -> float | None:
        if response.status_code not in self._policy.statuses:
            return None
        asked = read_retry_after(response.headers)
        if asked is None:
            return self._fit(self._back_off(attempt), deadline)
        return self._fit(asked, deadline) if asked <= self._policy.max_retry_after_seconds else None

    def _back_off(self, attempt: int) -> float:
        policy = self._policy
        return self._jitter(min(policy.max_wait_seconds, policy.base_wait_seconds * 2 ** (attempt - 1)))

    def _fit(self, wait: float, deadline: float) -> float | None:
        return wait if asyncio.get_running_loop().time() + wait < deadline else None


def read_retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds a Retry-After header asks for (a date is counted from now); None without a usable one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.replace(".", "", 1).isdigit():
        seconds = float(value)
    else:
        try:
            moment = parsedate_to_datetime(value)
            moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
        except (ValueError, OverflowError):  # no date, or none a calendar knows
            return None
    return seconds if seconds <= _LONGEST_MEANT_SECONDS else None


def _pick_wait(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311  # spreads load, keeps no secret


async def _drain(response: httpx2.Response) -> None:
    """Read the rest of a short answer, so that its connection can be used again, and close it."""
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    received = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in response.stream:
                received += len(chunk)
                if received > _DRAINED_BYTES:
                    break
    except (httpx2.TransportError, TimeoutError):
        pass
    finally:
        await response.stream.aclose()


def _note_wait(request: httpx2.Request, wait: float) -> int | None:
    """Note the wait with the exchange, and return the status that was answered."""
    exchange = request.extensions.get(EXCHANGE_EXTENSION)
    if not isinstance(exchange, Exchange):
        return None
    exchange.retry_wait_seconds = wait
    return exchange.status
