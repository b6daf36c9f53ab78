"""The route the history's grid reads its blocks from: one query, only the rows on screen."""

import uuid
from datetime import datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.actors import LOCAL_USER
from core.errors import DashboardError
from core.runs.records import RunFilter, RunStatus, RunSummary
from core.services import current_services
from pages.ui.badges import status_word
from pages.ui.list_rows import routes as list_routes
from pages.ui.text import NOTHING, duration, find_zone, relative_time

ROWS_PATH = "/rows/runs"
MOST_ROWS = 200


class _Block(BaseModel):
    """The rows a grid asks for. A blank filter means any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    end: Annotated[int, Field(ge=1, le=100_000_000)] = 100
    agent: uuid.UUID | Literal[""] = ""
    task: uuid.UUID | Literal[""] = ""
    status: RunStatus | Literal[""] = ""
    zone: Annotated[str, Field(max_length=60)] = "UTC"

    def wanted(self) -> RunFilter:
        return RunFilter(agent_id=self.agent or None, task_id=self.task or None, status=self.status or None)


async def _list_rows(request: Request) -> JSONResponse:
    try:
        block = _Block.model_validate(dict(request.query_params))
    except ValidationError:
        return JSONResponse({"error": "This is not a block of the history."}, status_code=400)
    if not 0 < block.end - block.start <= MOST_ROWS:
        return JSONResponse({"error": f"A block has 1 to {MOST_ROWS} rows."}, status_code=400)
    try:
        return JSONResponse(await run_in_threadpool(_read_block, block), headers={"Cache-Control": "no-store"})
    except DashboardError as error:
        return JSONResponse({"error": error.message, "hint": error.hint}, status_code=503)


def _read_block(block: _Block) -> dict[str, Any]:  # Any: JSON
    services = current_services()
    readiness = services.readiness()
    if not readiness.is_ready:
        raise DashboardError(readiness.message, hint=readiness.hint)
    limit = block.end - block.start
    page = services.runs.page_runs(LOCAL_USER, block.wanted(), offset=block.start, limit=limit)
    zone = find_zone(block.zone)
    return {"rows": [_build_row(run, zone) for run in page.items], "total": page.total}


def _build_row(run: RunSummary, zone: tzinfo) -> dict[str, str]:
    return {
        "id": str(run.id),
        "status": status_word(run.status),
        "agent": run.agent_name,
        "task": run.task_name,
        "model": run.model_name,
        "attempts": f"{run.attempt_count:,}",
        "tokens": f"{run.input_tokens:,} → {run.output_tokens:,}" if run.attempt_count else NOTHING,
        "duration": duration(run.duration_seconds),
        "when": relative_time(run.queued_at, zone=zone),
        "when_exactly": _exactly(run.queued_at, zone),
        "message": run.message,
    }


def _exactly(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


routes: list[Route] = [Route(ROWS_PATH, _list_rows, methods=["GET"]), *list_routes]
