"""What is sent back: an answer in pieces, or what is wrong with the request."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.fake_server.schema_values import Json

_PIECE_CHARACTERS = 12
_MOST_PIECES = 1000


@dataclass(frozen=True)
class Answer:
    """A body in the pieces it is sent in."""

    content_type: str
    pieces: tuple[bytes, ...]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0
    """How long the server thinks before the first byte, for example while it loads a model."""
    then: Callable[[], None] | None = None
    """Called when that time is over, right before the first byte."""


@dataclass(frozen=True)
class Fault:
    """A refusal, which each kind of server writes in its own way."""

    status: int
    message: str
    kind: str = "invalid_request_error"
    """OpenAI's `type` of it; other kinds go by the status."""
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def make_json_answer(body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer of one JSON body, cut into some ten pieces for the modes that send slowly."""
    return Answer("application/json", cut(json.dumps(body).encode(), pieces=10), status, headers or {})


def make_event(content: Json, *, name: str = "") -> bytes:
    """Return one server-sent event."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json.dumps(content).encode() + b"\n\n"


def cut(raw: bytes, *, pieces: int) -> tuple[bytes, ...]:
    """Return a body in about so many pieces."""
    size = max(1, -(-len(raw) // pieces))
    return tuple(raw[start : start + size] for start in range(0, len(raw), size))


def cut_text(text: str) -> list[str]:
    """Return a text in pieces as a stream sends them: short ones, but not more than about a thousand."""
    length = max(_PIECE_CHARACTERS, len(text) // _MOST_PIECES)
    return [text[start : start + length] for start in range(0, len(text), length)]
