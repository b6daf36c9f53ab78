"""What goes in and out of the run service.

queued ── claimed ──> running ──> passed | failed | cancelled
   └── cancelled before it began        └── interrupted (its process died)
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.paging import Page
from core.tasks.mending import Mend


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_over(self) -> bool:
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING)


class AttemptStatus(StrEnum):
    """Whether one answer fitted the schema, or why it never came."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class RunReason(StrEnum):
    """Why a run did not pass, as data."""

    NONE = ""
    INVALID_ANSWER = "invalid_answer"
    TRUNCATED = "truncated"
    EMPTY_ANSWER = "empty_answer"
    PROVIDER_UNREACHABLE = "provider_unreachable"
    KEY_REFUSED = "key_refused"
    MODEL_NOT_FOUND = "model_not_found"
    RATE_LIMITED = "rate_limited"
    PROVIDER_FAULT = "provider_fault"
    REQUEST_REFUSED = "request_refused"
    UNREADABLE_ANSWER = "unreadable_answer"
    TIMEOUT = "timeout"
    DESTINATION_REFUSED = "destination_refused"
    KEY_LOCKED = "key_locked"
    BUILTIN_UNAVAILABLE = "builtin_unavailable"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    INTERNAL = "internal"


class StartRun(BaseModel):
    """One agent on one task with one input."""

    model_config = ConfigDict(frozen=True)

    agent_id: uuid.UUID
    task_id: uuid.UUID
    input: Any  # Any: text, or an object that fits the task's request schema


class RunRecord(BaseModel):
    """A run as it is now."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: uuid.UUID
    agent_id: uuid.UUID
    task_id: uuid.UUID
    agent_name: str
    """As it was called when the run was started; so are the task's name and both versions."""
    agent_version: int
    task_name: str
    task_version: int
    provider_name: str
    model_name: str
    response_schema: dict[str, Any]  # Any: the schema the answer is judged by
    status: RunStatus
    reason: RunReason
    message: str
    """What happened, as a sentence; blank for a passed run."""
    hint: str
    input: Any  # Any: JSON the user wrote
    result: dict[str, Any] | None  # Any: JSON the model wrote; None unless passed
    attempt_count: int
    input_tokens: int
    output_tokens: int
    is_cancel_requested: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    started_by: str

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from claim to end; None while it is not over or if it never began."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


class AttemptRecord(BaseModel):
    """One request to the model inside a run."""

    model_config = ConfigDict(frozen=True)

    number: int
    status: AttemptStatus
    request: dict[str, Any] | None  # Any: the body exactly as sent (messages, schema, settings)
    raw_answer: str
    errors: tuple[dict[str, Any], ...]  # Any: place (JSON pointer), message, value (shortened)
    mends: tuple[Mend, ...]
    """What was mended in the answer, in order. `raw_answer` is as it came, `errors` are about the mended one."""
    exchanges: tuple[dict[str, Any], ...]  # Any: one entry per HTTP try: status or error, seconds
    finish_reason: str
    input_tokens: int
    output_tokens: int
    started_at: datetime
    first_token_at: datetime | None
    ended_at: datetime | None

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from request to full answer; None while it runs."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()


class RunEvent(BaseModel):
    """One thing that happened in a run. `seq` grows, over all runs."""

    model_config = ConfigDict(frozen=True)

    seq: int
    kind: str
    data: dict[str, Any]  # Any: per kind
    at: datetime


class RunFilter(BaseModel):
    """Which runs to list; None means any."""

    model_config = ConfigDict(frozen=True)

    agent_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    status: RunStatus | None = None


class RunSummary(BaseModel):
    """A run as a line of the history."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    agent_id: uuid.UUID
    task_id: uuid.UUID
    agent_name: str
    task_name: str
    model_name: str
    status: RunStatus
    reason: RunReason
    message: str
    attempt_count: int
    input_tokens: int
    output_tokens: int
    duration_seconds: float | None
    queued_at: datetime


class RunPage(Page[RunSummary]):
    """Some runs, newest first."""
