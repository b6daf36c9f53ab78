"""The modes that answer a request badly, whatever it asks for."""

import functools
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from tests.fake_server.answers import Answer, Fault
from tests.fake_server.wire import RecordedRequest, Reply

_ENDLESS_CHUNKS = 16_384
"""64 KiB each: a gigabyte, so that even a client that swallows everything is not fed for ever."""
_FOREVER_SECONDS = 3_600.0
_BOMB_MEBIBYTES = 64

Misbehaviour = Callable[[Reply, RecordedRequest, str], Awaitable[None]]


class FirstTimes:
    """Counts how often each model name has failed, for the modes that fail only the first N times."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def still_fails(self, name: str, *, times: int) -> bool:
        """Count one more request under the name; True while it belongs to the first `times`."""
        self._failures[name] += 1
        return self._failures[name] <= times

    def clear(self) -> None:
        """Start counting anew."""
        self._failures.clear()


async def misbehave(
    reply: Reply,
    request: RecordedRequest,
    *,
    mode: str,
    argument: str,
    first_times: FirstTimes,
    write_fault: Callable[[Fault], Answer],
) -> bool:
    """Spoil this request if the mode says so; False when it is to be answered properly."""
    if mode.endswith("-first"):
        times, _, rest = argument.partition(":")
        if not first_times.still_fails(f"{mode}:{argument}", times=int(times or 1)):
            return False
        mode, argument = mode.removesuffix("-first"), rest
    body = request.body if isinstance(request.body, dict) else {}
    wanted_part = _REFUSED_PARTS.get(mode)
    if wanted_part and not body.get(wanted_part):
        return False
    if mode in _FAULTS:
        await send_fault(reply, _FAULTS[mode](request, argument), write_fault=write_fault)
    elif mode in _MISBEHAVIOURS:
        await _MISBEHAVIOURS[mode](reply, request, argument)
    else:
        return False
    return True


async def send_fault(reply: Reply, fault: Fault, *, write_fault: Callable[[Fault], Answer]) -> None:
    """Refuse a request in the words of the kind of server."""
    answer = write_fault(fault)
    body = b"".join(answer.pieces)
    await reply.send(answer.status, body, headers=answer.headers, content_type=answer.content_type)


def refuse_key(request: RecordedRequest, _argument: str = "") -> Fault:
    """Return a 401 that repeats the key, as the real one does."""
    message = (
        f"Incorrect API key provided: {request.key or '(none)'}. "
        "You can find your API key at https://platform.openai.com/account/api-keys."
    )
    return Fault(401, message, code="invalid_api_key")


def _miss_model(request: RecordedRequest, _argument: str) -> Fault:
    message = f"The model `{request.model_name}` does not exist or you do not have access to it."
    return Fault(404, message, code="model_not_found")


def _limit_rate(_request: RecordedRequest, argument: str) -> Fault:
    message = "Rate limit reached. Please try again later."
    headers = {"Retry-After": argument or "1"}
    return Fault(429, message, kind="requests", code="rate_limit_exceeded", headers=headers)


def _fail(_request: RecordedRequest, _argument: str) -> Fault:
    return Fault(500, "The server had an error while processing your request.", kind="server_error")


def _overload(_request: RecordedRequest, _argument: str) -> Fault:
    return Fault(529, "Overloaded", kind="server_error")


def _refuse_tools(request: RecordedRequest, _argument: str) -> Fault:
    return Fault(400, f"registry.ollama.ai/library/{request.model_name} does not support tools", kind="api_error")


def _refuse_response_format(_request: RecordedRequest, _argument: str) -> Fault:
    return Fault(400, "'response_format.type' must be 'text'")


def _refuse_and_echo(request: RecordedRequest, _argument: str) -> Fault:
    body = request.body if isinstance(request.body, dict) else {}
    last = (body.get("messages") or body.get("contents") or [{}])[-1]
    return Fault(400, f"This cannot be worked on: {last.get('content', last)}")


async def _hang(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    await reply.pause(_FOREVER_SECONDS)
    reply.hang_up()


async def _hang_up(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    reply.hang_up()


async def _send_html(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    page = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
    await reply.send(200, page, content_type="text/html; charset=utf-8")


async def _redirect(reply: Reply, request: RecordedRequest, argument: str) -> None:
    port = request.headers.get("host", "").rpartition(":")[2]
    target = unquote(argument) or f"http://127.0.0.2:{port}{request.path}"
    await reply.send(307, b"", headers={"Location": target})


async def _send_without_end(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    await reply.start_chunked(200, content_type="application/json")
    await reply.send_chunk(b'{"id": "')
    chunk = b"a" * 65_536
    for _ in range(_ENDLESS_CHUNKS):
        await reply.send_chunk(chunk)
    reply.hang_up()


async def _send_bomb(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    await reply.send(200, _make_bomb(), headers={"Content-Encoding": "gzip"})


@functools.cache
def _make_bomb() -> bytes:
    """Return some 64 kB that unpack to 64 MiB."""
    packer = zlib.compressobj(level=9, wbits=zlib.MAX_WBITS | 16)
    mebibyte = b"a" * 1024 * 1024
    return b"".join(packer.compress(mebibyte) for _ in range(_BOMB_MEBIBYTES)) + packer.flush()


async def _send_deep_json(reply: Reply, _request: RecordedRequest, _argument: str) -> None:
    await reply.send(200, b'{"choices": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")


_FAULTS: dict[str, Callable[[RecordedRequest, str], Fault]] = {
    "unauthorized": refuse_key,
    "not-found": _miss_model,
    "rate-limited": _limit_rate,
    "server-error": _fail,
    "overloaded": _overload,
    "refuse-tools": _refuse_tools,
    "refuse-response-format": _refuse_response_format,
    "refuse-and-echo": _refuse_and_echo,
}
"""The modes that refuse a request with an error."""

_MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "hang": _hang,
    "hang-up": _hang_up,
    "html": _send_html,
    "redirect": _redirect,
    "endless": _send_without_end,
    "gzip-bomb": _send_bomb,
    "deep-json": _send_deep_json,
}

_REFUSED_PARTS = {"refuse-tools": "tools", "refuse-response-format": "response_format"}
"""Modes that spoil only a request that has this part."""
