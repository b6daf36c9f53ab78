"""The routes live tables read their rows from again."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.actors import LOCAL_USER
from core.errors import DashboardError
from core.services import current_services
from pages.ui.agent_list import AGENTS
from pages.ui.history.comparisons import COMPARISONS
from pages.ui.latest_runs import LATEST_RUNS
from pages.ui.live_table import ROWS_PREFIX, TableSource
from pages.ui.providers.list import PROVIDERS
from pages.ui.task_list import TASKS
from pages.ui.text import find_zone

_SHARED_SECONDS = 1.0

_Reading = dict[str, asyncio.Task[bytes]]
_readings: WeakKeyDictionary[asyncio.AbstractEventLoop, _Reading] = WeakKeyDictionary()


class _Place(BaseModel):
    """Which page of a list is asked for, and in whose time zone. `seq` is the event that made somebody ask."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    zone: Annotated[str, Field(max_length=60)] = "UTC"
    seq: Annotated[int | None, Field(ge=0, lt=2**63)] = None


def _route(source: TableSource[Any, Any]) -> Route:  # Any: the things and filters of one list
    async def list_rows(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            place, wanted = _Place.model_validate(query), source.filter_kind.model_validate(query)
        except ValidationError:
            return JSONResponse({"error": "This is not a page of the list."}, status_code=400)

        def read() -> bytes:
            services = current_services()
            readiness = services.readiness()
            if not readiness.is_ready:
                raise DashboardError(readiness.message, hint=readiness.hint)
            zone = find_zone(place.zone)
            page = source.read_page(services, LOCAL_USER, wanted, number=place.number, zone=zone)
            return json.dumps(page, ensure_ascii=False).encode()

        try:
            body = await (run_in_threadpool(read) if place.seq is None else share(str(request.url), read))
        except DashboardError as error:
            return JSONResponse({"error": error.message, "hint": error.hint}, status_code=503)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    return Route(f"{ROWS_PREFIX}{source.name}", list_rows, methods=["GET"])


async def share(address: str, read: Callable[[], bytes]) -> bytes:
    """Read once for all who ask the same at the same time: every open tab does when something changes.

    The address names the event they have heard of, so what was read since then is new enough for each of them.
    """
    loop = asyncio.get_running_loop()
    readings = _readings.setdefault(loop, {})
    if address not in readings:
        readings[address] = reading = loop.create_task(run_in_threadpool(read))
        loop.call_later(_SHARED_SECONDS, readings.pop, address, None)
        reading.add_done_callback(
            lambda ended: readings.pop(address, None) if ended.cancelled() or ended.exception() else None
        )
    return await asyncio.shield(readings[address])


routes = [_route(source) for source in (AGENTS, TASKS, PROVIDERS, LATEST_RUNS, COMPARISONS)]
