"""The route the history's grid reads its blocks from: one query, only the rows on screen."""

from datetime import tzinfo
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.actors import LOCAL_USER
from core.errors import DashboardError, InvalidInputError
from core.runs.costs import CostSum, say_cost
from core.runs.records import RunSort, RunSummary
from core.services import current_services
from pages.ui.badges import status_word
from pages.ui.history.export_route import routes as export_routes
from pages.ui.history.query import HistoryQuery
from pages.ui.list_rows import routes as list_routes
from pages.ui.text import NOTHING, absolute_time, duration, find_zone, relative_time

ROWS_PATH = "/rows/runs"
MOST_ROWS = 200
RATING_WORDS = {1: "Good", -1: "Bad", None: ""}


class _Block(HistoryQuery):
    """The rows a grid asks for: after `cursor` where it has one, else after the first `start` rows."""

    start: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    end: Annotated[int, Field(ge=1, le=100_000_000)] = 100
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    sort: RunSort = RunSort.QUEUED_AT
    order: Literal["asc", "desc"] = "desc"


async def _list_rows(request: Request) -> JSONResponse:
    try:
        block = _Block.model_validate(dict(request.query_params))
    except ValidationError:
        return _refuse("This is not a block of the history.")
    if not 0 < block.end - block.start <= MOST_ROWS:
        return _refuse(f"A block has 1 to {MOST_ROWS} rows.")
    try:
        return JSONResponse(await run_in_threadpool(_read_block, block), headers={"Cache-Control": "no-store"})
    except InvalidInputError as error:
        return _refuse(error.message)
    except DashboardError as error:
        return JSONResponse({"error": error.message, "hint": error.hint}, status_code=503)


def _refuse(sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=400)


def _read_block(block: _Block) -> dict[str, Any]:  # Any: JSON
    services = current_services()
    readiness = services.readiness()
    if not readiness.is_ready:
        raise DashboardError(readiness.message, hint=readiness.hint)
    page = services.history.page_runs(
        LOCAL_USER,
        block.to_filter(),
        sort=block.sort,
        is_ascending=block.order == "asc",
        limit=block.end - block.start,
        cursor=block.cursor,
        offset=0 if block.cursor else block.start,
    )
    zone = find_zone(block.zone)
    return {
        "rows": [_build_row(run, zone) for run in page.items],
        "total": page.total,
        "is_exact": page.is_total_exact,
        "cursor": page.next_cursor,
    }


def _build_row(run: RunSummary, zone: tzinfo) -> dict[str, str]:
    return {
        "id": str(run.id),
        "task_id": str(run.task_id),
        "status": status_word(run.status),
        "agent": f"{run.agent_name} · {_version(run)}",
        "task": run.task_name,
        "model": run.model_name,
        "provider": run.provider_name,
        "attempts": f"{run.attempt_count:,}",
        "tokens": f"{run.input_tokens:,} → {run.output_tokens:,}" if run.attempt_count else NOTHING,
        "cost": _cost(run),
        "duration": duration(run.duration_seconds),
        "rating": RATING_WORDS[run.rating],
        "who": run.started_by,
        "when": relative_time(run.queued_at, zone=zone),
        "when_exactly": absolute_time(run.queued_at, zone=zone),
        "message": run.message,
    }


def _version(run: RunSummary) -> str:
    return "variation" if run.agent_version is None else f"v{run.agent_version}"


def _cost(run: RunSummary) -> str:
    """Say what it cost; a dash for a run that asked nothing yet, never $0 for what nobody knows."""
    known, unknown = int(run.cost_usd is not None), int(not run.is_cost_complete)
    if not known and not unknown:
        return NOTHING
    said = say_cost(CostSum(amount_usd=run.cost_usd, known_count=known, unknown_count=unknown))
    return said.replace("at least ", "≥ ")


routes: list[Route] = [Route(ROWS_PATH, _list_rows, methods=["GET"]), *export_routes, *list_routes]
