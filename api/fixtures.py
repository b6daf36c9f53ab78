"""Fixtures: inputs kept with a task under names, to try it with."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, ConfigDict, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED, DELETED, READ, examples
from api.examples import FIXTURE, FIXTURE_CHANGE, NEW_FIXTURE, NEW_FIXTURE_OF_RUN
from api.fields import STORABLE, IdInPath, JsonId, JsonName
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit
from api.preconditions import IfMatch, read_expected, write_etag
from api.routing import Asking, make_router
from core.actors import Actor
from core.changes import not_set
from core.errors import Detail, InvalidInputError
from core.services import current_services
from core.tasks.inputs import MAX_INPUT_CHARACTERS
from core.tasks.records import FixtureChange, FixtureDraft, FixtureOfRun, FixturePage, FixtureRecord

router = make_router("fixtures")
_ALL = "/tasks/{task_id}/fixtures"
_ONE = f"{_ALL}/{{fixture_id}}"
_INPUT = {
    "title": "Input",
    "description": "Text, or an object. It is kept as written whether it fits the task's request schema or not.",
    "anyOf": [{"type": "string", "maxLength": MAX_INPUT_CHARACTERS, **STORABLE}, {"type": "object"}],
}
JsonInput = Annotated[Any, WithJsonSchema(_INPUT)]  # Any: JSON somebody wrote


class NewFixture(BaseModel):
    """A fixture to create: with an `input`, or with the input of the run `run_id`, which was on the same task."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"oneOf": [{"required": ["input"]}, {"required": ["run_id"]}]}
    )

    name: JsonName
    input: JsonInput = not_set()
    run_id: JsonId = not_set()


class FixturePatch(FixtureChange):
    """What is to be different about a fixture. What is left out stays."""

    name: JsonName = not_set()
    input: JsonInput = not_set()


@router.post(_ALL, response_model=FixtureRecord, status_code=201, responses=CREATED.of(FIXTURE, 404))
def create_fixture(
    request: Request,
    actor: Asking,
    task_id: IdInPath,
    body: Annotated[NewFixture, Body(openapi_examples=examples(NEW_FIXTURE, NEW_FIXTURE_OF_RUN))],
) -> Response:
    """Keep an input with a task: a given one, or that of a run. `fits` says whether the task would take it."""
    return _answer_new(request, _create(actor, task_id, body))


@router.get(_ALL, response_model=FixturePage, responses=READ.list_of(FIXTURE, 404))
def list_fixtures(actor: Asking, task_id: IdInPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """Return the fixtures of a task, oldest first."""
    return answer(current_services().fixtures.page_fixtures(actor, task_id, limit=limit, cursor=cursor))


@router.get(_ONE, response_model=FixtureRecord, responses=READ.of(FIXTURE))
def get_fixture(actor: Asking, task_id: IdInPath, fixture_id: IdInPath) -> Response:
    """Return a fixture as it is now."""
    record = current_services().fixtures.get_fixture(actor, task_id, fixture_id)
    return answer(record, headers=write_etag(record))


@router.put(_ONE, response_model=FixtureRecord, responses=READ.of(FIXTURE, 409, 412, 413, 415))
def change_fixture(
    actor: Asking,
    task_id: IdInPath,
    fixture_id: IdInPath,
    body: Annotated[FixturePatch, Body(openapi_examples=examples(FIXTURE_CHANGE))],
    if_match: IfMatch = None,
) -> Response:
    """Change the fields that are given. Runs that had the input keep theirs."""
    fixtures = current_services().fixtures
    expected = read_expected(if_match, partial(fixtures.get_fixture, actor, task_id, fixture_id))
    record = fixtures.change_fixture(actor, task_id, fixture_id, body, expected_etag=expected)
    return answer(record, headers=write_etag(record))


@router.delete(_ONE, status_code=204, response_class=Response, responses=DELETED.of(None, 412))
def delete_fixture(actor: Asking, task_id: IdInPath, fixture_id: IdInPath, if_match: IfMatch = None) -> Response:
    """Take a fixture out of use. Runs that had its input stay as they are."""
    fixtures = current_services().fixtures
    expected = read_expected(if_match, partial(fixtures.get_fixture, actor, task_id, fixture_id))
    fixtures.delete_fixture(actor, task_id, fixture_id, expected_etag=expected)
    return Response(status_code=204)


@answers_again("tasks", "fixture_created")
def _answer_created_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    record = current_services().fixtures.get_fixture(actor, UUID(data["id"]), UUID(data["fixture_id"]))
    return _answer_new(request, record)


def _create(actor: Actor, task_id: UUID, body: NewFixture) -> FixtureRecord:
    given = body.model_fields_set & {"input", "run_id"}
    if len(given) != 1:
        problem = "Give either an input or the id of a run."
        raise InvalidInputError(problem, details=[Detail(place="input", message=problem)])
    fixtures = current_services().fixtures
    if "run_id" in given:
        return fixtures.create_fixture_from_run(actor, task_id, FixtureOfRun(name=body.name, run_id=body.run_id))
    return fixtures.create_fixture(actor, task_id, FixtureDraft(name=body.name, input=body.input))


def _answer_new(request: Request, record: FixtureRecord) -> Response:
    return answer_created(request, f"/tasks/{record.task_id}/fixtures/{record.id}", record, tag=record)
