"""Carries botocore's requests over the one transport, so that it opens no connection of its own.

botocore is blocking code that runs in threads. Before it sends a request it asks whether somebody answers it already
(its event `before-send`): the bridge does, with a request on the guarded client and on the loop that client belongs to,
and the thread waits for what comes back. Whatever is still under way when `ending_calls` is left is cancelled, so that
a run that is cancelled ends its request too, though nobody can stop a thread.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Final

import httpx2
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import HTTPClientError
from botocore.session import Session
from pydantic import SecretStr

from core.providers.exchanges import SIGNING_EXTENSION

_GLANCE_SECONDS: Final = 1.0
_FRESH_SECONDS: Final = 60.0
"""AWS takes a signature for five minutes."""
_NO_KEY: Final = "no-key"
# Set by the HTTP client itself, or of no concern to the server.
_OWN_HEADERS: Final = frozenset({"content-length", "host", "user-agent", "transfer-encoding", "connection", "expect"})

_scope: ContextVar["_Scope | None"] = ContextVar("botocore_calls", default=None)


class BotocoreBridge:
    """Answers botocore's requests by sending them over an HTTP client."""

    def __init__(
        self, http: httpx2.AsyncClient, *, token: SecretStr | None = None, signer: SigV4Auth | None = None
    ) -> None:
        """Make it on the event loop the client is used on. With a `token`, each request carries it as its bearer.

        With a `signer`, a request that waits for long before it is sent, or is sent again, is signed anew.
        Raises: RuntimeError: no loop runs here.
        """
        self._http = http
        self._token = token
        self._signer = signer
        self._loop = asyncio.get_running_loop()

    def attach(self, client: BaseClient) -> None:
        """Have every request of a client sent over the bridge."""
        client.meta.events.register("before-send", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Return the server's answer. Raises: HTTPClientError, caused by the httpx2 error, an OutboundError mostly."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        call = _Call(self._http, self._loop, request, signer=self._signer)
        status, headers = call.wait_for_head()
        response = AWSResponse(request.url, status, headers, _Body(call))
        if not request.stream_output:
            # Read here, where a failure is still the request's own.
            _ = response.content
        return response


class _Body:
    """The body as botocore reads it: what it calls a raw response."""

    def __init__(self, call: "_Call") -> None:
        self._call = call

    def stream(self, **_: object) -> Iterator[bytes]:
        """Yield the pieces as they come. Raises: HTTPClientError."""
        return self._call.read_pieces()

    def close(self) -> None:
        """End the request, whatever of it is under way."""
        self._call.cancel()


class _Call:
    """One request: a task on the loop that sends it, and what a thread has not taken of its answer yet.

    What is kept is bounded, because the transport bounds the whole body.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        loop: asyncio.AbstractEventLoop,
        request: AWSPreparedRequest,
        *,
        signer: SigV4Auth | None,
    ) -> None:
        self._http = http
        self._loop = loop
        self._request = request
        self._signer = signer
        self._came: queue.SimpleQueue[tuple[int, dict[str, str]] | bytes | BaseException | None] = queue.SimpleQueue()
        if _runs_here(loop):
            raise RuntimeError("botocore waits for the answer, which must not be on the loop that sends the request.")
        # Called back in this thread's context, so that the exchange is recorded for the run that waits here.
        self._sending = asyncio.run_coroutine_threadsafe(self._send(), loop)
        scope = _scope.get()
        if scope is not None:
            scope.add(self)

    def wait_for_head(self) -> tuple[int, dict[str, str]]:
        """Return status and headers. Raises: HTTPClientError."""
        head = self._take()
        assert isinstance(head, tuple)
        return head

    def read_pieces(self) -> Iterator[bytes]:
        """Yield the pieces of the body. Raises: HTTPClientError."""
        while (piece := self._take()) is not None:
            assert isinstance(piece, bytes)
            yield piece

    def cancel(self) -> None:
        """End the request, and the wait of the thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and the request with it
            self._sending.cancel()
        self._came.put(asyncio.CancelledError())

    def _take(self) -> tuple[int, dict[str, str]] | bytes | None:
        while True:
            try:
                came = self._came.get(timeout=_GLANCE_SECONDS)
                break
            except queue.Empty:
                if self._loop.is_closed():
                    came = asyncio.CancelledError()
                    break
        if isinstance(came, asyncio.CancelledError):
            raise HTTPClientError(error="the request was cancelled")
        if isinstance(came, BaseException):
            raise HTTPClientError(error=came) from came
        return came

    async def _send(self) -> None:
        request = self._request
        headers = {name: _decode(value) for name, value in request.headers.items()}
        wanted = {name: value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            signing = {} if self._signer is None else {SIGNING_EXTENSION: _Signature(self._signer).renew}
            async with self._http.stream(
                request.method, request.url, headers=wanted, content=body, extensions=signing
            ) as response:
                self._came.put((response.status_code, dict(response.headers)))
                async for piece in response.aiter_raw():
                    self._came.put(piece)
            self._came.put(None)
        except BaseException as error:
            self._came.put(error)
            if not isinstance(error, Exception):
                raise


class _Signature:
    """The signature of one request, made just now."""

    def __init__(self, signer: SigV4Auth) -> None:
        self._signer = signer
        self._signed_at = time.monotonic()

    def renew(self, request: httpx2.Request) -> None:
        """Sign the request anew, if that was some time ago."""
        if time.monotonic() - self._signed_at < _FRESH_SECONDS:
            return
        named = request.headers.get("authorization", "").partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: value for name, value in request.headers.items() if name in named and name != "host"}
        signed = AWSRequest(method=request.method, url=str(request.url), data=request.content, headers=headers)
        self._signer.add_auth(signed)
        request.headers.update({name: str(value) for name, value in signed.headers.items()})
        self._signed_at = time.monotonic()


class _Scope:
    """The calls to end together; threads add to it while the loop may end it."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._lock = threading.Lock()
        self._is_over = False

    def add(self, call: _Call) -> None:
        with self._lock:
            self._calls.append(call)
            is_late = self._is_over
        if is_late:
            call.cancel()

    def end(self) -> None:
        with self._lock:
            self._is_over = True
            calls = list(self._calls)
        for call in calls:
            call.cancel()


@contextlib.contextmanager
def ending_calls() -> Iterator[None]:
    """End, when the block is left, every request that botocore began within it, in whatever thread."""
    scope = _Scope()
    before = _scope.get()
    _scope.set(scope)
    try:
        yield
    finally:
        _scope.set(before)
        scope.end()


def open_botocore_client(
    service: str,
    *,
    http: httpx2.AsyncClient,
    endpoint_url: str,
    region: str,
    access_key_id: str = "",
    key: SecretStr | None,
    session_token: SecretStr | None = None,
) -> BaseClient:
    """Return a client of an AWS service on an HTTP client, whose transport alone retries; call it on its loop.

    With an `access_key_id` the key is the secret access key that signs each request; without one it is sent as a bearer
    token. Nothing else is heeded: no environment, no files, no metadata of the machine, no proxy.
    """
    is_signed = bool(access_key_id)
    secret = key.get_secret_value() if key else _NO_KEY
    client: BaseClient = _SecludedSession().create_client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=access_key_id if is_signed else None,
        aws_secret_access_key=secret if is_signed else None,
        aws_session_token=session_token.get_secret_value() if is_signed and session_token else None,
        config=Config(
            # botocore's own bearers refuse plain HTTP, even on this machine; where a key may go is judged elsewhere.
            signature_version="v4" if is_signed else UNSIGNED,
            retries={"total_max_attempts": 1, "mode": "standard"},
            ignore_configured_endpoint_urls=True,
            proxies={},
        ),
    )
    signer = None
    if is_signed:
        token = session_token.get_secret_value() if session_token else None
        signer = SigV4Auth(Credentials(access_key_id, secret, token), client.meta.service_model.signing_name, region)
    BotocoreBridge(http, token=None if is_signed else key, signer=signer).attach(client)
    return client


class _SecludedSession(Session):  # type: ignore[misc]  # botocore has no types
    """A session that knows what it is told and nothing else."""

    def __init__(self) -> None:
        variables = {
            name: (None, None, None if name.endswith("_file") else default, conversion)
            for name, (_config, _variable, default, conversion) in Session.SESSION_VARIABLES.items()
        }
        super().__init__(session_vars=variables)

    @property
    def full_config(self) -> dict[str, Any]:  # Any: botocore's own
        """Nothing is read from files."""
        return {"profiles": {}}

    def get_scoped_config(self) -> dict[str, Any]:  # Any: botocore's own
        """Nothing is read from files."""
        return {}

    def get_credentials(self) -> None:
        """Nobody's keys are looked for."""

    def get_auth_token(self, **_: object) -> None:
        """Nobody's tokens are looked for."""


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _decode(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
