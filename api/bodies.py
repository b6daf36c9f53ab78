"""Reads the bodies of requests: at most 2 MB, and JSON that can be stored and printed again."""

import json
import re
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import HttpError, build_refusal
from core.errors import Detail, InvalidInputError
from core.tasks.schemas.json_values import find_nul, find_unusable

MAX_BODY_BYTES = 2_000_000
_MAX_DEPTH = 200
_MAX_VALUES = 250_000
# Reading a body this long takes about a millisecond, for which the loop can wait.
_LONG_BODY_BYTES = 8_000
_NUL = re.compile(rb"\\u0000")


class BodyLimit:
    """Refuses bodies that are too long, before or while they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
            error = _too_long()
            refusal = build_refusal(error.status, error.code, error.message, headers=error.headers)
            await refusal(scope, receive, send)
            return
        length = 0

        async def receive_some() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > MAX_BODY_BYTES:
                raise _too_long()
            return message

        await self._app(scope, receive_some, send)


class JsonRequest(Request):
    """A request whose body was read and found to be good JSON."""

    value: Any = None  # Any: JSON somebody wrote

    async def json(self) -> Any:  # Any: as above
        return self.value


async def read_json(request: Request) -> JsonRequest:
    """Read the body as JSON. Raises: HttpError; InvalidInputError: it is no JSON, or none that can be stored."""
    read = JsonRequest(request.scope, request.receive)
    raw = await read.body()
    if not raw:
        return read
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HttpError(415, "unsupported_media_type", "Send the body as application/json.")
    read.value = await run_in_threadpool(_parse, raw) if len(raw) > _LONG_BODY_BYTES else _parse(raw)
    return read


def _parse(raw: bytes) -> object:
    try:
        value: object = json.loads(raw.decode(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise _unusable(f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from error
    except UnicodeDecodeError as error:
        raise _unusable("The body is not text in UTF-8.") from error
    except RecursionError as error:
        raise _unusable("The JSON is nested too deep.") from error
    except ValueError as error:
        raise _unusable("The JSON holds a number that cannot be stored.") from error
    found = find_unusable(value, max_depth=_MAX_DEPTH, max_nodes=_MAX_VALUES)
    if found:
        raise _unusable(f"The JSON {found[1]}.", place=".".join(map(str, found[0])))
    nul = find_nul(value) if _NUL.search(raw) else None
    if nul is not None:
        raise _unusable("The JSON holds a NUL character, which cannot be stored.", place=".".join(map(str, nul)))
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unusable(message: str, *, place: str = "") -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place=place or "body", message=message)])


def _too_long() -> HttpError:
    message = f"The body is longer than {MAX_BODY_BYTES:,} bytes."
    return HttpError(413, "body_too_long", message, headers={"Connection": "close"})
