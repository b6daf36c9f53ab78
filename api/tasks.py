"""Tasks: the shape of the answer somebody wants, versioned."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED, DELETED, READ, examples
from api.examples import NEW_TASK, NEW_TASK_SHORT, TASK, TASK_CHANGE, TASK_VERSION, VALUE_CHECK, VALUE_TO_CHECK
from api.fields import IdInPath, JsonFlag, JsonName, JsonTaskDescription
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Search
from api.preconditions import IfMatch, read_expected, write_etag
from api.routing import Asking, make_router
from api.schema_documents import OPTIONAL_SCHEMA, SCHEMA
from core.actors import Actor
from core.changes import not_set
from core.services import current_services
from core.tasks.checking import ValueCheck, check_value
from core.tasks.records import TaskChange, TaskDraft, TaskFilter, TaskPage, TaskRecord, TaskVersionPage
from core.tasks.schemas.json_values import JsonObject
from core.tasks.schemas.short_form import expand_short_form

router = make_router("tasks")
_ONE = "/tasks/{task_id}"
_MENDS_ANSWERS = (
    "Whether what was plainly meant is mended before a retry is spent on it: a number or true/false written as text, "
    "a lone item for a list, JSON in a code fence or among prose. Each mend is listed on the attempt."
)
_STORES_CONTENT = (
    "Whether inputs, requests and answers of its runs are stored. If not, only their figures are, and the rest can be "
    "read for 15 minutes after the end."
)


def _expand(value: object) -> object:
    return expand_short_form(value) if isinstance(value, dict) else value


JsonSchemaField = Annotated[JsonObject, BeforeValidator(_expand), WithJsonSchema(SCHEMA)]
OptionalSchemaField = Annotated[JsonObject | None, BeforeValidator(_expand), WithJsonSchema(OPTIONAL_SCHEMA)]


class NewTask(TaskDraft):
    """A task to create."""

    model_config = ConfigDict(extra="forbid")

    name: JsonName
    description: JsonTaskDescription = ""
    response_schema: JsonSchemaField
    request_schema: OptionalSchemaField = None
    mends_answers: JsonFlag = Field(default=True, description=_MENDS_ANSWERS)
    stores_content: JsonFlag = Field(default=True, description=_STORES_CONTENT)


class TaskPatch(TaskChange):
    """What is to be different about a task. What is left out stays."""

    name: JsonName = not_set()
    description: JsonTaskDescription = not_set()
    response_schema: JsonSchemaField = not_set()
    request_schema: OptionalSchemaField = not_set()
    mends_answers: JsonFlag = not_set()
    stores_content: JsonFlag = not_set()


class ValueToCheck(BaseModel):
    """A value to judge, as a model might answer it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any = Field(description="Any JSON value.")  # Any: JSON somebody wrote


@router.post("/tasks", response_model=TaskRecord, status_code=201, responses=CREATED.of(TASK))
def create_task(
    request: Request, actor: Asking, body: Annotated[NewTask, Body(openapi_examples=examples(NEW_TASK, NEW_TASK_SHORT))]
) -> Response:
    """Store a new task as version 1. A schema that cannot be used is refused (422) with the place and the reason."""
    record = current_services().tasks.create_task(actor, body)
    return _answer_new(request, record)


@router.get("/tasks", response_model=TaskPage, responses=READ.list_of(TASK))
def list_tasks(
    actor: Asking,
    search: Search = "",
    agent_id: Annotated[IdInPath | None, Query(description="Only tasks this agent may do.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Return tasks by name."""
    chosen = TaskFilter(search=search, agent_id=agent_id)
    return answer(current_services().tasks.page_tasks(actor, chosen, limit=limit, cursor=cursor))


@router.get(_ONE, response_model=TaskRecord, responses=READ.of(TASK))
def get_task(actor: Asking, task_id: IdInPath) -> Response:
    """Return a task as it is now."""
    record = current_services().tasks.get_task(actor, task_id)
    return answer(record, headers=write_etag(record))


@router.put(_ONE, response_model=TaskRecord, responses=READ.of(TASK, 409, 412, 413, 415))
def change_task(
    actor: Asking,
    task_id: IdInPath,
    body: Annotated[TaskPatch, Body(openapi_examples=examples(TASK_CHANGE))],
    if_match: IfMatch = None,
) -> Response:
    """Change the fields that are given. What is different makes a new version; runs keep the one they had."""
    tasks = current_services().tasks
    expected = read_expected(if_match, partial(tasks.get_task, actor, task_id))
    record = tasks.change_task(actor, task_id, body, expected_etag=expected)
    return answer(record, headers=write_etag(record))


@router.delete(_ONE, status_code=204, response_class=Response, responses=DELETED.of(None, 412))
def delete_task(actor: Asking, task_id: IdInPath, if_match: IfMatch = None) -> Response:
    """Take a task out of use. Its runs stay readable."""
    tasks = current_services().tasks
    expected = read_expected(if_match, partial(tasks.get_task, actor, task_id))
    tasks.delete_task(actor, task_id, expected_etag=expected)
    return Response(status_code=204)


@router.get(f"{_ONE}/versions", response_model=TaskVersionPage, responses=READ.list_of(TASK_VERSION, 404))
def list_task_versions(
    actor: Asking, task_id: IdInPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Return the saved states of a task, newest first."""
    return answer(current_services().tasks.list_task_versions(actor, task_id, limit=limit, cursor=cursor))


@router.post(f"{_ONE}/check", response_model=ValueCheck, responses=READ.untagged(VALUE_CHECK, 409, 413, 415))
def check_task_value(
    actor: Asking, task_id: IdInPath, body: Annotated[ValueToCheck, Body(openapi_examples=examples(VALUE_TO_CHECK))]
) -> Response:
    """Judge a value by the task's response schema, as a model's answer is judged."""
    return answer(check_value(current_services().tasks, actor, task_id, body.value))


@answers_again("tasks", "created")
def _answer_created_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().tasks.get_task(actor, UUID(data["id"])))


def _answer_new(request: Request, record: TaskRecord) -> Response:
    return answer_created(request, f"/tasks/{record.id}", record, tag=record)
