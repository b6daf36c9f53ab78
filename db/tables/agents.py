"""Agents, their saved states, and the tasks they may do."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.tables.base import MOMENT, TEXT, name_check, unique_name, utc_now


class AgentRow(SQLModel, table=True):
    """An agent's identity; what it does is in its versions."""

    __tablename__ = "agent_configs"
    __table_args__ = (
        name_check(),
        unique_name("agent_configs"),
        CheckConstraint("version > 0", name="version"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    name: str = Field(sa_type=TEXT)
    is_active: bool = True
    version: int = 1
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)


class AgentVersionRow(SQLModel, table=True):
    """One state of an agent, saved or only tried; never changed afterwards."""

    __tablename__ = "agent_versions"
    __table_args__ = (
        UniqueConstraint("agent_id", "number"),
        name_check(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(number IS NULL) = (variation_of IS NOT NULL)", name="variation_of"),
        CheckConstraint("btrim(system_prompt) <> ''", name="system_prompt"),
        CheckConstraint("btrim(model_name) <> ''", name="model_name"),
        CheckConstraint("temperature BETWEEN 0 AND 2", name="temperature"),
        CheckConstraint("max_tokens BETWEEN 1 AND 1000000", name="max_tokens"),
        CheckConstraint("retries BETWEEN 0 AND 10", name="retries"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    number: int | None = None
    """None for a variation: a state that runs were tried with, and that nobody saved."""
    variation_of: int | None = None
    """The number of the saved state a variation was made from; None for a saved one."""
    name: str = Field(sa_type=TEXT)
    description: str = Field(default="", sa_type=TEXT)
    provider_id: uuid.UUID = Field(foreign_key="llm_providers.id", index=True)
    model_name: str = Field(sa_type=TEXT)
    system_prompt: str = Field(sa_type=TEXT)
    user_prompt_template: str = Field(default="", sa_type=TEXT)
    temperature: float | None = None
    max_tokens: int | None = None
    retries: int = 2
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
    created_by: str = Field(sa_type=TEXT)


class AssignmentRow(SQLModel, table=True):
    """One agent may do one task."""

    __tablename__ = "agent_task_assignments"
    __table_args__ = (UniqueConstraint("agent_id", "task_id"),)

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    agent_id: uuid.UUID = Field(foreign_key="agent_configs.id")
    task_id: uuid.UUID = Field(foreign_key="task_configs.id", index=True)
    is_active: bool = True
    created_at: datetime = Field(default_factory=utc_now, sa_type=MOMENT)
