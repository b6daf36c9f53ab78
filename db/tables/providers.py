"""The places that serve models, and the keys that seal theirs."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from db.tables.base import JSON_TEXT, MOMENT, TEXT, name_check, one_of, unique_name, utc_now

PROVIDER_TYPES = ("builtin", "ollama", "openai")
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
        one_of("type", PROVIDER_TYPES, name="type"),
        one_of("validation_status", VALIDATION_STATUSES, name="validation_status"),
        CheckConstraint("(sealed_key IS NULL) = (key_fingerprint IS NULL)", name="sealed_key"),
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
    validation_status: str = Field(default="pending", sa_type=TEXT)
    validation_message: str = Field(default="", sa_type=TEXT)
    validation_hint: str = Field(default="", sa_type=TEXT)
    validation_latency_ms: float | None = None
    validated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    model_names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    prices: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: a price table
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)
