"""How a provider has been: its runs over time, its last checks, who uses it, and when its key was used."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from api.answers import answer
from api.documents import READ
from api.fields import IdInPath, read_whole
from api.provider_examples import HEALTH
from api.routing import Asking, make_router
from core.providers.health import MAX_DAYS, ProviderHealth
from core.services import current_services

router = make_router("providers")

Days = Annotated[
    int,
    Field(ge=1, le=MAX_DAYS),
    BeforeValidator(read_whole),
    Query(description="How many days, today included. One is told by the hour, more are days in UTC."),
]


@router.get("/providers/{provider_id}/health", response_model=ProviderHealth, responses=READ.untagged(HEALTH))
def get_provider_health(actor: Asking, provider_id: IdInPath, days: Days = 7) -> Response:
    """Return how a provider has been: runs, failures and seconds over time, its last checks, and who uses it."""
    return answer(current_services().health.read_health(actor, provider_id, days=days))
