"""Sends an answer: at once, piece by piece, or not to its end."""

from collections.abc import Callable

from tests.fake_server.answers import Answer
from tests.fake_server.wire import Reply

_PIECES_BEFORE_CUT = 5
_CUT_AFTER_SECONDS = 0.05
_GLANCE_SECONDS = 0.05


async def deliver(reply: Reply, answer: Answer, *, mode: str, argument: str, is_released: Callable[[], bool]) -> None:
    """Send an answer in the manner of the mode (see tests/fake_model_server.py). Raises: ClientGone."""
    if answer.after_seconds:
        await reply.pause(answer.after_seconds)
    if answer.then is not None:
        answer.then()
    match mode:
        case "held-stream":
            await _send_when_released(reply, answer, count=int(argument or _PIECES_BEFORE_CUT), is_released=is_released)
        case "slow":
            await _send_slowly(reply, answer.content_type, answer.pieces, seconds=float(argument or 0.1))
        case "drip":
            single = tuple(bytes([byte]) for piece in answer.pieces for byte in piece)
            await _send_slowly(reply, answer.content_type, single, seconds=float(argument or 0.3))
        case "cut-stream":
            await _send_beginning(reply, answer, count=int(argument or _PIECES_BEFORE_CUT))
        case _:
            body = b"".join(answer.pieces)
            await reply.send(answer.status, body, content_type=answer.content_type, headers=answer.headers)


async def _send_slowly(reply: Reply, content_type: str, pieces: tuple[bytes, ...], *, seconds: float) -> None:
    await reply.start_chunked(200, content_type=content_type)
    for piece in pieces:
        await reply.pause(seconds)
        await reply.send_chunk(piece)
    await reply.send_chunk(b"")


async def _send_beginning(reply: Reply, answer: Answer, *, count: int) -> None:
    await reply.start_chunked(200, content_type=answer.content_type)
    for piece in answer.pieces[:count]:
        await reply.send_chunk(piece)
    await reply.pause(_CUT_AFTER_SECONDS)  # hanging up throws away what has not gone out yet
    reply.hang_up()


async def _send_when_released(reply: Reply, answer: Answer, *, count: int, is_released: Callable[[], bool]) -> None:
    await reply.start_chunked(200, content_type=answer.content_type)
    for piece in answer.pieces[:count]:
        await reply.send_chunk(piece)
    while not is_released():
        await reply.pause(_GLANCE_SECONDS)
    for piece in answer.pieces[count:]:
        await reply.send_chunk(piece)
    await reply.send_chunk(b"")
