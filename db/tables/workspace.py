"""What a workspace as a whole keeps: its facts, its events, and the answers to repeated requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Identity, Index
from sqlmodel import Field, SQLModel

from db.tables.base import JSON_TEXT, MOMENT, TEXT, utc_now


class WorkspaceRow(SQLModel, table=True):
    """The one row of facts about this workspace."""

    __tablename__ = "workspace"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    examples_seeded_at: datetime | None = Field(default=None, sa_type=MOMENT)


class EventRow(SQLModel, table=True):
    """One change that programs and open tabs hear of. `seq` grows in the order of the commits."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_at", "at"),)

    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    topic: str = Field(sa_type=TEXT)
    event: str = Field(sa_type=TEXT)
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # Any: ids, numbers and words
    at: datetime = Field(sa_type=MOMENT)


class IdempotencyRow(SQLModel, table=True):
    """A request that was sent with a key of the caller's own, and what it was answered, so that a repeat does nothing.

    `made` is what the request announced first, stored by the very transaction that did it; None when nothing is done.
    `status` is None until the answer is kept.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    actor: str = Field(primary_key=True, sa_type=TEXT)
    key: str = Field(primary_key=True, sa_type=TEXT)
    fingerprint: str = Field(sa_type=TEXT)
    made: dict[str, Any] | None = Field(default=None, sa_type=JSON_TEXT)  # Any: an event's topic, name and data
    status: int | None = None
    headers: dict[str, str] | None = Field(default=None, sa_type=JSON_TEXT)
    body: str = Field(default="", sa_type=TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
