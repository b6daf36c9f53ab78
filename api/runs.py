"""Runs: one agent on one task with one input."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, computed_field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED_UNTAGGED, READ, examples
from api.fields import IdInPath, JsonId, JsonNote, refuse_disguise
from api.idempotency import answers_again
from api.routing import RUN_PATH, Asking, make_router
from api.run_events import EVENT_RESPONSES, After, LastEventId, RunEventStream, find_start
from api.run_examples import ATTEMPT, NEW_RATING, NEW_RUN, NEW_VARIED_RUN, RUN, RUN_COPY
from api.run_fields import JsonRunInput, JsonVariation, JsonVersionNumber, placing_run_errors
from api.waiting import WaitSeconds, wait_for_run
from core.actors import Actor
from core.runs.rating import RatingDraft
from core.runs.records import AttemptRecord, RunRecord, StartRun
from core.services import current_services

router = make_router("runs")
_ONE = RUN_PATH


class NewRun(BaseModel):
    """A run to start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_id: JsonId
    task_id: JsonId
    input: JsonRunInput
    agent_version: JsonVersionNumber = None
    variation: JsonVariation = None
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


class NewRating(RatingDraft):
    """What somebody thinks of a run."""

    rating: Annotated[
        Literal[1, -1] | None,
        BeforeValidator(refuse_disguise),
        WithJsonSchema({"anyOf": [{"type": "integer", "enum": [1, -1]}, {"type": "null"}]}),
    ] = Field(description="1: good, -1: bad. Null takes a rating back, and its note with it.")
    note: JsonNote = ""


class RunCopy(BaseModel):
    """A run in three ways to repeat or keep it."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    python: str = Field(description="A file that asks as the run did, with pydantic-ai alone.")
    curl: str = Field(description="A shell command: the same input again, and the same variation if it was one.")
    run: str = Field(alias="json", description="The run as this API gives it, as text.")


@router.post("/runs", response_model=Run, status_code=201, responses=CREATED_UNTAGGED.of(RUN, 404))
async def start_run(
    request: Request, actor: Asking, body: Annotated[NewRun, Body(openapi_examples=examples(NEW_RUN, NEW_VARIED_RUN))]
) -> Response:
    """Start a run of the task's and the agent's current versions, or of what the body says of the agent.

    It is answered as it is after `wait` seconds at most.
    """
    record = await run_in_threadpool(_start, actor, body)
    if body.wait:
        record = await wait_for_run(request, actor, record, wait_seconds=body.wait)
    return _answer_new(request, record)


@router.get(_ONE, response_model=Run, responses=READ.untagged(RUN))
def get_run(actor: Asking, run_id: IdInPath) -> Response:
    """Return a run as it is now."""
    return answer(show_run(current_services().runs.get_run(actor, run_id)))


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
    return answer(show_run(current_services().runs.cancel_run(actor, run_id)))


@router.put(f"{_ONE}/rating", response_model=Run, responses=READ.untagged(RUN, 409, 413, 415))
def rate_run(
    actor: Asking, run_id: IdInPath, body: Annotated[NewRating, Body(openapi_examples=examples(NEW_RATING))]
) -> Response:
    """Say what you think of a run that is over. The last word counts, whoever says it."""
    return answer(show_run(current_services().ratings.rate_run(actor, run_id, body)))


@router.get(f"{_ONE}/code", response_model=RunCopy, responses=READ.untagged(RUN_COPY, 409))
def copy_run(request: Request, actor: Asking, run_id: IdInPath) -> Response:
    """Return the run as code to repeat or keep it; the provider's key is in none of it."""
    code = current_services().code.copy_run(actor, run_id, benchtop_url=_write_own_address(request))
    return answer(RunCopy(python=code.python, curl=code.curl, run=code.json))


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
    request = StartRun.model_validate(body.model_dump(exclude={"wait", "variation"}) | {"variation": body.variation})
    with placing_run_errors():
        return current_services().runs.start_run(actor, request)


def _write_own_address(request: Request) -> str:
    """Return where Benchtop's pages are, as the asker reached it."""
    return f"{request.url.scheme}://{request.url.netloc}"


def show_run(record: RunRecord) -> Run:
    return Run.model_construct(**dict(record))


@answers_again("runs", "queued")
def _answer_started_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().runs.get_run(actor, UUID(data["id"])))


@answers_again("runs", "ended")
@answers_again("runs", "cancel_requested")
def _answer_cancelled_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return answer(show_run(current_services().runs.get_run(actor, UUID(data["id"]))))


def _answer_new(request: Request, record: RunRecord) -> Response:
    return answer_created(request, f"/runs/{record.id}", show_run(record))
