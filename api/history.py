"""The history of runs: found by filters, told as figures, carried away as a file, deleted and brought back."""

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

import anyio
from fastapi import Query
from pydantic import BaseModel, computed_field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.answers import answer
from api.documents import DELETED, READ, refusals
from api.fields import IdInPath
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit
from api.routing import RUN_PATH, Asking, make_router
from api.run_examples import FIGURES, RUN, RUN_LINE
from api.run_filters import Filtered, Order, Zone
from api.runs import Run, show_run
from core.actors import Actor
from core.errors import Detail, InvalidInputError, NotFoundError, StateConflictError
from core.runs.history.records import ExportFormat, RunFigure, RunGrouping
from core.runs.records import RunFilter, RunPage, RunSort
from core.services import current_services

router = make_router("runs")
_TEXT = {"schema": {"type": "string"}}
_FILE: dict[int | str, dict[str, Any]] = {  # Any: pieces of an OpenAPI document
    200: {
        "description": "The file, piece by piece. One that breaks off is not whole.",
        "headers": {
            "Content-Disposition": {"schema": {"type": "string"}, "description": "Its name.", "required": True}
        },
        "content": {
            "text/csv": _TEXT | {"example": "id,status\n886313e1-3b8a-4372-9b90-0c9aee199e5d,passed\n"},
            "application/x-ndjson": _TEXT | {"example": '{"id":"886313e1-3b8a-4372-9b90-0c9aee199e5d"}\n'},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}, "example": "PAR1…"},
        },
    },
    **refusals(422, 503),
}


class Figure(RunFigure):
    """What some runs came to."""

    @computed_field(description="Passed ones of those that ended other than cancelled, 0 to 1; null without any.")  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def pass_rate(self) -> float | None:
        return super().pass_rate


class Figures(BaseModel):
    """What the runs that fit the filters came to, together and in groups."""

    grouping: RunGrouping
    total: Figure
    groups: tuple[Figure, ...]
    is_complete: bool


@router.get("/runs", response_model=RunPage, responses=READ.list_of(RUN_LINE))
def list_runs(
    actor: Asking,
    chosen: Filtered,
    sort: Annotated[RunSort, Query(description="What to order by; runs that have none of it come last.")] = (
        RunSort.QUEUED_AT
    ),
    order: Annotated[Order, Query(description="The least first (`asc`), or the most.")] = Order.DESCENDING,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Return runs, newest first unless told otherwise, without their inputs and results.

    A `cursor` goes on in the order it was given for. `total` is counted up to 10,000.
    """
    is_ascending = order is Order.ASCENDING
    history = current_services().history
    with _placing_errors():
        page = history.page_runs(actor, chosen, sort=sort, is_ascending=is_ascending, limit=limit, cursor=cursor)
    return answer(page)


@router.get("/runs/export", response_class=Response, responses=_FILE)
async def export_runs(
    actor: Asking,
    chosen: Filtered,
    export_format: Annotated[ExportFormat, Query(alias="format", description="The kind of file.")] = ExportFormat.CSV,
) -> Response:
    """Return the runs that fit as a file, with their inputs and results."""
    # What can go wrong goes wrong before the first piece, when it can still be answered with a refusal.
    first, rest = await run_in_threadpool(_begin_export, actor, chosen, export_format)
    name = f'attachment; filename="benchtop-runs.{export_format.value}"'
    return StreamingResponse(
        _pass_on(first, rest), media_type=export_format.media_type, headers={"Content-Disposition": name}
    )


@router.get("/runs/figures", response_model=Figures, responses=READ.untagged(FIGURES))
def figure_runs(
    actor: Asking,
    chosen: Filtered,
    by: Annotated[RunGrouping, Query(description="What makes a group.")] = RunGrouping.DAY,
    zone: Zone = "UTC",
) -> Response:
    """Return what the runs that fit came to: how many passed, durations, tokens and cost, together and in groups."""
    with _placing_errors():
        told = current_services().history.figure_runs(actor, chosen, grouping=by, zone=zone)
    groups = tuple(_show_figure(group) for group in told.groups)
    total = _show_figure(told.total)
    return answer(Figures(grouping=told.grouping, total=total, groups=groups, is_complete=told.is_complete))


@router.delete(RUN_PATH, status_code=204, response_class=Response, responses=DELETED.of(None, 409))
def delete_run(actor: Asking, run_id: IdInPath) -> Response:
    """Delete a run that is over (409 while it goes on). For an hour it can be brought back."""
    deletion = current_services().history.delete_runs(actor, [run_id])
    if run_id in deletion.kept:
        raise StateConflictError("The run is not over yet.", hint="Cancel it first, or wait for its end.")
    if run_id not in deletion.deleted:
        raise NotFoundError("There is no such run.", hint="It may have been deleted already.")
    return Response(status_code=204)


@router.post(f"{RUN_PATH}/restore", response_model=Run, responses=READ.untagged(RUN))
def restore_run(actor: Asking, run_id: IdInPath) -> Response:
    """Bring a deleted run back."""
    if not current_services().history.restore_runs(actor, [run_id]):
        raise NotFoundError("There is no deleted run with this id.", hint="It is gone for good an hour later.")
    return answer(show_run(current_services().runs.get_run(actor, run_id)))


@answers_again("runs", "restored")
def _answer_restored_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return answer(show_run(current_services().runs.get_run(actor, UUID(data["id"]))))


@contextmanager
def _placing_errors() -> Iterator[None]:
    """Say that what is wrong stood in the address."""
    try:
        yield
    except InvalidInputError as error:
        details = [Detail(place=f"query.{detail.place}", message=detail.message) for detail in error.details]
        raise InvalidInputError(error.message, hint=error.hint, details=details) from error


def _show_figure(figure: RunFigure) -> Figure:
    return Figure.model_construct(**dict(figure))


def _begin_export(
    actor: Actor, chosen: RunFilter, export_format: ExportFormat
) -> tuple[bytes, Generator[bytes, None, None]]:
    with _placing_errors():
        pieces = _read(current_services().history.export_runs(actor, chosen, export_format))
        return next(pieces, b""), pieces


def _read(pieces: Iterator[bytes]) -> Generator[bytes, None, None]:
    yield from pieces


async def _pass_on(first: bytes, rest: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    try:
        yield first
        while (piece := await run_in_threadpool(next, rest, None)) is not None:
            yield piece
    finally:
        # Also when the asker has gone: what is read from the database is let go of.
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(rest.close)
