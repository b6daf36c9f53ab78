"""The tables, as stored. Nothing outside `db` and the services sees these rows.

Schemas, inputs and results keep the order of their keys, which `jsonb` would lose: the text as written is the truth,
and for schemas a generated `jsonb` column stands beside it for queries.
"""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PROVIDER_TYPES = ("builtin", "ollama", "openai")
VALIDATION_STATUSES = ("pending", "validating", "connected", "error")
RUN_STATUSES = ("queued", "running", "passed", "failed", "cancelled", "interrupted")
ATTEMPT_STATUSES = ("running", "passed", "failed", "cancelled", "interrupted")
MAX_NAME_CHARACTERS = 120


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


# mypy cannot follow sa_type's many overloads; one spelling of each column kind lives here.
_MOMENT: Any = DateTime(timezone=True)  # Any: SQLModel types sa_type as a class, instances work
_JSON: Any = JSON(none_as_null=True)  # Any: as above
_TEXT: Any = Text()  # Any: as above
_EXACT: Any = Numeric()  # Any: as above


def _one_of(column: str, words: tuple[str, ...], *, name: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def _name_check() -> CheckConstraint:
    return CheckConstraint(f"btrim(name) = name AND length(name) BETWEEN 1 AND {MAX_NAME_CHARACTERS}", name="name")


def _unique_name(table: str) -> Index:
    """Names are unique whatever their case, among what is not deleted."""
    return Index(f"uq_{table}_name", func.lower(text("name")), unique=True, postgresql_where=text("deleted_at IS NULL"))


class CryptoKeyRow(SQLModel, table=True):
    """A key that may have sealed something: its fingerprint, never the key."""

    __tablename__ = "crypto_keys"

    fingerprint: str = Field(primary_key=True, sa_type=_TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)


class WorkspaceRow(SQLModel, table=True):
    """The one row of facts about this workspace."""

    __tablename__ = "workspace"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    examples_seeded_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class ProviderRow(SQLModel, table=True):
    """A place that serves models."""

    __tablename__ = "llm_providers"
    __table_args__ = (
        _name_check(),
        _unique_name("llm_providers"),
        _one_of("type", PROVIDER_TYPES, name="type"),
        _one_of("validation_status", VALIDATION_STATUSES, name="validation_status"),
        CheckConstraint("(sealed_key IS NULL) = (key_fingerprint IS NULL)", name="sealed_key"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("validation_latency_ms >= 0", name="validation_latency_ms"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=_TEXT)
    type: str = Field(sa_type=_TEXT)
    base_url: str = Field(default="", sa_type=_TEXT)
    sealed_key: str | None = Field(default=None, sa_type=_TEXT)
    key_fingerprint: str | None = Field(default=None, sa_type=_TEXT, foreign_key="crypto_keys.fingerprint")
    revision: int = 1
    """Grows with every change; a check of an older revision is dropped."""
    validation_status: str = Field(default="pending", sa_type=_TEXT)
    validation_message: str = Field(default="", sa_type=_TEXT)
    validation_hint: str = Field(default="", sa_type=_TEXT)
    validation_latency_ms: float | None = None
    validated_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    model_names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    prices: dict[str, Any] | None = Field(default=None, sa_type=_JSON)  # Any: a price table
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class AgentRow(SQLModel, table=True):
    """An agent's identity; what it does is in its versions."""

    __tablename__ = "agent_configs"
    __table_args__ = (
        _name_check(),
        _unique_name("agent_configs"),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=_TEXT)
    is_active: bool = True
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class AgentVersionRow(SQLModel, table=True):
    """One saved state of an agent; never changed afterwards."""

    __tablename__ = "agent_versions"
    __table_args__ = (
        UniqueConstraint("agent_id", "number"),
        _name_check(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("btrim(system_prompt) <> ''", name="system_prompt"),
        CheckConstraint("btrim(model_name) <> ''", name="model_name"),
        CheckConstraint("temperature BETWEEN 0 AND 2", name="temperature"),
        CheckConstraint("max_tokens BETWEEN 1 AND 1000000", name="max_tokens"),
        CheckConstraint("retries BETWEEN 0 AND 10", name="retries"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    number: int
    name: str = Field(sa_type=_TEXT)
    description: str = Field(default="", sa_type=_TEXT)
    provider_id: uuid.UUID = Field(foreign_key="llm_providers.id", index=True)
    model_name: str = Field(sa_type=_TEXT)
    system_prompt: str = Field(sa_type=_TEXT)
    user_prompt_template: str = Field(default="", sa_type=_TEXT)
    temperature: float | None = None
    max_tokens: int | None = None
    retries: int = 2
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    created_by: str = Field(sa_type=_TEXT)


class TaskRow(SQLModel, table=True):
    """A task's identity; its schemas are in its versions."""

    __tablename__ = "task_configs"
    __table_args__ = (
        _name_check(),
        _unique_name("task_configs"),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=_TEXT)
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class TaskVersionRow(SQLModel, table=True):
    """One saved state of a task; never changed afterwards."""

    __tablename__ = "task_versions"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        _name_check(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("jsonb_typeof(response_schema) = 'object'", name="response_schema"),
        CheckConstraint("jsonb_typeof(request_schema) = 'object'", name="request_schema"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    number: int
    name: str = Field(sa_type=_TEXT)
    description: str = Field(default="", sa_type=_TEXT)
    response_schema_text: str = Field(sa_type=_TEXT)
    request_schema_text: str | None = Field(default=None, sa_type=_TEXT)
    mends_answers: bool = True
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    created_by: str = Field(sa_type=_TEXT)


# For queries in SQL only, so they are columns of the table but not fields of the row: Postgres fills them.
for _column in ("response_schema", "request_schema"):
    TaskVersionRow.metadata.tables["task_versions"].append_column(
        Column(_column, JSONB, Computed(f"{_column}_text::jsonb", persisted=True))
    )


class FixtureRow(SQLModel, table=True):
    """An input kept with a task, to try it with. Whether it fits the task is asked anew each time."""

    __tablename__ = "fixtures"
    __table_args__ = (
        Index(
            "uq_fixtures_task_id_name",
            "task_id",
            func.lower(text("name")),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        _name_check(),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    name: str = Field(sa_type=_TEXT)
    input: Any = Field(sa_column=Column(JSON, nullable=False))  # Any: JSON the user wrote
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class AssignmentRow(SQLModel, table=True):
    """One agent may do one task."""

    __tablename__ = "agent_task_assignments"
    __table_args__ = (UniqueConstraint("agent_id", "task_id"),)

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    task_id: uuid.UUID = Field(foreign_key="task_configs.id", index=True)
    is_active: bool = True
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)


class RunRow(SQLModel, table=True):
    """One agent on one task with one input."""

    __tablename__ = "runs"
    __table_args__ = (
        _one_of("status", RUN_STATUSES, name="status"),
        CheckConstraint("input_tokens >= 0 AND output_tokens >= 0 AND attempt_count >= 0", name="counts"),
        CheckConstraint(
            "(ended_at IS NULL) = (status IN ('queued', 'running'))",
            name="ended_at",
        ),
        CheckConstraint("(status = 'passed') = (result IS NOT NULL)", name="result"),
        CheckConstraint("cost_usd >= 0", name="cost_usd"),
        Index("ix_runs_queued_at_id", text("queued_at DESC"), text("id DESC")),
        Index("ix_runs_agent_id_queued_at", "agent_id", text("queued_at DESC")),
        Index("ix_runs_task_id_queued_at", "task_id", text("queued_at DESC")),
        Index("ix_runs_open", "status", postgresql_where=text("ended_at IS NULL")),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    agent_version_id: uuid.UUID = Field(foreign_key="agent_versions.id")
    task_version_id: uuid.UUID = Field(foreign_key="task_versions.id")
    status: str = Field(default="queued", sa_type=_TEXT)
    reason: str = Field(default="", sa_type=_TEXT)
    message: str = Field(default="", sa_type=_TEXT)
    hint: str = Field(default="", sa_type=_TEXT)
    input: Any = Field(sa_column=Column(JSON, nullable=False))  # Any: JSON the user wrote
    result: dict[str, Any] | None = Field(default=None, sa_type=_JSON)  # Any: JSON the model wrote
    attempt_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = Field(default=None, sa_type=_EXACT)
    """Of the attempts whose cost is known; None when none is."""
    is_cost_complete: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    claimed_by: uuid.UUID | None = None
    cancel_requested_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    queued_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    started_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    started_by: str = Field(sa_type=_TEXT)


class AttemptRow(SQLModel, table=True):
    """One request to the model inside a run."""

    __tablename__ = "run_attempts"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        CheckConstraint("number > 0", name="number"),
        _one_of("status", ATTEMPT_STATUSES, name="status"),
        CheckConstraint("(cost_usd IS NULL) = (cost IS NULL) AND cost_usd >= 0", name="cost_usd"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    run_id: uuid.UUID = Field(foreign_key="runs.id", ondelete="CASCADE")
    number: int
    status: str = Field(default="running", sa_type=_TEXT)
    request: dict[str, Any] | None = Field(default=None, sa_type=_JSON)  # Any: the body as sent
    is_request_cut: bool = False
    raw_answer: str = Field(default="", sa_type=_TEXT)
    errors: list[dict[str, Any]] = Field(  # Any: place, message and the offending value
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    mends: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    exchanges: list[dict[str, Any]] = Field(  # Any: one entry for each HTTP try
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    finish_reason: str = Field(default="", sa_type=_TEXT)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    cost_usd: Decimal | None = Field(default=None, sa_type=_EXACT)
    cost: dict[str, Any] | None = Field(default=None, sa_type=_JSON)  # Any: the bill: amount, source and parts
    started_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
    first_token_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class RunEventRow(SQLModel, table=True):
    """One thing that happened in a run, in order."""

    __tablename__ = "run_events"
    __table_args__ = (Index("ix_run_events_run_id_seq", "run_id", "seq"),)

    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    run_id: uuid.UUID = Field(foreign_key="runs.id", ondelete="CASCADE")
    kind: str = Field(sa_type=_TEXT)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # Any: per kind
    at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)


class EventRow(SQLModel, table=True):
    """One change that programs and open tabs hear of. `seq` grows in the order of the commits."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_at", "at"),)

    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    topic: str = Field(sa_type=_TEXT)
    event: str = Field(sa_type=_TEXT)
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # Any: ids, numbers and words
    at: datetime = Field(sa_type=_MOMENT)


class IdempotencyRow(SQLModel, table=True):
    """A request that was sent with a key of the caller's own, and what it was answered, so that a repeat does nothing.

    `made` is what the request announced first, stored by the very transaction that did it; None when nothing is done.
    `status` is None until the answer is kept.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    actor: str = Field(primary_key=True, sa_type=_TEXT)
    key: str = Field(primary_key=True, sa_type=_TEXT)
    fingerprint: str = Field(sa_type=_TEXT)
    made: dict[str, Any] | None = Field(default=None, sa_type=_JSON)  # Any: an event's topic, name and data
    status: int | None = None
    headers: dict[str, str] | None = Field(default=None, sa_type=_JSON)
    body: str = Field(default="", sa_type=_TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=_MOMENT)
