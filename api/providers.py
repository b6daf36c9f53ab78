"""Providers: places that serve models."""

from functools import partial
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Body, Query
from pydantic import BeforeValidator, ConfigDict, Field, ModelWrapValidatorHandler, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answer, answer_created
from api.documents import CREATED, DELETED, READ, examples
from api.examples import NEW_HOSTED_PROVIDER, NEW_PROVIDER, PROVIDER, PROVIDER_CHANGE
from api.fields import IdInPath, JsonAddress, JsonKey, JsonName, read_number
from api.idempotency import answers_again
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Search
from api.preconditions import IfMatch, read_expected, write_etag
from api.price_fields import JsonPrices
from api.provider_fields import (
    JsonHeaders,
    JsonLimits,
    JsonOptions,
    JsonPreset,
    JsonSeconds,
    JsonSecrets,
    placing_misfits,
)
from api.routing import Asking, make_router
from api.waiting import WaitSeconds, wait_for_check
from core.actors import Actor
from core.changes import not_set
from core.errors import ConflictError, InvalidInputError
from core.providers.records import (
    ProviderChange,
    ProviderDraft,
    ProviderFilter,
    ProviderPage,
    ProviderRecord,
    ValidationStatus,
)
from core.providers.types import ProviderTypeName
from core.services import current_services

router = make_router("providers")
_ONE = "/providers/{provider_id}"
_STORED = ("api_key", "headers")


class NewProvider(ProviderDraft):
    """A provider to create."""

    model_config = ConfigDict(extra="forbid")

    name: JsonName
    base_url: JsonAddress = Field(default="", description="Blank: the type's usual address.")
    api_key: JsonKey = Field(default=None, description="Sealed at once and never shown again. Blank: none.")
    preset: JsonPreset = ""
    options: JsonOptions = {}
    secrets: JsonSecrets = Field(default_factory=dict)
    headers: JsonHeaders = None
    request_timeout_seconds: JsonSeconds = None
    connect_timeout_seconds: JsonSeconds = None
    limits: JsonLimits = JsonLimits()
    prices: JsonPrices = None

    @model_validator(mode="wrap")
    @classmethod
    def _place_misfits(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # Any: JSON
        with placing_misfits(lambda: value):
            return handler(value)


class ProviderPatch(ProviderChange):
    """What is to be different about a provider. What is left out stays."""

    name: JsonName = not_set()
    base_url: JsonAddress = not_set()
    api_key: JsonKey = Field(default=None, description="Blank keeps the stored key.")
    preset: JsonPreset = not_set()
    options: JsonOptions = not_set()
    secrets: JsonSecrets = Field(default_factory=dict)
    headers: JsonHeaders = None
    request_timeout_seconds: JsonSeconds = not_set()
    connect_timeout_seconds: JsonSeconds = not_set()
    limits: JsonLimits = not_set()
    prices: JsonPrices = not_set()


@router.post("/providers", response_model=ProviderRecord, status_code=201, responses=CREATED.of(PROVIDER, 503))
def create_provider(
    request: Request,
    actor: Asking,
    body: Annotated[NewProvider, Body(openapi_examples=examples(NEW_PROVIDER, NEW_HOSTED_PROVIDER))],
) -> Response:
    """Store a provider as `pending` and start checking it. Its key is sealed and never comes out again."""
    record = current_services().providers.create_provider(actor, body)
    return _answer_new(request, record)


@router.get("/providers", response_model=ProviderPage, responses=READ.list_of(PROVIDER))
def list_providers(
    actor: Asking,
    search: Search = "",
    type: Annotated[ProviderTypeName | None, Query(description="Only of this type.")] = None,
    validation_status: Annotated[ValidationStatus | None, Query(description="Only with this status.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Return providers by name."""
    chosen = ProviderFilter(search=search, type=type, validation_status=validation_status)
    return answer(current_services().providers.page_providers(actor, chosen, limit=limit, cursor=cursor))


@router.get(_ONE, response_model=ProviderRecord, responses=READ.of(PROVIDER))
def get_provider(actor: Asking, provider_id: IdInPath) -> Response:
    """Return a provider as it is now."""
    record = current_services().providers.get_provider(actor, provider_id)
    return answer(record, headers=write_etag(record))


@router.put(_ONE, response_model=ProviderRecord, responses=READ.of(PROVIDER, 409, 412, 413, 415))
def change_provider(
    actor: Asking,
    provider_id: IdInPath,
    body: Annotated[ProviderPatch, Body(openapi_examples=examples(PROVIDER_CHANGE))],
    if_match: IfMatch = None,
) -> Response:
    """Change the fields that are given. A changed address or key is checked again.

    Stored keys and headers are never sent to another server: a change of the address needs them again (409 without).
    """
    providers = current_services().providers
    expected = read_expected(if_match, partial(providers.get_provider, actor, provider_id))
    try:
        with placing_misfits(lambda: _merge(providers.get_provider(actor, provider_id), body)):
            record = providers.change_provider(actor, provider_id, body, expected_etag=expected)
    except InvalidInputError as error:
        places = [detail.place for detail in error.details]
        if not places or not all(place in _STORED or place.startswith("secrets.") for place in places):
            raise
        # Nothing is wrong with the request by itself: it clashes with the secrets that are stored.
        raise ConflictError(error.message, hint=error.hint, details=error.details) from error
    return answer(record, headers=write_etag(record))


@router.delete(_ONE, status_code=204, response_class=Response, responses=DELETED.of(None, 409, 412))
def delete_provider(actor: Asking, provider_id: IdInPath, if_match: IfMatch = None) -> Response:
    """Take a provider out of use. Refused (409) while agents use it."""
    providers = current_services().providers
    expected = read_expected(if_match, partial(providers.get_provider, actor, provider_id))
    providers.delete_provider(actor, provider_id, expected_etag=expected)
    return Response(status_code=204)


@router.post(f"{_ONE}/validate", response_model=ProviderRecord, responses=READ.of(PROVIDER, 409))
async def validate_provider(
    request: Request,
    actor: Asking,
    provider_id: IdInPath,
    wait: Annotated[
        WaitSeconds, BeforeValidator(read_number), Query(description="How many seconds to wait for the check to end.")
    ] = 0,
) -> Response:
    """Check a provider over the network: whether it answers, takes the key, and which models it lists."""
    record = await run_in_threadpool(current_services().providers.check_provider, actor, provider_id)
    if wait:
        record = await wait_for_check(request, actor, record, wait_seconds=wait)
    return answer(record, headers=write_etag(record))


@router.post(f"{_ONE}/use-suggested-address", response_model=ProviderRecord, responses=READ.of(PROVIDER, 409))
def use_suggested_address(actor: Asking, provider_id: IdInPath) -> Response:
    """Give a provider the address in its `suggested_base_url` (409: there is none), and check it again.

    It leads to the same server, so a stored key stays.
    """
    record = current_services().providers.use_suggested_address(actor, provider_id)
    return answer(record, headers=write_etag(record))


@answers_again("providers", "updated")
@answers_again("providers", "validating")
def _answer_validated_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    record = current_services().providers.get_provider(actor, UUID(data["id"]))
    return answer(record, headers=write_etag(record))


@answers_again("providers", "created")
def _answer_created_again(request: Request, actor: Actor, data: dict[str, str]) -> Response:
    return _answer_new(request, current_services().providers.get_provider(actor, UUID(data["id"])))


def _merge(stored: ProviderRecord, body: ProviderPatch) -> dict[str, Any]:  # Any: values of fields
    kept: dict[str, Any] = {"type": stored.type}  # Any: as above
    if body.type in (None, stored.type):
        kept |= {"preset": stored.preset, "options": stored.options}
    return kept | body.list_set()


def _answer_new(request: Request, record: ProviderRecord) -> Response:
    return answer_created(request, f"/providers/{record.id}", record, tag=record)
