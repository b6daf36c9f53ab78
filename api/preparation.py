"""What a run would send and what speaks against it, told before a token is spent."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.answers import answer
from api.documents import READ, examples
from api.fields import JsonId
from api.routing import Asking, make_router
from api.run_examples import PREPARATION, RUN_CHECK, RUN_PREVIEW
from api.run_fields import JsonRunInput, JsonVariation, JsonVersionNumber, placing_run_errors
from core.actors import Actor
from core.agents.records import AgentRecord
from core.agents.variations import find_variation
from core.changes import not_set
from core.errors import Detail, InvalidInputError
from core.providers.dialects import OutputMode
from core.runs.preflight.notices import Notice
from core.runs.preview import NOT_GIVEN, PreviewMessage, RequestPreview
from core.services import current_services
from core.tasks.records import TaskRecord

router = make_router("runs")


class Preparation(BaseModel):
    """A run that is not started yet. Without an `input` it is still to be written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_id: JsonId
    task_id: JsonId
    input: JsonRunInput = not_set()
    agent_version: JsonVersionNumber = None
    variation: JsonVariation = None


class PreviewedMessage(BaseModel):
    """One message. `text` holds at most 400,000 of its `total_characters`; `unfilled` are placeholders left in it."""

    role: str
    text: str
    total_characters: int
    unfilled: tuple[str, ...]


class Preview(BaseModel):
    """The first request of a run. A retry sends the same with the refused answer and the reasons at the end."""

    model_config = ConfigDict(protected_namespaces=())

    model_name: str
    messages: tuple[PreviewedMessage, ...]
    output_mode: OutputMode
    request: dict[str, Any] | None  # Any: JSON
    """The body as it would go out; null when a message is too long to be told whole, and for a vendor with an API of
    its own while an input is missing or does not fill the template."""
    is_exact: bool
    """False where the client library may still rewrite the schema or leave a setting out, as it does for OpenAI's own
    servers, and while an input is missing or does not fill the template."""


class RunCheck(BaseModel):
    """What to know before the run, warnings first. None of it keeps the run from being started."""

    notices: tuple[Notice, ...]


@router.post("/runs/preview", response_model=Preview, responses=READ.untagged(RUN_PREVIEW, 413, 415))
def preview_run(actor: Asking, body: Annotated[Preparation, Body(openapi_examples=examples(PREPARATION))]) -> Response:
    """Return what a run would send first. Nothing is sent or stored."""
    with placing_run_errors():
        agent, task, value = _find_parts(actor, body)
        preview = current_services().preparation.preview_run(actor, agent, task, value)
        request, is_exact = _write_request(actor, agent, task, value, preview)
    messages = tuple(_show_message(message) for message in preview.messages)
    return answer(
        Preview(
            model_name=preview.model_name,
            messages=messages,
            output_mode=preview.output_mode,
            request=request,
            is_exact=is_exact,
        )
    )


@router.post("/runs/check", response_model=RunCheck, responses=READ.untagged(RUN_CHECK, 413, 415))
def check_run(actor: Asking, body: Annotated[Preparation, Body(openapi_examples=examples(PREPARATION))]) -> Response:
    """Return what speaks against a run: placeholders, prompts and the schema, its length, what the server takes."""
    with placing_run_errors():
        agent, task, value = _find_parts(actor, body)
        notices = current_services().preparation.check_run(actor, agent, task, value)
    return answer(RunCheck(notices=tuple(notices)))


def _find_parts(actor: Actor, body: Preparation) -> tuple[AgentRecord, TaskRecord, object]:
    services = current_services()
    agent = _find_agent(actor, body.agent_id, number=body.agent_version)
    varied = services.agents.vary_agent(actor, agent, body.variation)
    task = services.tasks.get_task(actor, body.task_id)
    if "input" not in body.model_fields_set:
        return varied, task, NOT_GIVEN
    if not isinstance(body.input, str | dict):
        problem = "An input is text or an object."
        raise InvalidInputError(problem, details=[Detail(place="", message=problem)])
    return varied, task, body.input


def _find_agent(actor: Actor, agent_id: UUID, *, number: int | None) -> AgentRecord:
    agents = current_services().agents
    agent = agents.get_agent(actor, agent_id)
    if number in (None, agent.version):
        return agent
    return agents.vary_agent(actor, agent, find_variation(agent, agents.get_agent_version(actor, agent_id, number)))


def _write_request(
    actor: Actor, agent: AgentRecord, task: TaskRecord, value: object, preview: RequestPreview
) -> tuple[dict[str, Any] | None, bool]:  # Any: JSON
    """Return the body as it would go out, and whether it is exact: where only pydantic-ai knows, it is asked."""
    is_filled = value is not NOT_GIVEN and not preview.messages[-1].unfilled
    if any(message.is_cut for message in preview.messages):
        return None, False
    if is_filled and not preview.is_exact:
        return current_services().preparation.rehearse_run(actor, agent, task, value), True
    if not preview.has_body:
        return None, False
    return preview.body(), is_filled and preview.is_exact


def _show_message(message: PreviewMessage) -> PreviewedMessage:
    return PreviewedMessage(
        role=message.role, text=message.text, total_characters=message.total_characters, unfilled=message.unfilled
    )
