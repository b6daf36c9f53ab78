"""What goes in and out of the task service."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.changes import Change, not_set, write_moment
from core.errors import Detail
from core.names import Name, PlainText
from core.paging import Page, SearchText
from core.tasks.schemas.json_values import JsonObject

Description = Annotated[PlainText, Field(max_length=4000)]


class TaskDraft(BaseModel):
    """A task as a form or a program describes it, new or changed."""

    model_config = ConfigDict(frozen=True)

    name: Name
    description: Description = ""
    response_schema: JsonObject
    """Kept exactly as written."""
    request_schema: JsonObject | None = None
    """None: the input is plain text."""
    mends_answers: bool = True
    """Whether what was plainly meant (a number as text, JSON in a code fence) is mended before a retry is spent."""
    stores_content: bool = True
    """Whether inputs, requests and answers of its runs are stored. If not, only their figures are."""


class TaskChange(Change):
    """What is to be different about a task; a field that is not set stays."""

    name: Name = not_set()
    description: Description = not_set()
    response_schema: JsonObject = not_set()
    request_schema: JsonObject | None = not_set()
    """None: the input becomes plain text."""
    mends_answers: bool = not_set()
    stores_content: bool = not_set()


class TaskFilter(BaseModel):
    """Which tasks to list; None means any."""

    model_config = ConfigDict(frozen=True)

    search: SearchText = ""
    """Looked for in names and descriptions."""
    agent_id: uuid.UUID | None = None
    """Only tasks that it is assigned to, whether the assignment is switched on or off."""


class TaskRecord(BaseModel):
    """A task as it is now."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    version: int
    version_id: uuid.UUID
    name: str
    description: str
    response_schema: JsonObject
    request_schema: JsonObject | None
    mends_answers: bool
    stores_content: bool = True
    agent_count: int = 0
    created_at: datetime
    updated_at: datetime

    @property
    def etag(self) -> str:
        """A text that is another one after every change of the task."""
        return f"{self.version}.{write_moment(self.updated_at)}"

    def draft(self) -> TaskDraft:
        """Return the values a form starts from."""
        return TaskDraft(
            name=self.name,
            description=self.description,
            response_schema=self.response_schema,
            request_schema=self.request_schema,
            mends_answers=self.mends_answers,
            stores_content=self.stores_content,
        )


class TaskPage(Page[TaskRecord]):
    """Some tasks by name."""


class TaskVersionRecord(BaseModel):
    """One saved state of a task."""

    model_config = ConfigDict(frozen=True)

    number: int
    name: str
    description: str
    response_schema: JsonObject
    request_schema: JsonObject | None
    mends_answers: bool
    stores_content: bool = True
    created_at: datetime
    created_by: str


class TaskVersionPage(Page[TaskVersionRecord]):
    """Some states of a task, newest first."""


class FixtureDraft(BaseModel):
    """An input to keep with a task, whether it fits or not."""

    model_config = ConfigDict(frozen=True)

    name: Name
    input: Any  # Any: text, or an object that should fit the request schema


class FixtureOfRun(BaseModel):
    """The input of an earlier run, to keep with the run's task."""

    model_config = ConfigDict(frozen=True)

    name: Name
    run_id: uuid.UUID


class FixtureChange(Change):
    """What is to be different about a fixture; a field that is not set stays."""

    name: Name = not_set()
    input: Any = not_set()  # Any: as above


class FixtureRecord(BaseModel):
    """A fixture as it is now: an input kept with a task, to try it with."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    task_id: uuid.UUID
    version: int
    name: str
    input: Any  # Any: JSON the user wrote
    fits: bool
    """Whether the task, as it is now, would take the input. Schemas change, so a fixture may cease to fit."""
    errors: tuple[Detail, ...]
    """Why it does not fit, at most 100. `place` is a JSON pointer into the input ("" means the whole)."""
    created_at: datetime
    updated_at: datetime

    @property
    def etag(self) -> str:
        """A text that is another one after every change of the fixture."""
        return f"{self.version}.{write_moment(self.updated_at)}"


class FixturePage(Page[FixtureRecord]):
    """Some fixtures of a task, oldest first."""
