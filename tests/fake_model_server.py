"""A model server for tests: a vendor's HTTP surface on a loopback port, well or badly behaved.

    with FakeModelServer() as server:                  # a free port; server.stop() and server.start() keep it
        client = AsyncOpenAI(base_url=server.base_url, api_key="any")

    python -m tests.fake_model_server --port 9100      # the same for a browser test or a bench

The *kind* says which surface is served (tests/fake_server/kinds/, one module each): by default OpenAI's and Ollama's
both, else that of the one vendor. What its model can do and what its lists tell is in `server.state`, see
tests/fake_server/traits.py. Beside that, for tests: GET and DELETE /__requests, POST /__mode
{"mode": "hang" or null, "path": "/v1/models" or null}.

The *mode* of a chat request is the name of its model; a mode set for the server or a path goes before it. Any
other name behaves like `ok`. What follows a colon is the mode's argument.

ok                            a value that satisfies the schema asked for (tool call, json_schema, or a schema in
                              the system prompt), else one sentence of text
answer:<urlencoded text>      exactly this text as the content or the tool's arguments
slow[:seconds]                the ok answer in pieces, this long before each (default 0.1)
drip[:seconds]                the ok answer, one byte at a time (default 0.3)
cut-stream[:N]                the first N pieces of the ok answer (default 5), then the connection is cut
wrong-then-right[:N]          breaks the schema in the first N answers of each conversation (default 1)
always-wrong                  breaks the schema
as-text[:N] / lone-item[:N]   the ok answer with its numbers and flags written as text / each list of one item being
                              that item, always or in the first N answers of each conversation
fenced[:N] / among-prose[:N]  the ok answer in a code fence / with a sentence before and after it, as above
truncated                     cut in half, finish_reason "length"
prose / invalid-json / empty  content that is no JSON / broken JSON in the right place / no content at all
deep-answer / deep-json       an answer / a response body nested 100,000 levels or more
unauthorized                  401 that repeats the key
not-found                     404, the model does not exist
rate-limited[:seconds]        429 with Retry-After (default 1)
rate-limited-first:N[:seconds]  the same for the first N requests under this very name, then ok
server-error, overloaded      500, 529; server-error-first:N and overloaded-first:N only the first N times
held                          the ok answer, once `release` was called
held-stream[:N]               the first N pieces of the ok answer (default 5), the others once `release` was called
hang / hang-up                never answers / cuts the connection without an answer; hang-up-first:N as above
html                          200 with a sign-in page
refuse-tools, refuse-response-format  400 when the request has that part, else ok
refuse-and-echo               400 that repeats the last message
redirect[:<urlencoded url>]   307 to another host (default 127.0.0.2, same port)
endless                       a body without end
gzip-bomb                     64 MiB packed into 64 kB
"""

import asyncio
import contextlib
import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from tests.fake_server.answers import Answer, Fault
from tests.fake_server.delivery import deliver
from tests.fake_server.kinds import find_kind
from tests.fake_server.kinds.base import Call, ServerState
from tests.fake_server.misbehaviour import FirstTimes, misbehave, refuse_key, send_fault
from tests.fake_server.traits import ModelDetails, Traits
from tests.fake_server.wire import ClientGone, RecordedRequest, Reply, read_request

DEFAULT_MODELS = ("ok", "slow", "wrong-then-right", "always-wrong", "truncated", "hang", "rate-limited", "server-error")
_TURNS_TO_BEGIN = 4
_TURNS_TO_CLOSE = 4
_START_SECONDS = 10.0
_HELD_SECONDS = 0.05


class FakeModelServer:
    """Serve in a thread of its own. Stopped, it can be started again on the same port."""

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str | None = None,
        models: Sequence[str] = DEFAULT_MODELS,
        host: str = "127.0.0.1",
        kind: str = "openai",
        traits: Traits | None = None,
        details: Mapping[str, ModelDetails] | None = None,
    ) -> None:
        """`port` 0 takes a free one. With an `api_key`, the kind's own paths refuse every other key.

        `traits` None takes the kind's own; `details` are by the name of the model.
        """
        self.host = host
        self.port = port
        self.api_key = api_key
        self.kind = find_kind(kind)
        self.state = ServerState(traits or self.kind.default_traits, list(models), details=dict(details or {}))
        self._requests: list[RecordedRequest] = []
        self._modes: dict[str | None, str] = {}
        self._first_times = FirstTimes()
        self._is_released = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def root_url(self) -> str:
        """The address without a path, as Ollama's own API wants it."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """The address that the kind's clients want."""
        return f"{self.root_url}{self.kind.base_path}"

    @property
    def models(self) -> list[str]:
        """The names it lists; change the list to change them."""
        return self.state.models

    @models.setter
    def models(self, names: Sequence[str]) -> None:
        self.state.models = list(names)

    @property
    def loaded(self) -> set[str]:
        """The models in memory, where the kind tells them apart; each is loaded as it is first asked."""
        return self.state.loaded

    @property
    def load_seconds(self) -> float:
        """How long it takes to load a model."""
        return self.state.load_seconds

    @load_seconds.setter
    def load_seconds(self, seconds: float) -> None:
        self.state.load_seconds = seconds

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request so far except those under /__, oldest first."""
        return list(self._requests)

    @property
    def chat_requests(self) -> list[RecordedRequest]:
        """The requests for an answer of a model so far, oldest first."""
        return [request for request in self.requests if self.kind.find_model(request) is not None]

    def set_mode(self, mode: str | None, *, path: str | None = None) -> None:
        """Make every request (or those to one path) behave so, whatever its model; None ends that."""
        if mode is None:
            self._modes.pop(path, None)
        else:
            self._modes[path] = mode

    def release(self) -> None:
        """Have every `held` request answered, those to come too."""
        self._is_released.set()

    def reset(self) -> None:
        """Forget the requests, the modes that were set, the first-N counts and the release."""
        self._is_released.clear()
        self._requests.clear()
        self._modes.clear()
        self._first_times.clear()

    def wait_until(self, condition: Callable[[list[RecordedRequest]], bool], *, timeout_seconds: float = 5.0) -> None:
        """Block until the requests fulfil a condition. Raises: TimeoutError."""
        until = time.monotonic() + timeout_seconds
        while not condition(self.requests):
            if time.monotonic() > until:
                raise TimeoutError(f"Not so within {timeout_seconds} s; requests: {self.requests}")
            time.sleep(0.005)

    def start(self) -> Self:
        """Listen; returns when connections are taken. Raises: OSError when the port is taken."""
        listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="fake-model-server", daemon=True
        )
        self._thread.start()
        if not ready.wait(_START_SECONDS):
            raise TimeoutError("The fake model server did not start.")
        return self

    def stop(self) -> None:
        """Close the port and cut every connection; returns when both are done."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_START_SECONDS)
        self._thread = self._loop = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await asyncio.start_server(self._serve_connection, sock=listener, limit=1024 * 1024)
        ready.set()
        await self._stopping.wait()
        # No more are taken, but the server closes only once those taken just now have begun: one that begins with a
        # closed server fails halfway, and one that is cancelled before its first step is never closed.
        self._loop.remove_reader(listener)
        for _ in range(_TURNS_TO_BEGIN):
            await asyncio.sleep(0)
        server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        for _ in range(_TURNS_TO_CLOSE):
            # What was cut is closed in a later turn of the loop, which ends with this.
            await asyncio.sleep(0)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with contextlib.suppress(ClientGone, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve_requests(reader, writer)
        finally:
            self._connections.discard(task)
            # Aborting, not closing: nothing of this port must linger when it is to be listened on again.
            writer.transport.abort()

    async def _serve_requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reply = Reply(reader, writer)
        while reply.keeps_connection and (request := await read_request(reader)) is not None:
            if request.path.startswith("/__"):
                await self._control(reply, request)
                continue
            self._requests.append(request)
            try:
                await self._answer(reply, request)
            except ClientGone:
                request.is_disconnected = True
                raise
            request.is_answered = True
            if request.headers.get("connection", "").lower() == "close":
                await reply.finish()

    async def _answer(self, reply: Reply, request: RecordedRequest) -> None:
        path, kind = request.path.partition("?")[0], self.kind
        asked = kind.find_model(request)
        request.path_model = asked or ""
        refusal = self._refuse(request)
        if refusal is not None:
            await send_fault(reply, refusal, write_fault=kind.write_fault)
            return
        name = self._modes.get(path, self._modes.get(None, "ok" if asked is None else asked))
        mode, _, argument = name.partition(":")
        while mode == "held" and not self._is_released.is_set():
            await reply.pause(_HELD_SECONDS)
        is_spoilt = await misbehave(
            reply,
            request,
            mode=mode,
            argument=argument,
            first_times=self._first_times,
            write_fault=kind.write_fault,
        )
        if is_spoilt:
            return
        call = Call(request, self.state, mode, argument)
        answer: Answer | Fault | None = kind.answer_other(call) if asked is None else kind.answer_chat(call)
        if answer is None:
            answer = Fault(404, f"Invalid URL ({request.method} {path})")
        if isinstance(answer, Fault):
            await send_fault(reply, answer, write_fault=kind.write_fault)
            return
        await deliver(reply, answer, mode=mode, argument=argument, is_released=self._is_released.is_set)

    def _refuse(self, request: RecordedRequest) -> Fault | None:
        is_guarded = request.path.startswith(self.kind.guarded)
        if self.api_key is not None and is_guarded and request.key != self.api_key:
            return refuse_key(request)
        return self.kind.check(request)

    async def _control(self, reply: Reply, request: RecordedRequest) -> None:
        """Answer the tests themselves."""
        if request.path == "/__mode" and request.method == "POST" and isinstance(request.body, dict):
            self.set_mode(request.body.get("mode"), path=request.body.get("path"))
        elif request.path == "/__requests" and request.method == "DELETE":
            self._requests.clear()
        elif request.path != "/__requests" or request.method != "GET":
            await reply.send(404, {"error": "unknown"})
            return
        await reply.send(200, [dataclasses.asdict(recorded) for recorded in self._requests])


if __name__ == "__main__":
    from tests.fake_server.command import main

    main()
