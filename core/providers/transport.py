"""The one way out: every outbound HTTP call goes through a client built here.

    build_client() = RetryingTransport( LimitingTransport( RecordingTransport( GuardedTransport )))

The limits are those of a provider; a client without one has none.

The guard connects to the very addresses it has checked, so a name that changes its mind between the check and the
call gains nothing. It bounds the size and the time of every answer, follows no redirect, and heeds no proxy setting
of the environment. Connections belong to the event loop that first used them.
"""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping

import httpcore2
import httpx2
from pydantic import BaseModel, ConfigDict, Field

from core.providers.allowances import require_callable
from core.providers.answer_parts import PartCounter
from core.providers.connecting import GuardedBackend, Resolver, resolve_with_system
from core.providers.exchanges import RecordingTransport
from core.providers.outbound_errors import (
    BodyTooLarge,
    ConnectionLost,
    ConnectTimedOut,
    DeadlineExceeded,
    DestinationRefused,
    OutboundError,
    RequestNotSendable,
    TlsFailed,
    UnsupportedEncoding,
)
from core.providers.retrying import DEADLINE_EXTENSION, RetryingTransport, RetryPolicy, Sleep

NOT_FOLLOWED_HEADER = "x-location-not-followed"
"""Carries the Location of a redirect, under a name no client follows."""

Limit = Callable[[httpx2.AsyncBaseTransport], httpx2.AsyncBaseTransport]

_MEBIBYTE = 1024 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CORE_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
)


class OutboundPolicy(BaseModel):
    """What a call may reach and how much it may cost."""

    model_config = ConfigDict(frozen=True)

    allow_private: bool
    """Loopback and local networks; cloud metadata and link-local addresses stay refused."""
    allowed: tuple[str, ...] = ()
    """Private addresses that may be called all the same, as `core.providers.allowances` reads them."""
    origins: tuple[str, ...] | None = None
    """URLs at the only origins that may be called, which a key or a prompt is meant for. None: any."""
    max_body_bytes: int = Field(default=8 * _MEBIBYTE, gt=0)
    connect_timeout_seconds: float = Field(default=5.0, gt=0)
    deadline_seconds: float = Field(default=120.0, gt=0)
    """For one request as a whole: retries, waits and reading the body included."""
    max_connections: int = Field(default=200, gt=0)


def build_client(
    *,
    policy: OutboundPolicy,
    retry: RetryPolicy | None = None,
    base_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    resolver: Resolver | None = None,
    ssl_context: ssl.SSLContext | None = None,
    sleep: Sleep = asyncio.sleep,
    limit: Limit | None = None,
) -> httpx2.AsyncClient:
    """Build a client whose every request is guarded, recorded and retried; close it on the loop that used it.

    `limit` puts a transport around the one that records, so that each attempt passes it.
    """
    recording = RecordingTransport(GuardedTransport(policy, resolver=resolver, ssl_context=ssl_context))
    transport = RetryingTransport(
        recording if limit is None else limit(recording),
        policy=retry or RetryPolicy(),
        deadline_seconds=policy.deadline_seconds,
        sleep=sleep,
    )
    return httpx2.AsyncClient(
        transport=transport,
        base_url=base_url or "",
        headers=dict(headers or {}),
        timeout=httpx2.Timeout(None, connect=policy.connect_timeout_seconds),
        follow_redirects=False,
        trust_env=False,
    )


@functools.cache
def get_ssl_context() -> ssl.SSLContext:
    """Return the process's one TLS context, made on first use since that takes some 20 ms."""
    return httpx2.create_ssl_context(trust_env=False)


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends a request to an allowed address and bounds what comes back."""

    def __init__(
        self, policy: OutboundPolicy, *, resolver: Resolver | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._policy = policy
        self._origins = None if policy.origins is None else {find_called_origin(url) for url in policy.origins}
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or get_ssl_context(),
            max_connections=policy.max_connections,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(
                allow_private=policy.allow_private,
                allowed=policy.allowed,
                connect_timeout_seconds=policy.connect_timeout_seconds,
                resolver=resolver or resolve_with_system,
            ),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response, its body unread. Raises: OutboundError, here and from the body."""
        if self._origins is not None and find_called_origin(request.url) not in self._origins:
            raise DestinationRefused(f"{request.url.host} is not called: it is not where this provider answers.")
        require_callable(request.url, allow_private=self._policy.allow_private, allowed=self._policy.allowed)
        limits = _Limits(request, self._policy)
        request.headers["Accept-Encoding"] = "identity"
        try:
            async with asyncio.timeout_at(limits.deadline):
                response = await self._pool.handle_async_request(self._make_core_request(request))
        except TimeoutError as error:
            raise limits.make_deadline_error() from error
        except _CORE_ERRORS as error:
            raise _translate(error, limits) from _cause(error)
        headers = httpx2.Headers(response.headers)
        stream = _BoundedStream(response, limits, PartCounter(request, headers))
        await _refuse_unreadable(headers, stream, limits)
        if 300 <= response.status < 400 and "location" in headers:
            headers[NOT_FOLLOWED_HEADER] = headers.pop("location")
        return httpx2.Response(response.status, headers=headers, stream=stream, extensions=dict(response.extensions))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    def _make_core_request(self, request: httpx2.Request) -> httpcore2.Request:
        timeouts = dict(request.extensions.get("timeout") or {})
        longest = self._policy.connect_timeout_seconds
        timeouts["connect"] = min(timeouts.get("connect") or longest, longest)
        url = request.url
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        return httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": timeouts},
        )


def find_called_origin(url: httpx2.URL | str) -> str:
    """Return scheme, host and port that a request goes to; blank: the URL cannot be called."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        return ""
    port = parsed.port or _DEFAULT_PORTS.get(parsed.scheme, 0)
    return f"{parsed.scheme}://{parsed.raw_host.decode('ascii')}:{port}"


class _Limits:
    """How long the answer to one request may take and how big it may be."""

    def __init__(self, request: httpx2.Request, policy: OutboundPolicy) -> None:
        self.host = request.url.host
        self.policy = policy
        latest = asyncio.get_running_loop().time() + policy.deadline_seconds
        self.deadline: float = min(request.extensions.get(DEADLINE_EXTENSION, latest), latest)

    def make_deadline_error(self) -> DeadlineExceeded:
        seconds = self.policy.deadline_seconds
        return DeadlineExceeded(f"{self.host} did not answer completely within {seconds:g} s.")

    def make_size_error(self) -> BodyTooLarge:
        size = self.policy.max_body_bytes / _MEBIBYTE
        return BodyTooLarge(f"{self.host} sent more than the {size:g} MiB an answer may have.")


async def _refuse_unreadable(headers: httpx2.Headers, stream: "_BoundedStream", limits: _Limits) -> None:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    declared = headers.get("content-length", "0")
    if encoding not in ("", "identity"):
        await stream.aclose()
        raise UnsupportedEncoding(f"{limits.host} sent a compressed answer ({encoding[:20]}) that was not asked for.")
    if declared.isdigit() and int(declared[:20]) > limits.policy.max_body_bytes:
        await stream.aclose()
        raise limits.make_size_error()


class _BoundedStream(httpx2.AsyncByteStream):
    """A response body that counts its bytes and its parts, and watches the clock."""

    def __init__(self, response: httpcore2.Response, limits: _Limits, parts: PartCounter) -> None:
        self._response = response
        self._limits = limits
        self._parts = parts
        self._received = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Not response.aiter_stream(): the openai SDK iterates anew, to read what follows the last event.
        assert isinstance(self._response.stream, AsyncIterable)
        chunks = aiter(self._response.stream)
        while True:
            try:
                async with asyncio.timeout_at(self._limits.deadline):
                    chunk = await anext(chunks, None)
            except TimeoutError as error:
                raise self._limits.make_deadline_error() from error
            except _CORE_ERRORS as error:
                raise _translate(error, self._limits) from _cause(error)
            if chunk is None:
                return
            self._received += len(chunk)
            if self._received > self._limits.policy.max_body_bytes:
                await self.aclose()
                raise self._limits.make_size_error()
            if self._parts.add(chunk):
                await self.aclose()
                raise BodyTooLarge(f"{self._limits.host} sent an answer of more parts than can be read.")
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def _translate(error: Exception, limits: _Limits) -> OutboundError:
    """Return our exception for httpcore2's."""
    host = limits.host
    cause = error.args[0] if error.args else None
    if isinstance(error, httpcore2.ConnectTimeout):
        return ConnectTimedOut(f"{host} did not answer within {limits.policy.connect_timeout_seconds:g} s.")
    if isinstance(error, httpcore2.TimeoutException):
        return DeadlineExceeded(f"{host} did not answer in time.")
    # Connecting itself is judged in GuardedBackend, so what fails to connect here is the TLS handshake.
    if isinstance(error, httpcore2.ConnectError):
        reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "the handshake broke off"
        return TlsFailed(f"No secure connection to {host}: {reason}.")
    if isinstance(error, httpcore2.LocalProtocolError):
        return RequestNotSendable("The request cannot be sent: the API key or a header holds a forbidden character.")
    return ConnectionLost(f"{host} ended the connection before its answer was complete.")


def _cause(error: Exception) -> Exception | None:
    """Return the exception to chain; not one that quotes a header, which may be the key."""
    return None if isinstance(error, httpcore2.LocalProtocolError) else error
