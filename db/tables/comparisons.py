"""Comparisons: one input over several agents, or several states of one, side by side."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, text
from sqlmodel import Field, SQLModel

from db.tables.base import MOMENT, TEXT, utc_now


class ComparisonRow(SQLModel, table=True):
    """What is compared: a task's version and an input. Its runs point to it."""

    __tablename__ = "comparisons"
    __table_args__ = (
        CheckConstraint("repeat_count BETWEEN 1 AND 20", name="repeat_count"),
        CheckConstraint("(winner IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("input IS NOT NULL OR content_erased_at IS NOT NULL", name="input"),
        Index("ix_comparisons_created_at_id", text("created_at DESC"), text("id DESC")),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    task_version_id: uuid.UUID = Field(foreign_key="task_versions.id")
    input: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True)))  # Any: JSON the user wrote
    repeat_count: int = 1
    winner: int | None = None
    """The position of the column that somebody picked."""
    winner_note: str = Field(default="", sa_type=TEXT)
    decided_by: str | None = Field(default=None, sa_type=TEXT)
    decided_at: datetime | None = Field(default=None, sa_type=MOMENT)
    started_by: str = Field(sa_type=TEXT)
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    content_erased_at: datetime | None = Field(default=None, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)


class ComparisonColumnRow(SQLModel, table=True):
    """One of the states of agents that are compared."""

    __tablename__ = "comparison_columns"
    __table_args__ = (CheckConstraint("position BETWEEN 1 AND 8", name="position"),)

    comparison_id: uuid.UUID = Field(primary_key=True, foreign_key="comparisons.id", ondelete="CASCADE")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    agent_version_id: uuid.UUID = Field(foreign_key="agent_versions.id")
