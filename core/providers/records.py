"""What goes in and out of the provider service."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from core.changes import Change, not_set
from core.names import Name
from core.paging import Page, SearchText
from core.providers.prices import PriceTable


class ProviderType(StrEnum):
    """The kinds of servers Benchtop can talk to."""

    BUILTIN = "builtin"
    OLLAMA = "ollama"
    OPENAI = "openai"

    @property
    def label(self) -> str:
        return {"builtin": "Built-in model", "ollama": "Ollama", "openai": "OpenAI or compatible"}[self.value]


class ValidationStatus(StrEnum):
    """Whether a provider was reached when last checked."""

    PENDING = "pending"
    VALIDATING = "validating"
    CONNECTED = "connected"
    ERROR = "error"

    @property
    def is_settled(self) -> bool:
        return self in (ValidationStatus.CONNECTED, ValidationStatus.ERROR)


DEFAULT_BASE_URLS = {
    ProviderType.BUILTIN: "",
    ProviderType.OLLAMA: "http://localhost:11434",
    ProviderType.OPENAI: "https://api.openai.com/v1",
}


def _check_key(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value().strip():
        return None
    key = value.get_secret_value().strip()
    if set(key) <= {"*", "•", "."}:
        raise ValueError("That is a mask, not a key. Leave the field blank to keep the stored key.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("A key holds no spaces or special characters. Copy it again.")
    return SecretStr(key)


ApiKey = Annotated[SecretStr | None, AfterValidator(_check_key)]


class ProviderDraft(BaseModel):
    """A provider as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True)

    name: Name
    type: ProviderType
    base_url: str = ""
    """Blank: the type's usual address. Checked by the service."""
    api_key: ApiKey = Field(default=None, repr=False)
    """None or blank: no key for a new provider, the stored one for an existing one."""
    prices: PriceTable | None = None
    """What its models cost. None or an empty table: no prices of its own."""

    @model_validator(mode="after")
    def _fill_address(self) -> Self:
        address = self.base_url.strip().rstrip("/") or DEFAULT_BASE_URLS[self.type]
        object.__setattr__(self, "base_url", "" if self.type is ProviderType.BUILTIN else address)
        return self


class ProviderChange(Change):
    """What is to be different about a provider; a field that is not set stays."""

    name: Name = not_set()
    type: ProviderType = not_set()
    base_url: str = not_set()
    """Blank: the type's usual address."""
    api_key: ApiKey = Field(default=None, repr=False)
    """None or blank keeps the stored key."""
    prices: PriceTable | None = not_set()
    """Given as None, or as an empty table: no prices of its own any more."""

    def merge_into(
        self, *, name: str, provider_type: str, base_url: str, prices: PriceTable | None = None
    ) -> ProviderDraft:
        """Return the draft of a provider that is stored like this, once it is changed."""
        stored = {"name": name, "type": provider_type, "base_url": base_url, "prices": prices}
        return ProviderDraft.model_validate(stored | self.list_set())


class ProviderFilter(BaseModel):
    """Which providers to list; None means any."""

    model_config = ConfigDict(frozen=True)

    search: SearchText = ""
    """Looked for in their names."""
    type: ProviderType | None = None
    validation_status: ValidationStatus | None = None


class ProviderRecord(BaseModel):
    """A provider as everyone may see it: no key, no ciphertext."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    name: str
    type: ProviderType
    base_url: str
    has_key: bool
    revision: int
    validation_status: ValidationStatus
    validation_message: str
    """What the last check found, as a sentence; blank before the first."""
    validation_hint: str
    """What to do next; blank when nothing is."""
    validation_latency_ms: float | None
    validated_at: datetime | None
    model_names: tuple[str, ...]
    """What the server listed at the last good check."""
    prices: PriceTable | None = None
    """What its models cost, as its owner says; None: public prices count where they are known."""
    agent_count: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def etag(self) -> str:
        """A text that is another one after every change of the provider; what a check finds is no change."""
        return str(self.revision)


class ProviderPage(Page[ProviderRecord]):
    """Some providers by name."""


class CheckOutcome(BaseModel):
    """What a check of a provider found."""

    model_config = ConfigDict(frozen=True)

    is_connected: bool
    message: str
    hint: str = ""
    latency_ms: float | None = None
    model_names: tuple[str, ...] = ()
