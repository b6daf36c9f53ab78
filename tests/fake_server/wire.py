"""Just enough HTTP/1.1 to answer well and, when told to, badly."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tests.fake_server.schema_values import Json

_KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_GLANCE_SECONDS = 0.02
"""How often a waiting reply looks whether the client is still there."""


class ClientGone(Exception):
    """The client closed the connection before it had the whole answer."""


@dataclass
class RecordedRequest:
    """One request as it came in; the flags change while it is being answered."""

    method: str
    path: str
    headers: dict[str, str]
    """Names are in lower case."""
    body: Json
    """The parsed JSON body; None without one, the text when it is not JSON."""
    arrived_at: float
    """time.monotonic() when the request had been read whole."""
    is_answered: bool = False
    is_disconnected: bool = False
    """The client went away before it had the whole answer."""
    path_model: str = ""
    """The model that the path names, where a kind of server has it there."""

    @property
    def model_name(self) -> str:
        """The model asked for, without Ollama's ":latest"; empty when there is none."""
        name = self.body.get("model", "") if isinstance(self.body, dict) else ""
        return self.path_model or str(name).removesuffix(":latest")

    @property
    def key(self) -> str:
        """The API key that came with the request, or an empty text."""
        found = (self.headers.get(name, "") for name in _KEY_HEADERS)
        return next((value for value in found if value), "").removeprefix("Bearer ")


async def read_request(reader: asyncio.StreamReader) -> RecordedRequest | None:
    """Return the next request of a connection, or None when the client has closed it."""
    try:
        first_byte = await reader.readexactly(1)
        if not first_byte.isalpha():
            return None  # a TLS handshake, most likely
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _version = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return RecordedRequest(method, path, headers, _parse(raw), time.monotonic())


def _parse(raw: bytes) -> Json:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


class Reply:
    """The answer to one request, written as slowly and as wrongly as wanted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.keeps_connection = True

    async def send(
        self,
        status: int,
        body: Json,
        *,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> None:
        """Send a whole answer; `body` is bytes, text or anything JSON can hold."""
        raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        framing = {"Content-Type": content_type, "Content-Length": str(len(raw)), **(headers or {})}
        await self.write(_head(status, framing) + raw)

    async def start_chunked(self, status: int, *, content_type: str, headers: Mapping[str, str] | None = None) -> None:
        """Send the head of an answer whose parts follow by `send_chunk`."""
        framing = {"Content-Type": content_type, "Transfer-Encoding": "chunked", **(headers or {})}
        await self.write(_head(status, framing))

    async def send_chunk(self, chunk: bytes) -> None:
        """Send one part; an empty one ends the answer."""
        await self.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    async def write(self, raw: bytes) -> None:
        """Send bytes as they are. Raises: ClientGone."""
        try:
            self._writer.write(raw)
            await self._writer.drain()
        except ConnectionError as error:
            raise ClientGone from error

    async def pause(self, seconds: float) -> None:
        """Do nothing for a while. Raises: ClientGone."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._reader.at_eof():
                raise ClientGone
            await asyncio.sleep(min(left, _GLANCE_SECONDS))

    async def finish(self) -> None:
        """Close the connection after everything written has gone out."""
        self.keeps_connection = False
        self._writer.close()
        await self._writer.wait_closed()

    def hang_up(self) -> None:
        """Cut the connection."""
        self.keeps_connection = False
        self._writer.transport.abort()


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
