"""The route that hands out all runs of a view as one file, written while it is read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from core.actors import LOCAL_USER
from core.errors import DashboardError, InvalidInputError
from core.runs.history.records import ExportFormat
from core.services import current_services
from pages.ui.history.query import HistoryQuery
from pages.ui.text import find_zone

EXPORT_PATH = "/rows/runs/export"
FORMAT_WORDS = {
    ExportFormat.CSV: "CSV, for spreadsheets",
    ExportFormat.JSONL: "JSON Lines, one run a line",
    ExportFormat.PARQUET: "Parquet, for data frames",
}


class _Export(HistoryQuery):
    """A view, and the kind of file it is wanted as."""

    format: ExportFormat


async def _export_runs(request: Request) -> Response:
    try:
        wanted = _Export.model_validate(dict(request.query_params))
    except ValidationError:
        kinds = ", ".join(each.value for each in ExportFormat)
        return PlainTextResponse(f"This is no export of the history. Ask for one of: {kinds}.", status_code=400)
    try:
        pieces = await run_in_threadpool(_begin, wanted)
    except InvalidInputError as error:
        return PlainTextResponse(f"{error.message} {error.hint}".strip(), status_code=400)
    except DashboardError as error:
        return PlainTextResponse(f"{error.message} {error.hint}".strip(), status_code=503)
    return StreamingResponse(
        pieces,
        media_type=wanted.format.media_type,
        headers={"Content-Disposition": f'attachment; filename="{_file_name(wanted)}"', "Cache-Control": "no-store"},
    )


def _begin(wanted: _Export) -> Iterator[bytes]:
    """Read the first piece, so that what speaks against an export is said before a file begins."""
    services = current_services()
    readiness = services.readiness()
    if not readiness.is_ready:
        raise DashboardError(readiness.message, hint=readiness.hint)
    pieces = services.history.export_runs(LOCAL_USER, wanted.to_filter(), wanted.format)
    return chain([next(pieces, b"")], pieces)


def _file_name(wanted: _Export) -> str:
    today = datetime.now(UTC).astimezone(find_zone(wanted.zone)).date()
    kind = "runs" if wanted.is_open else "chosen-runs"
    return f"benchtop-{kind}-{today.isoformat()}.{wanted.format.value}"


routes = [Route(EXPORT_PATH, _export_runs, methods=["GET"])]
