"""The one kind of route: it reads strictly, refuses in one shape, and does a request with a key only once."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from api.actor import current_actor
from api.bodies import read_json
from api.errors import refuse
from api.idempotency import KEY_HEADER, answer_once
from core.actors import Actor
from core.errors import Detail, InvalidInputError

RUN_PATH = "/runs/{run_id:run}"
"""Where one run is."""


class _RunConvertor(StringConvertor):
    """Takes for the id of a run whatever is not one of the fixed addresses beside it, which take other methods."""

    regex = r"(?!(?:check|export|figures|preview)(?:/|$))[^/]+"


register_url_convertor("run", _RunConvertor())

Handler = Callable[[Request], Coroutine[Any, Any, Response]]  # Any: typing's own coroutine parameters


async def _find_actor() -> Actor:
    # A coroutine, since FastAPI would send a plain function to a thread of its own.
    return current_actor()


Asking = Annotated[Actor, Depends(_find_actor)]
"""Who is asking, as a parameter of a route."""


class ApiRoute(APIRoute):
    """A route of the API."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = frozenset(
            field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, params.Query)
        )

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is answered in the one shape
                return refuse(error, path=request.url.path)

        async def read_and_answer(request: Request) -> Response:
            try:
                _check_query(request, known)
                read = await read_json(request)
                key = request.headers.get(KEY_HEADER)
                if request.method == "POST" and key is not None:
                    return await answer_once(read, current_actor(), key, answer)
            except Exception as error:  # noqa: BLE001  # as above
                return refuse(error, path=request.url.path)
            return await answer(read)

        return read_and_answer


def make_router(noun: str) -> APIRouter:
    """Return the router of one noun."""
    return APIRouter(route_class=ApiRoute, tags=[noun])


def _check_query(request: Request, known: frozenset[str]) -> None:
    """Refuse a parameter that is not known, which may be a filter with a slip in it, or given twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    problems = {name: "There is no such parameter." for name in given if name not in known}
    problems |= {name: "This parameter is given twice." for name in given if name in known and given.count(name) > 1}
    if problems:
        details = [
            Detail(place=f"query.{name[:100]}", message=problem) for name, problem in list(problems.items())[:20]
        ]
        message = f"“{details[0].place}” cannot be used: {details[0].message}"
        raise InvalidInputError(message, details=details)
