"""The places that serve models, and the keys that seal theirs."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from db.tables.base import JSON_TEXT, MOMENT, TEXT, name_check, one_of, unique_name, utc_now

VALIDATION_STATUSES = ("pending", "validating", "connected", "error")


class CryptoKeyRow(SQLModel, table=True):
    """A key that may have sealed something: its fingerprint, never the key."""

    __tablename__ = "crypto_keys"

    fingerprint: str = Field(primary_key=True, sa_type=TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)


class ProviderRow(SQLModel, table=True):
    """A place that serves models."""

    __tablename__ = "llm_providers"
    __table_args__ = (
        name_check(),
        unique_name("llm_providers"),
        CheckConstraint("type ~ '^[a-z][a-z0-9_]{0,30}$'", name="type"),
        one_of("validation_status", VALIDATION_STATUSES, name="validation_status"),
        CheckConstraint("(sealed_key IS NULL) = (key_fingerprint IS NULL)", name="sealed_key"),
        CheckConstraint("(sealed_secrets IS NULL) = (secrets_fingerprint IS NULL)", name="sealed_secrets"),
        CheckConstraint("request_timeout_seconds > 0", name="request_timeout_seconds"),
        CheckConstraint("connect_timeout_seconds > 0", name="connect_timeout_seconds"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("validation_latency_ms >= 0", name="validation_latency_ms"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=TEXT)
    type: str = Field(sa_type=TEXT)
    base_url: str = Field(default="", sa_type=TEXT)
    sealed_key: str | None = Field(default=None, sa_type=TEXT)
    key_fingerprint: str | None = Field(default=None, sa_type=TEXT, foreign_key="crypto_keys.fingerprint")
    revision: int = 1
    """Grows with every change; a check of an older revision is dropped."""
    preset: str = Field(default="", sa_type=TEXT)
    options: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The fields that only its type has, by name; none of them secret."""
    sealed_secrets: str | None = Field(default=None, sa_type=TEXT)
    """Sealed JSON: {"headers": {name: value}, "fields": {name: value}}."""
    secrets_fingerprint: str | None = Field(default=None, sa_type=TEXT, foreign_key="crypto_keys.fingerprint")
    header_names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Of the sealed headers, for people to see."""
    secret_names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Of the type's sealed fields."""
    key_used_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When a secret of it last left for its server."""
    request_timeout_seconds: float | None = None
    connect_timeout_seconds: float | None = None
    limits: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    # Any: what was probed or set by hand, by model name; "" is for all of them.
    dialects: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    validation_status: str = Field(default="pending", sa_type=TEXT)
    validation_message: str = Field(default="", sa_type=TEXT)
    validation_hint: str = Field(default="", sa_type=TEXT)
    diagnosis: str = Field(default="", sa_type=TEXT)
    """What the last check found, as a word; blank before the first."""
    suggested_base_url: str = Field(default="", sa_type=TEXT)
    """Where the last check found the server answering instead; blank: nowhere."""
    waiting_model: str = Field(default="", sa_type=TEXT)
    """The model that the last check found not in memory yet; blank: none."""
    model_list: str = Field(default="", sa_type=TEXT)
    """What the last check's list of models says of a name that is not in it: "all": it cannot be used; "some": nothing.
    Blank: the check failed, or the server lists none."""
    check_due_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When it is to be checked again without anybody asking; None: at once."""
    validation_latency_ms: float | None = None
    validated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    model_names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    prices: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: a price table
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)


class ProviderModelRow(SQLModel, table=True):
    """A model that a provider's server listed at some time."""

    __tablename__ = "provider_models"

    provider_id: uuid.UUID = Field(primary_key=True, foreign_key="llm_providers.id", ondelete="CASCADE")
    name: str = Field(primary_key=True, sa_type=TEXT)
    first_seen_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    last_seen_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    is_listed: bool = True
    """Whether the last good check found it."""
    context_tokens: int | None = Field(default=None, sa_type=BigInteger)
    size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    parameter_size: str = Field(default="", sa_type=TEXT)
    quantization: str = Field(default="", sa_type=TEXT)
    is_loaded: bool | None = None
    modalities: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    retires_on: date | None = None


class ProviderCheckRow(SQLModel, table=True):
    """What one check of a provider found."""

    __tablename__ = "provider_checks"
    __table_args__ = (Index("ix_provider_checks_provider_id_checked_at", "provider_id", text("checked_at DESC")),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    provider_id: uuid.UUID = Field(foreign_key="llm_providers.id", ondelete="CASCADE")
    checked_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    is_connected: bool
    diagnosis: str = Field(sa_type=TEXT)
    latency_ms: float | None = None


class ProviderSlotRow(SQLModel, table=True):
    """A request that a limit of a provider let pass. It counts for a minute from when it was sent."""

    __tablename__ = "provider_slots"
    __table_args__ = (
        Index("ix_provider_slots_provider_id_counted_from", "provider_id", "counted_from"),
        CheckConstraint("tokens >= 0", name="tokens"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    provider_id: uuid.UUID = Field(foreign_key="llm_providers.id", ondelete="CASCADE")
    counted_from: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    """When it was let pass, and once it has been sent, when that was done."""
    tokens: int = Field(default=0, sa_type=BigInteger)
    """An estimate, until the server told."""
    expires_at: datetime = Field(sa_type=MOMENT)
    """When it no longer counts as going on, even if nobody said that it ended."""
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
