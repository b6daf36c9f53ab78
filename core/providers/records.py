"""What goes in and out of the provider service."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    model_validator,
)

from core.changes import Change, not_set
from core.names import Name
from core.paging import Page, SearchText
from core.providers.diagnoses import Diagnosis
from core.providers.prices import PriceTable
from core.providers.types import ProviderTypeName, find_type
from core.providers.types.base import ProviderType

_KEPT_FIELDS: Final = (
    "name",
    "type",
    "base_url",
    "preset",
    "options",
    "request_timeout_seconds",
    "connect_timeout_seconds",
    "limits",
    "prices",
)
RESERVED_HEADERS: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "authorization"}
    | {"te", "trailer", "upgrade", "expect", "cookie"}
    | {"x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token"}
)


class ValidationStatus(StrEnum):
    """Whether a provider was reached when last checked."""

    PENDING = "pending"
    VALIDATING = "validating"
    CONNECTED = "connected"
    ERROR = "error"

    @property
    def is_settled(self) -> bool:
        return self in (ValidationStatus.CONNECTED, ValidationStatus.ERROR)


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


def _check_header_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}", name):
        # Not repeated: whoever pastes a whole line into the field of the name has put the secret there.
        raise ValueError("The name of a header has letters, digits and - only.")
    if name.lower() in RESERVED_HEADERS or name.lower().startswith("proxy-"):
        raise ValueError(f"The header {name} is set by Benchtop itself.")
    return name


def _check_header_value(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable() or len(text) > 4_000:
        raise ValueError("The value of a header is one line of ordinary characters, at most 4,000.")
    if set(text) <= {"*", "•", "."}:
        raise ValueError("That is a mask, not the value of a header. Leave the headers away to keep those stored.")
    return SecretStr(text)


HeaderName = Annotated[str, AfterValidator(_check_header_name)]
HeaderValue = Annotated[SecretStr, AfterValidator(_check_header_value)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=20)]
Options = Annotated[
    dict[str, Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]], Field(max_length=20)
]
Seconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]


class ProviderLimits(BaseModel):
    """What a provider is asked at most, by all runs together. None: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests_per_minute: int | None = Field(default=None, ge=1, le=1_000_000)
    """In any sixty seconds. HTTP retries count."""
    tokens_per_minute: int | None = Field(default=None, ge=1, le=10_000_000_000)
    """Input and output together, in any sixty seconds; estimated until the server tells."""
    max_concurrency: int | None = Field(default=None, ge=1, le=10_000)
    """Requests under way at one moment."""

    @property
    def is_unlimited(self) -> bool:
        return self.requests_per_minute is None and self.tokens_per_minute is None and self.max_concurrency is None


class ProviderDraft(BaseModel):
    """A provider as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True)

    name: Name
    type: ProviderTypeName
    base_url: str = ""
    """Blank: the usual address of the preset or the type. Checked by the service."""
    preset: str = ""
    """The known server it was started from; blank: none."""
    options: Options = {}
    """The fields that only its type has; blank ones count as not given."""
    api_key: ApiKey = Field(default=None, repr=False)
    """None or blank: no key for a new provider, the stored one for an existing one."""
    secrets: dict[str, ApiKey] = Field(default_factory=dict, repr=False)
    """The type's secret fields. What is left out or blank stays as it is stored."""
    headers: Headers | None = Field(default=None, repr=False)
    """Sent with every request, sealed like the key. None: those stored; empty: none any more."""
    request_timeout_seconds: Seconds | None = None
    """For one request as a whole, retries included. None: BENCHTOP_REQUEST_TIMEOUT."""
    connect_timeout_seconds: Seconds | None = None
    """None: 5 s."""
    limits: ProviderLimits = ProviderLimits()
    prices: PriceTable | None = None
    """What its models cost. None or an empty table: no prices of its own."""

    @model_validator(mode="after")
    def _fit_to_type(self) -> Self:
        kind = find_type(self.type)
        options = {name: value for name, value in self.options.items() if value}
        _check_fields(kind, options, self.secrets)
        if self.preset and kind.find_preset(self.preset) is None:
            raise ValueError(f"{kind.label} has no preset “{self.preset[:40]}”.")
        given = kind.fit_address(self.base_url.strip(), options).rstrip("/")
        address = given or kind.find_base_url(options, preset=self.preset)
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "base_url", address if kind.has_address else "")
        return self


def _check_fields(kind: ProviderType, options: Mapping[str, str], secrets: Mapping[str, object]) -> None:
    known = {one.name for one in kind.fields if not one.is_secret}
    unknown = [*(options.keys() - known), *(secrets.keys() - {one.name for one in kind.fields if one.is_secret})]
    if unknown:
        raise ValueError(f"{kind.label} has no field “{unknown[0][:40]}”.")
    missing = [one.label for one in kind.fields if one.is_required and not one.is_secret and one.name not in options]
    if missing:
        raise ValueError(f"{kind.label} needs the field “{missing[0]}”.")
    odd = [one.label for one in kind.fields if not _is_plain(options.get(one.name, ""))]
    if odd:
        raise ValueError(f"The field “{odd[0]}” is one line of ordinary characters.")
    fault = kind.find_fault(options)
    if fault:
        raise ValueError(fault)


def _is_plain(text: str) -> bool:
    """Say whether a text can stand in a header or an address, where most of these fields go."""
    return text.isascii() and text.isprintable()


class ProviderRecord(BaseModel):
    """A provider as everyone may see it: no key, no ciphertext."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    name: str
    type: ProviderTypeName
    base_url: str
    preset: str = ""
    options: dict[str, str] = {}
    """The fields that only its type has, none of them secret."""
    has_key: bool
    secret_names: tuple[str, ...] = ()
    """Which of the type's secret fields are stored, sealed."""
    header_names: tuple[str, ...] = ()
    """Of the sealed headers that go out with every request."""
    key_used_at: datetime | None = None
    """When a key or header of it last left for its server; to the minute."""
    request_timeout_seconds: float | None = None
    connect_timeout_seconds: float | None = None
    limits: ProviderLimits = ProviderLimits()
    revision: int
    validation_status: ValidationStatus
    validation_message: str
    """What the last check found, as a sentence; blank before the first."""
    validation_hint: str
    """What to do next; blank when nothing is."""
    diagnosis: Annotated[Diagnosis | None, BeforeValidator(lambda word: word or None)] = None
    """What the last check found, as a word; None before the first."""
    suggested_base_url: str = ""
    """Where the last check found the server answering instead; blank: nowhere."""
    waiting_model: str = ""
    """The model that the last check found not in memory yet, and could be warmed up; blank: none."""
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


class ProviderChange(Change):
    """What is to be different about a provider; a field that is not set stays."""

    name: Name = not_set()
    type: ProviderTypeName = not_set()
    base_url: str = not_set()
    """Blank: the usual address."""
    preset: str = not_set()
    options: Options = not_set()
    """All of them, not only those that change."""
    api_key: ApiKey = Field(default=None, repr=False)
    """None or blank keeps the stored key."""
    secrets: dict[str, ApiKey] = Field(default_factory=dict, repr=False)
    headers: Headers | None = Field(default=None, repr=False)
    """None keeps those stored."""
    request_timeout_seconds: Seconds | None = not_set()
    connect_timeout_seconds: Seconds | None = not_set()
    limits: ProviderLimits = not_set()
    prices: PriceTable | None = not_set()
    """Given as None, or as an empty table: no prices of its own any more."""

    def merge_into(self, stored: ProviderRecord) -> ProviderDraft:
        """Return the draft of a provider that is stored like this, once it is changed."""
        kept = {name: getattr(stored, name) for name in _KEPT_FIELDS}
        changed = self.list_set()
        if changed.get("type", stored.type) != stored.type:
            # What only the old type has means nothing to the new one.
            kept |= {"preset": "", "options": {}}
        return ProviderDraft.model_validate(kept | changed)


class ProviderFilter(BaseModel):
    """Which providers to list; None means any."""

    model_config = ConfigDict(frozen=True)

    search: SearchText = ""
    """Looked for in their names."""
    type: ProviderTypeName | None = None
    validation_status: ValidationStatus | None = None


class ProviderPage(Page[ProviderRecord]):
    """Some providers by name."""
