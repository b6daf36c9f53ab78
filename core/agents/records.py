"""What goes in and out of the agent service."""

import re
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.names import Name, PlainText
from core.providers.records import ProviderType


def _check_required(value: str) -> str:
    if not value.strip():
        raise ValueError("This cannot be empty.")
    return value


RequiredText = Annotated[PlainText, AfterValidator(_check_required)]

_SYSTEM_PROMPT_LIMIT = 100_000


class AgentDraft(BaseModel):
    """An agent as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    name: Name
    description: PlainText = Field(default="", max_length=2000)
    provider_id: uuid.UUID
    model_name: Annotated[RequiredText, AfterValidator(str.strip)] = Field(max_length=300)
    system_prompt: RequiredText = Field(max_length=_SYSTEM_PROMPT_LIMIT)
    user_prompt_template: PlainText = Field(default="", max_length=_SYSTEM_PROMPT_LIMIT)
    """Blank: the input is sent as it is. `{{field}}` stands for a field of the input, `{{input}}` for all of it."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None: the server's own."""
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    """Limit of one answer. None: the server's own."""
    retries: int = Field(default=2, ge=0, le=10)
    """How often a refused answer goes back to the model."""
    is_active: bool = True


class AgentRecord(BaseModel):
    """An agent as it is now."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: uuid.UUID
    version: int
    version_id: uuid.UUID
    name: str
    description: str
    provider_id: uuid.UUID
    provider_name: str
    provider_type: ProviderType
    model_name: str
    system_prompt: str
    user_prompt_template: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    is_active: bool
    task_count: int = 0
    created_at: datetime
    updated_at: datetime

    def draft(self) -> AgentDraft:
        """Return the values a form starts from."""
        return AgentDraft.model_validate(self.model_dump(include=set(AgentDraft.model_fields)))


class AssignmentRecord(BaseModel):
    """One agent may do one task."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    agent_id: uuid.UUID
    agent_name: str
    task_id: uuid.UUID
    task_name: str
    is_active: bool
    created_at: datetime


PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s](?:[^{}]*[^{}\s])?)\s*\}\}")
"""A placeholder of a user prompt template."""
