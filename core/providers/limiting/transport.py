"""Where each HTTP attempt takes a slot of its provider's limits, and gives it back when it is over."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx2

from core.providers.exchanges import (
    EXCHANGE_EXTENSION,
    LIMIT_WAIT_EXTENSION,
    SIGNING_EXTENSION,
    Exchange,
    find_hearer,
)
from core.providers.limiting.clocks import stopped_clock
from core.providers.limiting.estimates import estimate_input_tokens, estimate_tokens
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.limiting.places import find_place
from core.providers.limiting.queues import Slot
from core.providers.outbound_errors import ConnectionLost, DeadlineExceeded
from core.providers.retrying import DEADLINE_EXTENSION

_SLACK_SECONDS = 10.0
_LONGEST_SECONDS = 3_600.0


class LimitingTransport(httpx2.AsyncBaseTransport):
    """Sends a request once its provider's limits allow it. Without limits it passes everything on as it is.

    The wait is not the request's: its deadline moves by as much, and the time of its run stands still.
    """

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        *,
        limiter: ProviderLimiter,
        provider_id: uuid.UUID,
        has_secrets: bool,
        is_exempt: bool = False,
    ) -> None:
        """With `has_secrets` it is noted when they leave; what `is_exempt` neither waits nor counts."""
        self._inner = inner
        self._limiter = limiter
        self._provider_id = provider_id
        self._has_secrets = has_secrets
        self._is_exempt = is_exempt

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Wait for a slot, and pass the request on. Raises: LimitsUnknown, and what the transport inside raises."""
        limits = self._limiter.find_limits(self._provider_id)
        if self._is_exempt or limits.is_unlimited:
            return await self._send(request)
        counts_tokens = limits.tokens_per_minute is not None
        slot = await self._take_slot(request, tokens=estimate_tokens(_read_body(request)) if counts_tokens else 0)
        stream = request.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        request.stream = _SentStream(stream, slot)
        try:
            response = await self._send(request)
        except BaseException:
            slot.end()
            raise
        finally:
            request.stream = stream
        slot.note_sent()  # a server may answer before it has read everything
        if counts_tokens:
            _let_correct(request, response, slot)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _AnswerStream(response.stream, slot)
        return response

    async def aclose(self) -> None:
        """Close the transport inside."""
        await self._inner.aclose()

    async def _take_slot(self, request: httpx2.Request, *, tokens: int) -> Slot:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        deadline = request.extensions.get(DEADLINE_EXTENSION)
        left = _LONGEST_SECONDS if deadline is None else max(0.0, deadline - began_at)
        with stopped_clock():
            slot = await self._limiter.acquire(
                self._provider_id,
                tokens=tokens,
                seconds=left + _SLACK_SECONDS,
                hear=find_hearer(),
                place=find_place(),
            )
        waited = request.extensions[LIMIT_WAIT_EXTENSION] = loop.time() - began_at
        if deadline is not None:
            request.extensions[DEADLINE_EXTENSION] = deadline + waited
        return slot

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        sign = request.extensions.get(SIGNING_EXTENSION)
        if sign is not None:
            sign(request)
        try:
            response = await self._inner.handle_async_request(request)
        except (ConnectionLost, DeadlineExceeded):
            self._note_key_use()
            raise
        self._note_key_use()
        return response

    def _note_key_use(self) -> None:
        if self._has_secrets:
            self._limiter.note_key_use(self._provider_id)


def _read_body(request: httpx2.Request) -> bytes:
    try:
        return request.content
    except httpx2.RequestNotRead:
        return b""


def _let_correct(request: httpx2.Request, response: httpx2.Response, slot: Slot) -> None:
    if response.status_code >= 400:  # nothing was written for it
        slot.correct_tokens(estimate_input_tokens(_read_body(request)))
    exchange = request.extensions.get(EXCHANGE_EXTENSION)
    if isinstance(exchange, Exchange):
        exchange.correct_tokens = slot.correct_tokens


class _SentStream(httpx2.AsyncByteStream):
    """A request's body that tells when it is read, which is when it is written to the connection.

    It is asked for once the head of the request is written, and for its next piece once the one before is.
    """

    def __init__(self, inner: httpx2.AsyncByteStream, slot: Slot) -> None:
        self._inner = inner
        self._slot = slot

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._slot.begin()
        async for chunk in self._inner:
            yield chunk
        self._slot.note_sent()

    async def aclose(self) -> None:
        await self._inner.aclose()


class _AnswerStream(httpx2.AsyncByteStream):
    """A response's body whose end, however it comes, gives the slot back."""

    def __init__(self, inner: httpx2.AsyncByteStream, slot: Slot) -> None:
        self._inner = inner
        self._slot = slot

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield chunk
        except GeneratorExit:
            raise  # the openai SDK looks away for a moment; closing follows
        except BaseException:
            self._slot.end()
            raise
        self._slot.end()

    async def aclose(self) -> None:
        try:
            await self._inner.aclose()
        finally:
            self._slot.end()
