"""Assignments: which tasks an agent may do."""

from typing import Annotated
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer
from api.documents import CREATED_UNTAGGED, DELETED, READ, examples
from api.examples import ASSIGNMENT, NEW_ASSIGNMENT
from api.fields import IdInPath, JsonId
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit
from api.routing import Asking, make_router
from core.actors import Actor
from core.agents.records import AssignmentPage, AssignmentRecord
from core.errors import Detail, NotFoundError
from core.services import current_services

router = make_router("agent tasks")
_ALL = "/agents/{agent_id}/tasks"


class NewAssignment(BaseModel):
    """A task the agent may do from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: JsonId


@router.post(_ALL, response_model=AssignmentRecord, status_code=201, responses=CREATED_UNTAGGED.of(ASSIGNMENT, 404))
def assign_task(
    actor: Asking, agent_id: IdInPath, body: Annotated[NewAssignment, Body(openapi_examples=examples(NEW_ASSIGNMENT))]
) -> Response:
    """Let an agent do a task. Refused (409) when it may already."""
    try:
        record = current_services().assignments.assign(actor, agent_id=agent_id, task_id=body.task_id)
    except NotFoundError as error:
        # The agent is what the address names, so it is looked for first; if it is there, the task is what is missing.
        current_services().agents.get_agent(actor, agent_id)
        details = [Detail(place="task_id", message=error.message)]
        raise NotFoundError(error.message, hint=error.hint, details=details) from error
    return answer(record, status=201)


@router.get(_ALL, response_model=AssignmentPage, responses=READ.list_of(ASSIGNMENT, 404))
def list_agent_tasks(
    actor: Asking, agent_id: IdInPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Return the tasks an agent may do, by name."""
    return answer(current_services().assignments.page_for_agent(actor, agent_id, limit=limit, cursor=cursor))


@router.delete(f"{_ALL}/{{task_id}}", status_code=204, response_class=Response, responses=DELETED.of(None))
def unassign_task(actor: Asking, agent_id: IdInPath, task_id: IdInPath) -> Response:
    """Keep an agent from doing a task. Past runs stay."""
    current_services().assignments.unassign_pair(actor, agent_id=agent_id, task_id=task_id)
    return Response(status_code=204)


@answers_again("agents", "assigned")
def _answer_assigned_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    record = current_services().assignments.get_assignment(actor, UUID(data["assignment_id"]))
    return answer(record, status=201)
