"""Counts the parts of an answer as it comes, since read as JSON a short text can fill the memory.

`{}` takes 3 bytes on the wire, 64 in memory, and over 1,000 once a vendor's library has made an object of it. So the
objects, lists and commas are counted before anything reads them. Those within texts count too, which no real answer
has as many of: the limits are some ten times the longest.
"""

import re
from typing import Final

import httpx2

MAX_OBJECTS: Final = 20_000
MAX_PARTS: Final = 250_000
_FRAMED_TIMES: Final = 5
_ASKS_FOR_STREAM: Final = re.compile(rb'"stream"\s*:\s*true')
_EVENT_ENDS: Final = (b"\n\n", b"\r\n\r\n", b"\r\r")


class PartCounter:
    """Counts what would be read as one piece of JSON: a whole answer, or one event of a stream that was asked for."""

    def __init__(self, request: httpx2.Request, headers: httpx2.Headers) -> None:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_stream = _asks_for_stream(request)
        self._has_events = is_stream and kind == "text/event-stream"
        # AWS's frames show no ends here, so all of them count together.
        self._times = _FRAMED_TIMES if is_stream and kind == "application/vnd.amazon.eventstream" else 1
        self._objects = 0
        self._parts = 0

    def add(self, chunk: bytes) -> bool:
        """Count the next bytes; say whether there are more parts by now than may be read."""
        if self._has_events:
            end = max(chunk.rfind(mark) for mark in _EVENT_ENDS)
            if end >= 0:
                self._objects = self._parts = 0
                chunk = chunk[end:]
        objects = chunk.count(b"{")
        self._objects += objects
        self._parts += objects + chunk.count(b"[") + chunk.count(b",")
        return self._objects > MAX_OBJECTS * self._times or self._parts > MAX_PARTS * self._times


def _asks_for_stream(request: httpx2.Request) -> bool:
    if b"stream" in request.url.raw_path.lower():
        return True
    try:
        return _ASKS_FOR_STREAM.search(request.content) is not None
    except httpx2.RequestNotRead:
        return False
