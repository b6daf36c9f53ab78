"""Dialects: what is known of how a provider's models are spoken to, finding it out, and setting it by hand."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Query
from pydantic import BaseModel, BeforeValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer
from api.bodies import JsonRequest
from api.documents import READ, examples
from api.fields import IdInPath, JsonFlag, NameOfModel, read_number
from api.idempotency import answers_again
from api.provider_examples import DIALECT, DIALECT_EDIT, MODEL_TO_ASK
from api.provider_models import ModelToAsk
from api.routing import Asking, make_router
from api.waiting import WaitSeconds, wait_for_probe
from core.actors import Actor
from core.providers.dialects import WHOLE_PROVIDER, DialectFindings
from core.providers.probing.records import DialectRecord
from core.services import current_services

router = make_router("providers")
_ONE = "/providers/{provider_id}"

# In the query, since names of models hold slashes.
ModelName = Annotated[
    NameOfModel,
    Query(description="Of this model. Blank: of the provider, for every model of which nothing else is known."),
]


class DialectEdit(DialectFindings):
    """What is set by hand, which goes before what was found. What is left out or null is not set any more."""

    sends_temperature: JsonFlag | None = Field(
        default=None, description="Whether a temperature goes out even when the agent has none."
    )


class DialectList(BaseModel):
    """All that is kept: first that of the provider, then those of models by name."""

    items: tuple[DialectRecord, ...]
    next_cursor: str | None = None
    total: int


@router.get(f"{_ONE}/dialects", response_model=DialectList, responses=READ.list_of(DIALECT, 404))
def list_dialects(actor: Asking, provider_id: IdInPath) -> Response:
    """Return the dialect of a provider, and those of its models of which something was found or set."""
    items = current_services().dialects.list_dialects(actor, provider_id)
    return answer(DialectList(items=items, total=len(items)))


@router.get(f"{_ONE}/dialect", response_model=DialectRecord, responses=READ.untagged(DIALECT))
def get_dialect(actor: Asking, provider_id: IdInPath, model_name: ModelName = WHOLE_PROVIDER) -> Response:
    """Return how a model is spoken to: what runs use, what would be used by default, and what was found and set."""
    return answer(current_services().dialects.get_dialect(actor, provider_id, model_name))


@router.put(f"{_ONE}/dialect", response_model=DialectRecord, responses=READ.untagged(DIALECT, 413, 415))
def edit_dialect(
    actor: Asking,
    provider_id: IdInPath,
    body: Annotated[DialectEdit, Body(openapi_examples=examples(*DIALECT_EDIT))],
    model_name: ModelName = WHOLE_PROVIDER,
) -> Response:
    """Set by hand how a model is spoken to, in place of what was set before. An empty body takes that back."""
    edited = DialectFindings.model_validate(body.model_dump())
    return answer(current_services().dialects.edit_dialect(actor, provider_id, model_name, edited))


@router.post(f"{_ONE}/probe", response_model=DialectRecord, responses=READ.untagged(DIALECT, 409, 413, 415))
async def probe_model(
    request: Request,
    actor: Asking,
    provider_id: IdInPath,
    body: Annotated[ModelToAsk, Body(openapi_examples=examples(MODEL_TO_ASK))],
    wait: Annotated[
        WaitSeconds, BeforeValidator(read_number), Query(description="How many seconds to wait for the probe to end.")
    ] = 0,
) -> Response:
    """Ask a model at most ten tiny questions to find out what its server does. It ends with the event `probed`.

    Refused (409) while another model of the provider is probed. What could not be found is said in `probe_note`.
    """
    start = current_services().dialects.start_probe
    record = await run_in_threadpool(start, actor, provider_id, body.model_name)
    if wait:
        record = await wait_for_probe(request, actor, record, wait_seconds=wait)
    return answer(record)


@answers_again("providers", "probing")
def _answer_probing_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    # A repeat has the same body, word by word.
    asked = ModelToAsk.model_validate(request.value if isinstance(request, JsonRequest) else {})
    return answer(current_services().dialects.get_dialect(actor, UUID(data["id"]), asked.model_name))
