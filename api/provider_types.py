"""The types of providers there are, and what a form or a program has to give for each."""

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.answers import answer
from api.documents import READ
from api.routing import Asking, make_router
from core.providers.dialects import ServerDialect
from core.providers.types import ProviderTypeName, list_types
from core.providers.types.base import KeyUse, ProviderType

router = make_router("providers")


class TypeField(BaseModel):
    """A field that only some types have."""

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    help: str
    is_secret: bool
    """Secret ones go into `secrets`, the others into `options`."""
    is_required: bool


class TypePreset(BaseModel):
    """A known server of a type."""

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    base_url: str
    api_key: KeyUse
    note: str
    dialect: ServerDialect


class ProviderTypeRecord(BaseModel):
    """A type of provider."""

    model_config = ConfigDict(frozen=True)

    name: ProviderTypeName
    label: str
    note: str
    has_address: bool
    default_base_url: str
    """Blank: each has an address of its own, or it follows from the fields."""
    api_key: KeyUse
    fields: tuple[TypeField, ...]
    presets: tuple[TypePreset, ...]
    is_installed: bool
    """Whether the packages it needs are there."""
    install_command: str
    """What installs them; blank where none are needed."""


class ProviderTypeList(BaseModel):
    """Every type, in the order of the form."""

    items: tuple[ProviderTypeRecord, ...]
    next_cursor: str | None = None
    total: int


_EXAMPLE = {
    "name": "ollama",
    "label": "Ollama",
    "note": "Models on this machine or in your network, served by Ollama. Usually without a key.",
    "has_address": True,
    "default_base_url": "http://localhost:11434",
    "api_key": "optional",
    "fields": [],
    "presets": [],
    "is_installed": True,
    "install_command": "",
}


@router.get("/provider-types", response_model=ProviderTypeList, responses=READ.list_of(_EXAMPLE))
def list_provider_types(actor: Asking) -> Response:
    """Return the types of providers, with the fields and the presets of each."""
    items = tuple(_describe(one) for one in list_types())
    return answer(ProviderTypeList(items=items, total=len(items)))


def _describe(one: ProviderType) -> ProviderTypeRecord:
    return ProviderTypeRecord(
        name=one.name,
        label=one.label,
        note=one.note,
        has_address=one.has_address,
        default_base_url=one.default_base_url,
        api_key=one.key,
        fields=tuple(
            TypeField(
                name=each.name,
                label=each.label,
                help=each.help,
                is_secret=each.is_secret,
                is_required=each.is_required,
            )
            for each in one.fields
        ),
        presets=tuple(
            TypePreset(
                name=each.name,
                label=each.label,
                base_url=each.base_url,
                api_key=each.key,
                note=each.note,
                dialect=one.find_dialect(base_url=each.base_url, preset=each.name),
            )
            for each in one.presets
        ),
        is_installed=one.extra is None or one.extra.is_installed,
        install_command="" if one.extra is None else one.extra.install_command,
    )
