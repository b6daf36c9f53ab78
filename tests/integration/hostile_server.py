"""A server that treats whoever calls it badly, in one way for every request: the attack list of the outbound guard."""

import contextlib
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_OK = b"HTTP/1.1 200 OK\r\n"
_JSON = b"Content-Type: application/json\r\n"
_STREAM = b"Content-Type: text/event-stream\r\n"
_MOST_BYTES = 1024 * 1024 * 1024
"""So that even a caller that swallows everything is not fed for ever."""
_MOST_PIECES = 10_000
_CHECK_BYTES = 3 * 1024 * 1024 - 200
_RUN_BYTES = 8 * 1024 * 1024 - 200
"""Nearly as much as is read of an answer to a check, or to a run."""
_BOMB = gzip.compress(b"a" * 64 * 1024 * 1024)


class HostileServer:
    """Serve in threads. `mode` is the name of a misbehaviour, with its argument after a colon."""

    def __init__(self, mode: str = "hang") -> None:
        self.mode = mode
        self.heard: list[str] = []
        """Of each request its first line, its headers and its body."""
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hostile = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


class Listener:
    """Counts the connections that reach loopback at its port, IPv6 too where there is any."""

    def __init__(self) -> None:
        self.connections = 0
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = int(self._sockets[0].getsockname()[1])
        with contextlib.suppress(OSError):
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._count, args=(one,), daemon=True) for one in self._sockets]

    def _count(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in `accept`
            one.close()
        for thread in self._threads:
            thread.join(10)


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen on loopback until the block ends."""
    listener = Listener()
    listener.start()
    try:
        yield listener
    finally:
        listener.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    hostile: HostileServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        """Answer each request of a connection in the server's mode, until the caller has gone."""
        with contextlib.suppress(OSError):
            super().handle()

    def do_GET(self) -> None:
        """Misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        self.server.hostile.heard.append(f"{self.requestline}\n{self.headers}\n{body}")
        name, _, argument = self.server.hostile.mode.partition(":")
        self.close_connection = True
        with contextlib.suppress(OSError):
            MODES[name](self, argument)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def send(self, *pieces: bytes) -> None:
        """Write raw bytes. Raises: OSError: the caller has gone."""
        self.connection.settimeout(10)
        self.connection.sendall(b"".join(pieces))

    def answer(self, status: int, body: bytes, *headers: str) -> None:
        """Write a whole answer."""
        lines = [f"HTTP/1.1 {status} Odd", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join([*lines, "Connection: close", "", ""]).encode(), body)

    def repeat(self, piece: bytes, *, every_seconds: float = 0) -> None:
        """Write a piece again and again, until the caller or the test has gone."""
        for _ in range(min(_MOST_PIECES * 100, _MOST_BYTES // len(piece))):
            if self.server.hostile.stopping.wait(every_seconds):
                return
            self.send(piece)


def _stream_for_ever(handler: _Handler, _: str) -> None:
    delta = {"index": 0, "delta": {"role": "assistant", "content": "word " * 20}, "finish_reason": None}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [delta]}
    handler.send(_OK, _STREAM, b"\r\n")
    handler.repeat(f"data: {json.dumps(chunk)}\n\n".encode())


def _start(*headers: bytes, then: bytes, first: bytes = b"", every_seconds: float = 0) -> "Mode":
    def misbehave(handler: _Handler, _: str) -> None:
        handler.send(*headers, first)
        handler.repeat(then, every_seconds=every_seconds)

    return misbehave


def _send(status: int, body: bytes, *headers: str) -> "Mode":
    return lambda handler, _: handler.answer(status, body, *headers)


def _hang(handler: _Handler, _: str) -> None:
    handler.server.hostile.stopping.wait(30)


def _redirect(handler: _Handler, argument: str) -> None:
    status, _, target = argument.partition(":")
    handler.answer(
        int(status), b"{}", f"Location: {target}", f"Refresh: 0; url={target}", f"Content-Location: {target}"
    )


def _echo(handler: _Handler, argument: str) -> None:
    """Refuse, repeating all that was sent many times over, as argument says: a status."""
    said = handler.server.hostile.heard[-1]
    message = " ".join([said] * 40)
    handler.answer(int(argument or 401), json.dumps({"error": {"message": message, "code": said}}).encode())


def _fill(before: str, piece: str, after: str, *, size: int = _CHECK_BYTES) -> bytes:
    return (before + piece * ((size - len(before + after)) // len(piece)) + after).encode()


def _fill_with_names() -> bytes:
    names = ",".join(f'"{number:x}":0.5' for number in range(_CHECK_BYTES // 12))
    return f'{{"data": [{{{names}}}]}}'.encode()


def _stream_one_event(handler: _Handler, _: str) -> None:
    event = _fill('{"choices": [', '{"delta":{}},', "{}]}", size=_RUN_BYTES)
    handler.send(_OK, _STREAM, b"\r\ndata: ", event, b"\n\n")


Mode = Callable[[_Handler, str], None]
MODES: dict[str, Mode] = {
    "infinite": _start(_OK, _JSON, b"\r\n", first=b'{"id": "', then=b"a" * 65_536),
    "infinite-headers": _start(_OK, then=b"X-More: " + b"a" * 4_000 + b"\r\n"),
    "infinite-continue": _start(then=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "gzip-bomb": _send(200, _BOMB, "Content-Encoding: gzip"),
    "drip": _start(_OK, _JSON, b"\r\n", first=b"{", then=b" ", every_seconds=0.3),
    "drip-headers": _start(_OK, first=b"X-Slow: ", then=b"a", every_seconds=0.3),
    "hang": _hang,
    "sse": _stream_for_ever,
    "sse-comments": _start(_OK, _STREAM, b"\r\n", then=b": still there\n\n" * 50),
    "sse-one-line": _start(_OK, _STREAM, b"\r\n", first=b"data: ", then=b"a" * 65_536),
    "deep": _send(200, b'{"choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "bigint": _send(200, b'{"data": [], "models": [], "choices": [], "created": ' + b"1" * 5_000 + b"}"),
    "many-objects": _send(200, _fill('{"data": [', "{},", "{}]}")),
    "many-models": _send(200, _fill('{"data": [', '{"id":"m","a":{}},', "{}]}")),
    "many-lists": _send(200, _fill('{"data": [', "[],[[]],", "[]]}")),
    "many-choices": _send(200, _fill('{"choices": [{"message": {"tool_calls": [', '{"function":{}},', "{}]}}]}")),
    "many-keys": _send(200, _fill_with_names()),
    "many-in-event": _stream_one_event,
    "redirect": _redirect,
    "echo": _echo,
    "retry-after": _send(429, b'{"error": {"message": "Slow down."}}', "Retry-After: 99999999999999999999999"),
    "no-http": _start(then=b"\x16\x03\x01" * 100),
}
