"""Comparisons: the same input over several agents, or several states of one, side by side."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, computed_field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED_UNTAGGED, DELETED, READ, examples
from api.fields import IdInPath, JsonId, JsonNote, refuse_disguise
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit
from api.routing import Asking, make_router
from api.run_examples import ANSWERS, COMPARISON, COMPARISON_LINE, NEW_COMPARISON, NEW_WINNER
from api.run_fields import JsonRunInput, JsonVariation, JsonVersionNumber
from core.actors import Actor
from core.errors import Detail, InvalidInputError, NotFoundError
from core.paging import Page
from core.providers.prices import Exact
from core.runs.comparing.aligning import align
from core.runs.comparing.records import (
    MAX_COLUMNS,
    MAX_REPEATS,
    MAX_RUNS,
    MIN_COLUMNS,
    AlignedAnswers,
    ComparedColumn,
    ComparisonColumnDraft,
    ComparisonDraft,
    ComparisonRecord,
    ComparisonSummary,
)
from core.runs.records import RunReason, RunRecord, RunStatus
from core.services import current_services

router = make_router("comparisons")
_ALL = "/comparisons"
_ONE = f"{_ALL}/{{comparison_id}}"
_PROVIDER_OF_COLUMN = re.compile(r"columns/\d+/provider_id")
# No keyword of JSON Schema multiplies.
_FEW_RUNS: list[JsonValue] = [
    {"properties": {"columns": {"maxItems": count}, "repeat_count": {"maximum": min(MAX_REPEATS, MAX_RUNS // count)}}}
    for count in range(MAX_RUNS // MAX_REPEATS, MAX_COLUMNS + 1)
]


class NewColumn(ComparisonColumnDraft):
    """One state of an agent, saved or only tried."""

    agent_id: JsonId
    agent_version: JsonVersionNumber = None
    variation: JsonVariation = None


class NewComparison(ComparisonDraft):
    """A comparison to start."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _FEW_RUNS})

    task_id: JsonId
    input: JsonRunInput
    columns: tuple[NewColumn, ...] = Field(min_length=MIN_COLUMNS, max_length=MAX_COLUMNS)
    repeat_count: Annotated[int, BeforeValidator(refuse_disguise)] = Field(
        default=1, ge=1, le=MAX_REPEATS, description=f"How often each column runs; at most {MAX_RUNS} runs in all."
    )


class NewWinner(BaseModel):
    """The column that is the best."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: Annotated[
        Annotated[int, Field(ge=1, le=MAX_COLUMNS), BeforeValidator(refuse_disguise)] | None,
        Field(description="Its position, from 1. Null takes the choice back, and its note with it."),
    ]
    note: JsonNote = ""


class ComparedRun(BaseModel):
    """A run of a comparison. `/runs/{id}` tells all of it."""

    id: UUID
    repeat: int
    """From 1."""
    status: RunStatus
    reason: RunReason
    message: str
    hint: str
    result: dict[str, Any] | None  # Any: JSON the model wrote
    attempt_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: Exact | None
    is_cost_complete: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: float | None
    rating: int | None


class Column(ComparedColumn):
    """One state of an agent with its runs, in the order of the repeats."""

    runs: tuple[ComparedRun, ...]  # type: ignore[assignment]  # all of a comparison's runs have its input and schema


class Comparison(ComparisonRecord):
    """A comparison as it is now."""

    id: UUID
    columns: tuple[Column, ...]

    @computed_field(description="Whether all of its runs are over.")  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def is_over(self) -> bool:
        return all(run.status.is_over for column in self.columns for run in column.runs)


class ComparisonLine(ComparisonSummary):
    """A comparison as a line of a list."""

    @computed_field(description="Whether all of its runs are over.")  # type: ignore[prop-decorator]  # as above
    @property
    def is_over(self) -> bool:
        return super().is_over


class ComparisonList(Page[ComparisonLine]):
    """Some comparisons, newest first."""


@router.post(_ALL, response_model=Comparison, status_code=201, responses=CREATED_UNTAGGED.of(COMPARISON, 404))
def start_comparison(
    request: Request, actor: Asking, body: Annotated[NewComparison, Body(openapi_examples=examples(NEW_COMPARISON))]
) -> Response:
    """Start every run of a comparison at once; each pins the task's current version and its column's state."""
    with _placing_errors():
        record = current_services().comparisons.start_comparison(actor, body)
    return _answer_new(request, record)


@router.get(_ALL, response_model=ComparisonList, responses=READ.list_of(COMPARISON_LINE))
def list_comparisons(actor: Asking, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """Return comparisons, newest first, without their runs."""
    page = current_services().comparisons.page_comparisons(actor, limit=limit, cursor=cursor)
    items = tuple(ComparisonLine.model_construct(**dict(line)) for line in page.items)
    return answer(ComparisonList(items=items, next_cursor=page.next_cursor, total=page.total))


@router.get(_ONE, response_model=Comparison, responses=READ.untagged(COMPARISON))
def get_comparison(actor: Asking, comparison_id: IdInPath) -> Response:
    """Return a comparison with its runs as they are now."""
    return answer(_show(current_services().comparisons.get_comparison(actor, comparison_id)))


@router.get(f"{_ONE}/answers", response_model=AlignedAnswers, responses=READ.untagged(ANSWERS))
def align_comparison(actor: Asking, comparison_id: IdInPath) -> Response:
    """Return the answers field by field, what differs in them, and the figures of each column."""
    return answer(align(current_services().comparisons.get_comparison(actor, comparison_id)))


@router.post(f"{_ONE}/cancel", response_model=Comparison, responses=READ.untagged(COMPARISON, 409))
def cancel_comparison(actor: Asking, comparison_id: IdInPath) -> Response:
    """Cancel every run of it that is not over."""
    return answer(_show(current_services().comparisons.cancel_comparison(actor, comparison_id)))


@router.put(f"{_ONE}/winner", response_model=Comparison, responses=READ.untagged(COMPARISON, 409, 413, 415))
def pick_winner(
    actor: Asking, comparison_id: IdInPath, body: Annotated[NewWinner, Body(openapi_examples=examples(NEW_WINNER))]
) -> Response:
    """Say which column is the best. The last word counts, whoever says it."""
    comparisons = current_services().comparisons
    return answer(_show(comparisons.pick_winner(actor, comparison_id, body.position, body.note)))


@router.delete(_ONE, status_code=204, response_class=Response, responses=DELETED.of(None, 409))
def delete_comparison(actor: Asking, comparison_id: IdInPath) -> Response:
    """Delete a comparison with its runs (409 while one goes on). For an hour it can be brought back."""
    current_services().comparisons.delete_comparison(actor, comparison_id)
    return Response(status_code=204)


@router.post(f"{_ONE}/restore", response_model=Comparison, responses=READ.untagged(COMPARISON))
def restore_comparison(actor: Asking, comparison_id: IdInPath) -> Response:
    """Bring a deleted comparison back with the runs that were deleted with it."""
    return answer(_show(current_services().comparisons.restore_comparison(actor, comparison_id)))


@answers_again("comparisons", "created")
def _answer_started_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().comparisons.get_comparison(actor, UUID(data["id"])))


@answers_again("comparisons", "restored")
@answers_again("runs", "ended", about="comparison_id")
@answers_again("runs", "cancel_requested", about="comparison_id")
def _answer_changed_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return get_comparison(actor, UUID(request.path_params["comparison_id"]))


@contextmanager
def _placing_errors() -> Iterator[None]:
    """Say of what is wrong with the input that it stood there; of a column, the core says where.

    A provider that is not there is answered with 404, as every other thing that a request names.
    """
    try:
        yield
    except InvalidInputError as error:
        details = [Detail(place=_place(detail.place), message=detail.message) for detail in error.details]
        details = details or [Detail(place="input", message=error.message)]
        is_missing = all(_PROVIDER_OF_COLUMN.fullmatch(detail.place) for detail in details)
        kind = NotFoundError if is_missing else InvalidInputError
        raise kind(error.message, hint=error.hint, details=details) from error


def _place(place: str) -> str:
    return place if place.startswith("columns") else f"input{place}"


def _answer_new(request: Request, record: ComparisonRecord) -> Response:
    return answer_created(request, f"/comparisons/{record.id}", _show(record))


def _show(record: ComparisonRecord) -> Comparison:
    columns = tuple(
        Column.model_construct(**{**dict(column), "runs": tuple(map(_show_run, column.runs))})
        for column in record.columns
    )
    return Comparison.model_construct(**{**dict(record), "columns": columns})


def _show_run(record: RunRecord) -> ComparedRun:
    known = {name: value for name, value in record if name in ComparedRun.model_fields}
    return ComparedRun.model_construct(
        **known, repeat=record.comparison_repeat or 1, duration_seconds=record.duration_seconds
    )
