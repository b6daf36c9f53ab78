"""What goes in and out of the run service.

queued ── claimed ──> running ──> passed | failed | cancelled
   └── cancelled before it began        └── interrupted (its process died)
"""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from core.agents.records import AgentVariation
from core.paging import Page
from core.providers.prices import Exact
from core.runs.costs import Cost, CostSum
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
    EXTRA_MISSING = "extra_missing"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    INTERNAL = "internal"


class StartRun(BaseModel):
    """One agent on one task with one input."""

    model_config = ConfigDict(frozen=True)

    agent_id: uuid.UUID
    task_id: uuid.UUID
    input: Any  # Any: text, or an object that fits the task's request schema
    agent_version: int | None = None
    """The number of a saved state of the agent. None: the current one."""
    variation: AgentVariation | None = None
    """What is tried differently from that state."""


class RunRecord(BaseModel):
    """A run as it is now."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: uuid.UUID
    agent_id: uuid.UUID
    task_id: uuid.UUID
    agent_name: str
    """As it was called when the run was started; so are the task's name and both versions."""
    agent_version: int | None
    """None for a variation, which nobody saved."""
    variation_of: int | None = None
    """The version that a variation differs from; None for a saved one."""
    task_name: str
    task_version: int
    provider_id: uuid.UUID
    provider_name: str
    model_name: str
    response_schema: dict[str, Any]  # Any: the schema the answer is judged by
    status: RunStatus
    reason: RunReason
    message: str
    """What happened, as a sentence; blank for a passed run."""
    hint: str
    input: Any  # Any: JSON the user wrote; None once the content is not kept any more
    result: dict[str, Any] | None  # Any: JSON the model wrote; None unless passed, and as above
    attempt_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: Exact | None = None
    """Of the attempts whose cost is known; None when none is."""
    is_cost_complete: bool = True
    """False when the cost of an attempt is unknown, so that the run cost more."""
    is_cancel_requested: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    started_by: str
    rating: Literal[1, -1] | None = None
    """1 good, -1 bad; None when nobody said."""
    rating_note: str = ""
    rated_by: str | None = None
    rated_at: datetime | None = None
    comparison_id: uuid.UUID | None = None
    """The comparison it belongs to; so its column there and which repeat it is, both from 1."""
    comparison_position: int | None = None
    comparison_repeat: int | None = None
    content_erased_at: datetime | None = None
    """Since when input, answers and requests are not kept, if they are not; the figures always are."""

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from claim to end; None while it is not over or if it never began."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def cost(self) -> CostSum:
        """What its attempts cost together, to be said."""
        known, unknown = int(self.cost_usd is not None), int(not self.is_cost_complete)
        return CostSum(amount_usd=self.cost_usd, known_count=known, unknown_count=unknown)


class AttemptRecord(BaseModel):
    """One request to the model inside a run."""

    model_config = ConfigDict(frozen=True)

    number: int
    status: AttemptStatus
    request: dict[str, Any] | None  # Any: the body as sent (messages, schema, settings), known secrets masked
    is_request_cut: bool = False
    """Whether it was too long to be kept whole; its longest texts then end with a note of what is missing."""
    raw_answer: str
    errors: tuple[dict[str, Any], ...]  # Any: place (JSON pointer), message, value (shortened)
    mends: tuple[Mend, ...]
    """What was mended in the answer, in order. `raw_answer` is as it came, `errors` are about the mended one."""
    exchanges: tuple[dict[str, Any], ...]  # Any: one entry per HTTP try: status or error, seconds
    fed_back: str = ""
    """What the next attempt's request told the model of this answer; blank when there was none."""
    finish_reason: str
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int | None = None
    """Of the input, what the server had read before; None when it told of none. So with those below."""
    cache_write_tokens: int | None = None
    """Of the input, what the server kept for later."""
    cost: Cost | None = None
    """Its bill by the prices of that time; None while it runs, and when it is unknown."""
    started_at: datetime
    first_token_at: datetime | None
    """When the first piece of a streamed answer came; None for one that came at once, or not at all."""
    ended_at: datetime | None

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds from the attempt's beginning to the first piece; None as above."""
        if self.first_token_at is None:
            return None
        return (self.first_token_at - self.started_at).total_seconds() * 1000

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
    """Which runs to list; None means any. A run has to fit all that is set."""

    model_config = ConfigDict(frozen=True)

    agent_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    provider_id: uuid.UUID | None = None
    status: RunStatus | None = None
    started_by: str | None = None
    since: datetime | None = None
    """Queued then or later."""
    until: datetime | None = None
    """Queued before."""
    words: str = ""
    """Words, or beginnings of words, that are all in its input and result. Blank means any."""
    min_cost_usd: Decimal | None = None
    max_cost_usd: Decimal | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    """Of its duration; a run that is not over has none."""
    rating: Literal[1, -1] | None = None
    comparison_id: uuid.UUID | None = None


class RunSort(StrEnum):
    """What a list of runs can be ordered by."""

    QUEUED_AT = "queued_at"
    DURATION = "duration"
    COST = "cost"


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
    agent_version: int | None
    """None when it ran with a variation: an agent's state that nobody saved. `variation_of` is the version changed."""
    variation_of: int | None = None
    task_version: int
    provider_name: str
    cost_usd: Exact | None = None
    """Of the attempts whose cost is known; None when none is."""
    is_cost_complete: bool = True
    """False when the cost of an attempt is unknown, so that the run cost more."""
    started_by: str
    rating: Literal[1, -1] | None = None
    comparison_id: uuid.UUID | None = None


class RunPage(Page[RunSummary]):
    """Some runs, in the order asked for."""

    is_total_exact: bool = True
    """False when there are more runs than `total` says."""
