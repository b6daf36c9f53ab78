"""Runs: one agent on one task with one input."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, computed_field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED_UNTAGGED, READ, examples
from api.examples import ATTEMPT, NEW_RUN, RUN, RUN_LINE
from api.fields import REQUIRED_TEXT, IdInPath, JsonId, refuse_disguise
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit
from api.routing import Asking, make_router
from api.run_events import EVENT_RESPONSES, After, LastEventId, RunEventStream, find_start
from api.waiting import WaitSeconds, wait_for_run
from core.actors import Actor
from core.errors import Detail, InvalidInputError
from core.runs.records import AttemptRecord, RunFilter, RunPage, RunRecord, RunStatus, StartRun
from core.runs.starting import MAX_INPUT_CHARACTERS
from core.services import current_services

router = make_router("runs")
_ONE = "/runs/{run_id}"


_INPUT = {
    "title": "Input",
    "description": "Text, or an object that fits the task's request schema.",
    "anyOf": [
        {"type": "string", "maxLength": MAX_INPUT_CHARACTERS, **REQUIRED_TEXT},
        {"type": "object"},
    ],
}


class NewRun(BaseModel):
    """A run to start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_id: JsonId
    task_id: JsonId
    input: Annotated[Any, WithJsonSchema(_INPUT)]  # Any: JSON somebody wrote
    wait: Annotated[WaitSeconds, BeforeValidator(refuse_disguise)] = Field(
        default=0, description="How many seconds to wait for the end. 0: not at all."
    )


class Run(RunRecord):
    """A run as it is now."""

    @computed_field(description="Seconds from its beginning to its end; null before that, or if it never began.")  # type: ignore[prop-decorator]  # mypy knows no decorated property
    @property
    def duration_seconds(self) -> float | None:
        return super().duration_seconds


class Attempt(AttemptRecord):
    """One request to the model inside a run."""

    @computed_field(  # type: ignore[prop-decorator]  # as above
        description="Milliseconds to the first piece of a streamed answer; null for one that came at once, or never."
    )
    @property
    def first_token_ms(self) -> float | None:
        return super().first_token_ms

    @computed_field(description="Seconds from the request to the full answer; null while it runs.")  # type: ignore[prop-decorator]  # as above
    @property
    def duration_seconds(self) -> float | None:
        return super().duration_seconds


class AttemptList(BaseModel):
    """The attempts of a run, in order."""

    items: tuple[Attempt, ...]
    next_cursor: str | None = None
    total: int


@router.post("/runs", response_model=Run, status_code=201, responses=CREATED_UNTAGGED.of(RUN, 404))
async def start_run(
    request: Request, actor: Asking, body: Annotated[NewRun, Body(openapi_examples=examples(NEW_RUN))]
) -> Response:
    """Start a run of the agent's and the task's current versions; answer it as it is after `wait` seconds at most."""
    record = await run_in_threadpool(_start, actor, body)
    if body.wait:
        record = await wait_for_run(request, actor, record, wait_seconds=body.wait)
    return _answer_new(request, record)


@router.get("/runs", response_model=RunPage, responses=READ.list_of(RUN_LINE))
def list_runs(
    actor: Asking,
    agent_id: Annotated[IdInPath | None, Query(description="Only runs of this agent.")] = None,
    task_id: Annotated[IdInPath | None, Query(description="Only runs on this task.")] = None,
    status: Annotated[RunStatus | None, Query(description="Only runs with this status.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Return runs, newest first, without their inputs and results."""
    chosen = RunFilter(agent_id=agent_id, task_id=task_id, status=status)
    try:
        page = current_services().runs.page_runs(actor, chosen, limit=limit, cursor=cursor)
    except InvalidInputError as error:
        details = [Detail(place="query.cursor", message=error.message)]
        raise InvalidInputError(error.message, hint=error.hint, details=details) from error
    return answer(page)


@router.get(_ONE, response_model=Run, responses=READ.untagged(RUN))
def get_run(actor: Asking, run_id: IdInPath) -> Response:
    """Return a run as it is now."""
    return answer(_show(current_services().runs.get_run(actor, run_id)))


@router.get(
    f"{_ONE}/attempts",
    response_model=AttemptList,
    responses=READ.list_of(ATTEMPT, 404),
)
def list_run_attempts(actor: Asking, run_id: IdInPath) -> Response:
    """Return the attempts of a run, in order: what was sent, what came back, what was mended, what was wrong."""
    runs = current_services().runs
    runs.get_run(actor, run_id)
    items = tuple(Attempt.model_construct(**dict(record)) for record in runs.list_attempts(actor, run_id))
    return answer(AttemptList(items=items, total=len(items)))


@router.post(f"{_ONE}/cancel", response_model=Run, responses=READ.untagged(RUN, 409))
def cancel_run(actor: Asking, run_id: IdInPath) -> Response:
    """Cancel a run: a queued one ends at once, a running one as soon as its request is dropped."""
    return answer(_show(current_services().runs.cancel_run(actor, run_id)))


@router.get(f"{_ONE}/events", response_class=Response, responses=EVENT_RESPONSES)
async def stream_run_events(
    actor: Asking,
    run_id: IdInPath,
    last_event_id: LastEventId = None,
    after: After = None,
) -> Response:
    """Return what happens in the run as server-sent events, from the beginning or after one, up to its end."""
    start = after if last_event_id is None else last_event_id
    run = await run_in_threadpool(current_services().runs.get_run, actor, run_id)
    if start is not None and run.status.is_over and not await find_start(actor, run_id, start):
        # Tells a browser not to come back; it would after any other end.
        return Response(status_code=204)
    return RunEventStream(actor, run_id, after_seq=start or 0)


def _start(actor: Actor, body: NewRun) -> RunRecord:
    request = StartRun(agent_id=body.agent_id, task_id=body.task_id, input=body.input)
    try:
        return current_services().runs.start_run(actor, request)
    except InvalidInputError as error:
        details = [Detail(place=f"input{detail.place}", message=detail.message) for detail in error.details]
        whole = [Detail(place="input", message=error.message)]
        raise InvalidInputError(error.message, hint=error.hint, details=details or whole) from error


def _show(record: RunRecord) -> Run:
    return Run.model_construct(**dict(record))


@answers_again("runs", "queued")
def _answer_started_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().runs.get_run(actor, UUID(data["id"])))


@answers_again("runs", "ended")
@answers_again("runs", "cancel_requested")
def _answer_cancelled_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return answer(_show(current_services().runs.get_run(actor, UUID(data["id"]))))


def _answer_new(request: Request, record: RunRecord) -> Response:
    return answer_created(request, f"/runs/{record.id}", _show(record))
