"""Tasks, their saved states, and the inputs kept with them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Computed, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from db.tables.base import MOMENT, TEXT, name_check, unique_name, utc_now


class TaskRow(SQLModel, table=True):
    """A task's identity; its schemas are in its versions."""

    __tablename__ = "task_configs"
    __table_args__ = (
        name_check(),
        unique_name("task_configs"),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=TEXT)
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)


class TaskVersionRow(SQLModel, table=True):
    """One saved state of a task; never changed afterwards."""

    __tablename__ = "task_versions"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        name_check(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("jsonb_typeof(response_schema) = 'object'", name="response_schema"),
        CheckConstraint("jsonb_typeof(request_schema) = 'object'", name="request_schema"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    number: int
    name: str = Field(sa_type=TEXT)
    description: str = Field(default="", sa_type=TEXT)
    response_schema_text: str = Field(sa_type=TEXT)
    request_schema_text: str | None = Field(default=None, sa_type=TEXT)
    mends_answers: bool = True
    stores_content: bool = True
    """Whether inputs, answers and requests of its runs are stored at all, or only their figures."""
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    created_by: str = Field(sa_type=TEXT)


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
        name_check(),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    task_id: uuid.UUID = Field(foreign_key="task_configs.id")
    name: str = Field(sa_type=TEXT)
    input: Any = Field(sa_column=Column(JSON, nullable=False))  # Any: JSON the user wrote
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)
