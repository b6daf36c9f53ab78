"""Runs, their attempts, and what happened in them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Double,
    Identity,
    Index,
    TextClause,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from db.tables.base import EXACT, JSON_TEXT, MOMENT, TEXT, one_of, utc_now

PROVIDER_FAULTS = (
    "builtin_unavailable",
    "key_refused",
    "model_not_found",
    "provider_fault",
    "provider_unreachable",
    "rate_limited",
    "timeout",
    "unreadable_answer",
)
"""The reasons of failed runs that count against the provider: not what the model wrote, nor what was wrong here."""

RUN_STATUSES = ("queued", "running", "passed", "failed", "cancelled", "interrupted")
ATTEMPT_STATUSES = ("running", "passed", "failed", "cancelled", "interrupted")


FIGURES = (
    "agent_id",
    "task_id",
    "provider_id",
    "status",
    "duration_seconds",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "is_cost_complete",
)
"""What many runs are filtered by and added up. One index holds it, so that inputs and results are not read for it."""


def _of_history(name: str, *columns: str | TextClause, only: str = "", with_values: Sequence[str] = ()) -> Index:
    """Return an index that alone tells which runs a page of the history has: deleted ones are not in it, ids are."""
    condition = f"deleted_at IS NULL AND {only}" if only else "deleted_at IS NULL"
    return Index(
        f"ix_runs_{name}_id",
        *columns,
        text("id DESC"),
        postgresql_where=text(condition),
        postgresql_include=list(with_values),
    )


class RunRow(SQLModel, table=True):
    """One agent on one task with one input."""

    __tablename__ = "runs"
    __table_args__ = (
        one_of("status", RUN_STATUSES, name="status"),
        CheckConstraint("input_tokens >= 0 AND output_tokens >= 0 AND attempt_count >= 0", name="counts"),
        CheckConstraint(
            "(ended_at IS NULL) = (status IN ('queued', 'running'))",
            name="ended_at",
        ),
        CheckConstraint(
            "CASE WHEN status = 'passed' THEN result IS NOT NULL OR content_erased_at IS NOT NULL "
            "ELSE result IS NULL END",
            name="result",
        ),
        CheckConstraint("input IS NOT NULL OR content_erased_at IS NOT NULL", name="input"),
        CheckConstraint("cost_usd >= 0", name="cost_usd"),
        CheckConstraint("rating IN (-1, 1)", name="rating"),
        CheckConstraint("(rating IS NULL) = (rated_at IS NULL)", name="rated_at"),
        CheckConstraint(
            "num_nulls(comparison_id, comparison_position, comparison_repeat) IN (0, 3)", name="comparison"
        ),
        _of_history("queued_at", text("queued_at DESC")),
        _of_history("agent_id_queued_at", "agent_id", text("queued_at DESC")),
        _of_history("task_id_queued_at", "task_id", text("queued_at DESC")),
        _of_history("provider_id_queued_at", "provider_id", text("queued_at DESC")),
        _of_history("status_queued_at", "status", text("queued_at DESC")),
        _of_history("started_by_queued_at", "started_by", text("queued_at DESC")),
        _of_history("cost_usd", text("cost_usd DESC NULLS LAST")),
        _of_history("duration_seconds", text("duration_seconds DESC NULLS LAST")),
        _of_history("rating_queued_at", "rating", text("queued_at DESC"), only="rating IS NOT NULL"),
        _of_history("figures", text("queued_at DESC"), with_values=FIGURES),
        Index(
            "ix_runs_provider_faults",
            "provider_id",
            "queued_at",
            postgresql_where=text(f"deleted_at IS NULL AND reason IN ({', '.join(map(repr, PROVIDER_FAULTS))})"),
            postgresql_include=["reason"],
        ),
        Index("ix_runs_open", "status", postgresql_where=text("ended_at IS NULL")),
        Index("ix_runs_with_content", "queued_at", postgresql_where=text("content_erased_at IS NULL")),
        Index("ix_runs_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("ix_runs_comparison_id", "comparison_id", postgresql_where=text("comparison_id IS NOT NULL")),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    agent_version_id: uuid.UUID = Field(foreign_key="agent_versions.id")
    task_version_id: uuid.UUID = Field(foreign_key="task_versions.id")
    provider_id: uuid.UUID = Field(foreign_key="llm_providers.id")
    """That of the agent's version, for the history's filters."""
    status: str = Field(default="queued", sa_type=TEXT)
    reason: str = Field(default="", sa_type=TEXT)
    message: str = Field(default="", sa_type=TEXT)
    hint: str = Field(default="", sa_type=TEXT)
    input: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))  # Any: JSON the user wrote
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: JSON the model wrote
    attempt_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = Field(default=None, sa_type=EXACT)
    """Of the attempts whose cost is known; None when none is."""
    is_cost_complete: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    claimed_by: uuid.UUID | None = None
    cancel_requested_at: datetime | None = Field(default=None, sa_type=MOMENT)
    queued_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    started_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    started_by: str = Field(sa_type=TEXT)
    rating: int | None = None
    """1 good, -1 bad; None when nobody said."""
    rating_note: str = Field(default="", sa_type=TEXT)
    rated_by: str | None = Field(default=None, sa_type=TEXT)
    rated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    comparison_id: uuid.UUID | None = Field(default=None, foreign_key="comparisons.id")
    comparison_position: int | None = None
    """Which column of the comparison, from 1."""
    comparison_repeat: int | None = None
    """Which of the repeats in that column, from 1."""
    content_erased_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """Since when input, answers and requests are not kept; the figures stay. None: they are."""
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)


# For queries in SQL only, so they are columns of the table but not fields of the row. `search` holds the words of input
# and result: the bundled PostgreSQL brings no trigrams along, so whole words and their beginnings can be found.
_RUNS = RunRow.metadata.tables["runs"]
_RUNS.append_column(
    Column(
        "duration_seconds",
        Double,
        Computed("EXTRACT(epoch FROM ended_at - started_at)::double precision", persisted=True),
    )
)
_RUNS.append_column(Column("search", TSVECTOR, nullable=False, server_default=text("''::tsvector")))
Index("ix_runs_search", _RUNS.c.search, postgresql_using="gin")


class AttemptRow(SQLModel, table=True):
    """One request to the model inside a run."""

    __tablename__ = "run_attempts"
    __table_args__ = (
        UniqueConstraint("run_id", "number"),
        CheckConstraint("number > 0", name="number"),
        one_of("status", ATTEMPT_STATUSES, name="status"),
        CheckConstraint("(cost_usd IS NULL) = (cost IS NULL) AND cost_usd >= 0", name="cost_usd"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    run_id: uuid.UUID = Field(foreign_key="runs.id", ondelete="CASCADE")
    number: int
    status: str = Field(default="running", sa_type=TEXT)
    request: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: the body as sent
    is_request_cut: bool = False
    raw_answer: str = Field(default="", sa_type=TEXT)
    errors: list[dict[str, Any]] = Field(  # Any: place, message and the offending value
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    mends: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    exchanges: list[dict[str, Any]] = Field(  # Any: one entry for each HTTP try
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    finish_reason: str = Field(default="", sa_type=TEXT)
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    cost_usd: Decimal | None = Field(default=None, sa_type=EXACT)
    cost: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: the bill: amount, source and parts
    started_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    first_token_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class RunEventRow(SQLModel, table=True):
    """One thing that happened in a run, in order."""

    __tablename__ = "run_events"
    __table_args__ = (Index("ix_run_events_run_id_seq", "run_id", "seq"),)

    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    run_id: uuid.UUID = Field(foreign_key="runs.id", ondelete="CASCADE")
    kind: str = Field(sa_type=TEXT)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # Any: per kind
    at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
