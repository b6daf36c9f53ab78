"""What goes in and out of the agent service."""

import re
import uuid
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.changes import Change, not_set, write_moment
from core.names import Name, PlainText
from core.paging import Page, SearchText
from core.providers.discovery.records import ModelTrouble
from core.providers.types import ProviderTypeName


def _check_required(value: str) -> str:
    if not value.strip():
        raise ValueError("This cannot be empty.")
    return value


RequiredText = Annotated[PlainText, AfterValidator(_check_required)]

_PROMPT_LIMIT = 100_000

Description = Annotated[PlainText, Field(max_length=2000)]
ModelName = Annotated[RequiredText, AfterValidator(str.strip), Field(max_length=300)]
SystemPrompt = Annotated[RequiredText, Field(max_length=_PROMPT_LIMIT)]
PromptTemplate = Annotated[PlainText, Field(max_length=_PROMPT_LIMIT)]
"""Blank: the input is sent as it is. `{{field}}` stands for a field of the input, `{{input}}` for all of it."""

Temperature = Annotated[float | None, Field(ge=0, le=2)]
"""None: the server's own."""

MaxTokens = Annotated[int | None, Field(ge=1, le=1_000_000)]
"""Limit of one answer. None: the server's own."""

Retries = Annotated[int, Field(ge=0, le=10)]
"""How often a refused answer goes back to the model."""


class AgentDraft(BaseModel):
    """An agent as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    name: Name
    description: Description = ""
    provider_id: uuid.UUID
    model_name: ModelName
    system_prompt: SystemPrompt
    user_prompt_template: PromptTemplate = ""
    temperature: Temperature = None
    max_tokens: MaxTokens = None
    retries: Retries = 2
    is_active: bool = True


class AgentChange(Change):
    """What is to be different about an agent; a field that is not set stays. Null clears where a draft may hold it."""

    name: Name = not_set()
    description: Description = not_set()
    provider_id: uuid.UUID = not_set()
    model_name: ModelName = not_set()
    system_prompt: SystemPrompt = not_set()
    user_prompt_template: PromptTemplate = not_set()
    temperature: Temperature = not_set()
    max_tokens: MaxTokens = not_set()
    retries: Retries = not_set()
    is_active: bool = not_set()


class AgentVariation(Change):
    """What is tried differently from a saved state of an agent, unsaved; a field that is not set stays."""

    provider_id: uuid.UUID = not_set()
    model_name: ModelName = not_set()
    system_prompt: SystemPrompt = not_set()
    user_prompt_template: PromptTemplate = not_set()
    temperature: Temperature = not_set()
    max_tokens: MaxTokens = not_set()
    retries: Retries = not_set()


class AgentFilter(BaseModel):
    """Which agents to list; None means any."""

    model_config = ConfigDict(frozen=True)

    search: SearchText = ""
    """Looked for in names, descriptions, models and the names of providers."""
    only_active: bool = False
    provider_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    """Only agents that are assigned to it, whether the assignment is switched on or off."""


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
    provider_type: ProviderTypeName
    model_name: str
    system_prompt: str
    user_prompt_template: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    is_active: bool
    task_count: int = 0
    model_trouble: ModelTrouble | None = None
    """What is wrong with its model, as the last good check of its provider found; None: nothing, or not known."""
    model_retires_on: date | None = None
    """The day from which its server answers for the model no more, where the server tells."""
    created_at: datetime
    updated_at: datetime

    @property
    def etag(self) -> str:
        """A text that is another one after every change of the agent."""
        return f"{self.version}.{int(self.is_active)}.{write_moment(self.updated_at)}"

    def draft(self) -> AgentDraft:
        """Return the values a form starts from."""
        return AgentDraft.model_validate(self.model_dump(include=set(AgentDraft.model_fields)))


class AgentPage(Page[AgentRecord]):
    """Some agents by name."""


class AgentVersionRecord(BaseModel):
    """One saved state of an agent. `provider_name` is what the provider is called now."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    number: int
    name: str
    description: str
    provider_id: uuid.UUID
    provider_name: str
    model_name: str
    system_prompt: str
    user_prompt_template: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    created_at: datetime
    created_by: str


class AgentVersionPage(Page[AgentVersionRecord]):
    """Some states of an agent, newest first."""


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


class AssignmentPage(Page[AssignmentRecord]):
    """Some assignments of an agent, by the tasks' names."""


PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s](?:[^{}]*[^{}\s])?)\s*\}\}")
"""A placeholder of a user prompt template."""
