"""Does a POST that carries an Idempotency-Key once, and answers its repeats with the first answer."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from core.actors import Actor
from core.errors import DashboardError, Detail, InvalidInputError
from core.idempotency import KeptAnswer, Made, fingerprint_request
from core.services import current_services

_log = logging.getLogger(__name__)

KEY_HEADER = "idempotency-key"
REPLAYED_HEADER = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")
# Answers about these hold what people and models wrote, which is kept where it belongs and only as long as it may be.
_HOLDING_CONTENT = re.compile(r"/api/(runs|comparisons)(/|$)")
_KEPT_HEADERS = ("content-type", "etag", "location", "retry-after")


async def answer_once(
    request: Request, actor: Actor, key: str, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Answer the request, or give the answer it got before.

    Raises: InvalidInputError: the key cannot be one; KeyReusedError; StillAtWorkError.
    """
    if not _KEY.fullmatch(key):
        problem = "A key is 1 to 200 printable ASCII characters."
        raise InvalidInputError(problem, details=[Detail(place=f"header.{KEY_HEADER}", message=problem)])
    service = current_services().idempotency
    fingerprint = fingerprint_request(key, [*_describe(request), await request.body()])
    kept = await run_in_threadpool(service.reserve, actor, key, fingerprint=fingerprint)
    if isinstance(kept, KeptAnswer):
        return Response(kept.body, status_code=kept.status, headers=kept.headers | {REPLAYED_HEADER: "true"})
    if kept is not None:
        return await run_in_threadpool(_answer_again, request, actor, kept)
    with service.noting(actor, key, fingerprint=fingerprint):
        response = await answer(request)
    try:
        if response.status_code >= 500 or _HOLDING_CONTENT.match(request.url.path):
            # If something was done, a repeat is answered with it as it is by then; if nothing was, it is tried again.
            await run_in_threadpool(service.release, actor, key, fingerprint=fingerprint)
        else:
            await run_in_threadpool(service.keep_answer, actor, key, fingerprint=fingerprint, answer=_keep(response))
    except DashboardError as error:
        # What was done is done: the caller gets its answer, and a repeat waits until the key is free again.
        _log.warning("An answer could not be kept for repeats: %s", error.message)
    return response


Remake = Callable[[Request, Actor, dict[str, Any]], Response]  # Any: an event's data
_remakes: dict[tuple[str, str, str], Remake] = {}


def answers_again(topic: str, event: str, *, about: str = "") -> Callable[[Remake], Remake]:
    """Declare how a POST that did this is answered when its own answer was lost: with the thing as it is now.

    `about` is the parameter in the address of something larger of which it did this to a part; blank: there is none.
    """

    def declare(remake: Remake) -> Remake:
        _remakes[topic, event, about] = remake
        return remake

    return declare


def _answer_again(request: Request, actor: Actor, made: Made) -> Response:
    known = [(made.topic, made.event, about) for about in (*request.path_params, "")]
    remake = next(_remakes[key] for key in known if key in _remakes)
    response = remake(request, actor, made.data)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _describe(request: Request) -> list[bytes]:
    return [request.method.encode(), request.url.path.encode(), request.url.query.encode()]


def _keep(response: Response) -> KeptAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return KeptAnswer(status=response.status_code, headers=headers, body=bytes(response.body).decode())
