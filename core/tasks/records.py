"""What goes in and out of the task service."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from core.names import Name, PlainText


class TaskDraft(BaseModel):
    """A task as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True)

    name: Name
    description: PlainText = Field(default="", max_length=4000)
    response_schema: dict[str, Any]  # Any: a JSON Schema, kept exactly as written
    request_schema: dict[str, Any] | None = None  # Any: as above
    """None: the input is plain text."""


class TaskRecord(BaseModel):
    """A task as it is now."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    version: int
    version_id: uuid.UUID
    name: str
    description: str
    response_schema: dict[str, Any]  # Any: a JSON Schema, kept exactly as written
    request_schema: dict[str, Any] | None  # Any: as above
    agent_count: int = 0
    created_at: datetime
    updated_at: datetime


class TaskInputDraft(BaseModel):
    """An input to keep with a task."""

    model_config = ConfigDict(frozen=True)

    name: Name
    value: JsonValue
    """Text, or an object that fits the request schema."""


class TaskInputRecord(BaseModel):
    """An input kept with a task, to try it with."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    task_id: uuid.UUID
    name: str
    value: Any  # Any: text, or an object that fits the request schema
