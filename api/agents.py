"""Agents: a provider, a model, prompts and settings, versioned."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Body, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED, DELETED, READ, examples
from api.examples import AGENT, AGENT_CHANGE, AGENT_VERSION, NEW_AGENT
from api.fields import (
    Flag,
    IdInPath,
    JsonAgentDescription,
    JsonFlag,
    JsonId,
    JsonMaxTokens,
    JsonModelName,
    JsonName,
    JsonPromptTemplate,
    JsonRetries,
    JsonSystemPrompt,
    JsonTemperature,
)
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Search
from api.preconditions import IfMatch, read_expected, write_etag
from api.routing import Asking, make_router
from core.actors import Actor
from core.agents.records import AgentChange, AgentDraft, AgentFilter, AgentPage, AgentRecord, AgentVersionPage
from core.changes import not_set
from core.errors import InvalidInputError, NotFoundError
from core.services import current_services

router = make_router("agents")
_ONE = "/agents/{agent_id}"


class NewAgent(AgentDraft):
    """An agent to create."""

    model_config = ConfigDict(extra="forbid")

    name: JsonName
    description: JsonAgentDescription = ""
    provider_id: JsonId
    model_name: JsonModelName
    system_prompt: JsonSystemPrompt
    user_prompt_template: JsonPromptTemplate = Field(
        default="",
        description="Blank: the input is sent as it is. `{{field}}` stands for a field of it, `{{input}}` for all.",
    )
    temperature: JsonTemperature = Field(default=None, description="Null: the server's own.")
    max_tokens: JsonMaxTokens = Field(default=None, description="Limit of one answer. Null: the server's own.")
    retries: JsonRetries = Field(default=2, description="How often a refused answer goes back to the model.")
    is_active: JsonFlag = True


class AgentPatch(AgentChange):
    """What is to be different about an agent. What is left out stays."""

    name: JsonName = not_set()
    description: JsonAgentDescription = not_set()
    provider_id: JsonId = not_set()
    model_name: JsonModelName = not_set()
    system_prompt: JsonSystemPrompt = not_set()
    user_prompt_template: JsonPromptTemplate = not_set()
    temperature: JsonTemperature = not_set()
    max_tokens: JsonMaxTokens = not_set()
    retries: JsonRetries = not_set()
    is_active: JsonFlag = not_set()


@router.post("/agents", response_model=AgentRecord, status_code=201, responses=CREATED.of(AGENT, 404))
def create_agent(
    request: Request, actor: Asking, body: Annotated[NewAgent, Body(openapi_examples=examples(NEW_AGENT))]
) -> Response:
    """Store a new agent as version 1."""
    with _missing_provider_is_not_found():
        record = current_services().agents.create_agent(actor, body)
    return _answer_new(request, record)


@router.get("/agents", response_model=AgentPage, responses=READ.list_of(AGENT))
def list_agents(
    actor: Asking,
    search: Search = "",
    active_only: Annotated[Flag, Query(description="Leave out agents that are switched off.")] = False,
    provider_id: Annotated[IdInPath | None, Query(description="Only agents of this provider.")] = None,
    task_id: Annotated[IdInPath | None, Query(description="Only agents that may do this task.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Return agents by name."""
    chosen = AgentFilter(search=search, only_active=active_only, provider_id=provider_id, task_id=task_id)
    return answer(current_services().agents.page_agents(actor, chosen, limit=limit, cursor=cursor))


@router.get(_ONE, response_model=AgentRecord, responses=READ.of(AGENT))
def get_agent(actor: Asking, agent_id: IdInPath) -> Response:
    """Return an agent as it is now."""
    record = current_services().agents.get_agent(actor, agent_id)
    return answer(record, headers=write_etag(record))


@router.put(_ONE, response_model=AgentRecord, responses=READ.of(AGENT, 409, 412, 413, 415))
def change_agent(
    actor: Asking,
    agent_id: IdInPath,
    body: Annotated[AgentPatch, Body(openapi_examples=examples(AGENT_CHANGE))],
    if_match: IfMatch = None,
) -> Response:
    """Change the fields that are given. What is different makes a new version; runs keep the one they had."""
    agents = current_services().agents
    expected = read_expected(if_match, partial(agents.get_agent, actor, agent_id))
    with _missing_provider_is_not_found():
        record = agents.change_agent(actor, agent_id, body, expected_etag=expected)
    return answer(record, headers=write_etag(record))


@router.delete(_ONE, status_code=204, response_class=Response, responses=DELETED.of(None, 412))
def delete_agent(actor: Asking, agent_id: IdInPath, if_match: IfMatch = None) -> Response:
    """Take an agent out of use. Its runs stay readable."""
    agents = current_services().agents
    expected = read_expected(if_match, partial(agents.get_agent, actor, agent_id))
    agents.delete_agent(actor, agent_id, expected_etag=expected)
    return Response(status_code=204)


@router.get(f"{_ONE}/versions", response_model=AgentVersionPage, responses=READ.list_of(AGENT_VERSION, 404))
def list_agent_versions(
    actor: Asking, agent_id: IdInPath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """Return the saved states of an agent, newest first."""
    return answer(current_services().agents.list_agent_versions(actor, agent_id, limit=limit, cursor=cursor))


@contextmanager
def _missing_provider_is_not_found() -> Iterator[None]:
    """Answer 404 for a provider that is not there, as for every other thing a request names."""
    try:
        yield
    except InvalidInputError as error:
        if [detail.place for detail in error.details] != ["provider_id"]:
            raise
        raise NotFoundError(error.message, hint=error.hint, details=error.details) from error


@answers_again("agents", "created")
def _answer_created_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().agents.get_agent(actor, UUID(data["id"])))


def _answer_new(request: Request, record: AgentRecord) -> Response:
    return answer_created(request, f"/agents/{record.id}", record, tag=record)
