"""The models of a provider: which ones there are, the agents whose model is in trouble, and loading one beforehand."""

from typing import Annotated
from uuid import UUID

from fastapi import Body
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer
from api.documents import READ, examples
from api.examples import PROVIDER
from api.fields import IdInPath, JsonListedName
from api.idempotency import answers_again
from api.preconditions import write_etag
from api.provider_examples import LISTED_MODEL, MODEL_TO_ASK, TROUBLED_AGENT
from api.routing import Asking, make_router
from core.actors import Actor
from core.errors import ConflictError, InvalidInputError
from core.providers.discovery.records import ProviderModelRecord, TroubledAgent
from core.providers.records import ProviderRecord
from core.services import current_services

router = make_router("providers")
_ONE = "/providers/{provider_id}"


class ModelToAsk(BaseModel):
    """One of a provider's models, whether its server lists it or not."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model_name: JsonListedName


class ProviderModelList(BaseModel):
    """All of them, those that are listed now first."""

    items: tuple[ProviderModelRecord, ...]
    next_cursor: str | None = None
    total: int


class TroubledAgentList(BaseModel):
    """All of them, by name."""

    items: tuple[TroubledAgent, ...]
    next_cursor: str | None = None
    total: int


@router.get(f"{_ONE}/models", response_model=ProviderModelList, responses=READ.list_of(LISTED_MODEL, 404))
def list_provider_models(actor: Asking, provider_id: IdInPath) -> Response:
    """Return the models that the provider's server listed at the last good check, and then those it listed formerly."""
    items = current_services().models.list_models(actor, provider_id)
    return answer(ProviderModelList(items=items, total=len(items)))


@router.get(f"{_ONE}/troubled-agents", response_model=TroubledAgentList, responses=READ.list_of(TROUBLED_AGENT, 404))
def list_troubled_agents(actor: Asking, provider_id: IdInPath) -> Response:
    """Return the agents of a provider whose model its server does not list, or retires within 90 days."""
    services = current_services()
    services.providers.get_provider(actor, provider_id)
    items = services.models.list_troubled_agents(actor, provider_id)
    return answer(TroubledAgentList(items=items, total=len(items)))


@router.post(f"{_ONE}/warm-up", response_model=ProviderRecord, responses=READ.of(PROVIDER, 409, 413, 415))
def warm_up_model(
    actor: Asking,
    provider_id: IdInPath,
    body: Annotated[ModelToAsk, Body(openapi_examples=examples(MODEL_TO_ASK))],
) -> Response:
    """Have the server load a model, and answer at once. It ends with the event `warmed`, and with a new check.

    Refused (409) for a type of server that loads models by itself.
    """
    try:
        current_services().models.warm_up(actor, provider_id, body.model_name)
    except InvalidInputError as error:
        # Nothing is wrong with the request by itself: it is the stored provider whose type cannot do this.
        raise ConflictError(error.message, hint=error.hint, details=error.details) from error
    return _answer_stored(actor, provider_id)


@answers_again("providers", "warming")
def _answer_warming_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_stored(actor, UUID(data["id"]))


def _answer_stored(actor: Actor, provider_id: UUID) -> Response:
    record = current_services().providers.get_provider(actor, provider_id)
    return answer(record, headers=write_etag(record))
