"""What goes in and out of the comparison service.

A comparison has columns, each a state of an agent; a column has runs, one for each repeat, all with the same input.
"""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.agents.records import AgentVariation
from core.paging import Page
from core.providers.prices import Exact
from core.runs.costs import CostSum
from core.runs.records import RunRecord, RunStatus

MIN_COLUMNS = 2
MAX_COLUMNS = 8
MAX_REPEATS = 20
MAX_RUNS = 80
MAX_WINNER_NOTE = 2_000


class ComparisonColumnDraft(BaseModel):
    """One state of an agent, saved or only tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent_id: uuid.UUID
    agent_version: int | None = None
    """The number of a saved state of the agent. None: the current one."""
    variation: AgentVariation | None = None
    """What is tried differently from that state."""


class ComparisonDraft(BaseModel):
    """One task and one input for every column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: uuid.UUID
    input: Any  # Any: text, or an object that fits the task's request schema
    columns: tuple[ComparisonColumnDraft, ...] = Field(min_length=MIN_COLUMNS, max_length=MAX_COLUMNS)
    repeat_count: int = Field(default=1, ge=1, le=MAX_REPEATS)
    """How often each column runs; at most 80 runs in all."""

    @model_validator(mode="after")
    def _check_run_count(self) -> "ComparisonDraft":
        count = len(self.columns) * self.repeat_count
        if count > MAX_RUNS:
            raise ValueError(f"These are {count} runs; a comparison has at most {MAX_RUNS}.")
        return self


class ComparedColumn(BaseModel):
    """One state of an agent with its runs."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    position: int
    """From 1."""
    label: str
    """What to call it; no two columns of a comparison are called the same."""
    agent_id: uuid.UUID
    agent_name: str
    """As it was called in that state."""
    agent_version: int | None
    """None for a variation, which nobody saved."""
    variation_of: int | None
    """The version that a variation differs from; None for a saved one."""
    provider_id: uuid.UUID
    provider_name: str
    model_name: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    system_prompt: str
    user_prompt_template: str
    changes: tuple[str, ...] = ()
    """What is not the same in all columns, in a few words each: settings with the column's own value, and how far its
    prompts are from those of the first column."""
    runs: tuple[RunRecord, ...]
    """In the order of the repeats, without those that were deleted. Each holds its own input."""

    @property
    def is_over(self) -> bool:
        return all(run.status.is_over for run in self.runs)


class ComparisonRecord(BaseModel):
    """A comparison as it is now; or any runs of one task side by side, which is not stored and so has no id."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: uuid.UUID | None
    task_id: uuid.UUID
    task_name: str
    task_version: int
    """Of runs chosen by hand the newest, when theirs are not the same. Each run holds its own."""
    response_schema: dict[str, Any]  # Any: the schema the answers are judged by
    input: Any  # Any: JSON the user wrote; None when it is not kept any more, or `has_one_input` is false
    has_one_input: bool = True
    """False for runs chosen by hand that had different inputs: then each run says its own."""
    repeat_count: int
    columns: tuple[ComparedColumn, ...]
    winner: int | None = None
    """The position of the column that somebody picked."""
    winner_note: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None
    started_by: str
    """Of runs chosen by hand everyone who started one."""
    created_at: datetime
    """Of runs chosen by hand when the first was queued."""
    content_erased_at: datetime | None = None
    """Since when the input is not kept, if it is not; it may be at hand for some minutes more, as that of a run."""

    @property
    def is_over(self) -> bool:
        return all(column.is_over for column in self.columns)

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """Every run, column by column."""
        return tuple(run for column in self.columns for run in column.runs)


class ComparisonSummary(BaseModel):
    """A comparison as a line of a list."""

    model_config = ConfigDict(frozen=True)

    id: uuid.UUID
    task_id: uuid.UUID
    task_name: str
    column_labels: tuple[str, ...]
    """By position."""
    repeat_count: int
    run_counts: dict[RunStatus, int]
    """How many runs are in each status; a status without runs is left out."""
    winner: int | None
    """The position of the column that somebody picked."""
    created_at: datetime
    started_by: str

    @property
    def is_over(self) -> bool:
        return all(status.is_over for status in self.run_counts)


class ComparisonPage(Page[ComparisonSummary]):
    """Some comparisons, newest first."""


class AnswerVariant(BaseModel):
    """One of the values a column gave for a field."""

    model_config = ConfigDict(frozen=True)

    text: str
    is_missing: bool = False
    count: int
    """How many of the column's passed runs gave it."""


class AlignedCell(BaseModel):
    """What one column says in one field: the most frequent value of its passed runs, the earliest of equals."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    """The value for a person: texts as they are, anything else as JSON. Blank when missing."""
    is_missing: bool = True
    """Whether the answer has no such field, or there is no answer, and so no `variants`."""
    differs: bool = False
    """From the value most columns gave (of equally many the earliest). Never without an answer."""
    agreement: float | None = None
    """Share of the passed runs with that value, 0 to 1; None for fewer than two."""
    variants: tuple[AnswerVariant, ...] = ()
    """Every value its passed runs gave, most frequent first; empty without an answer."""


class AlignedRow(BaseModel):
    """One field of the answers."""

    model_config = ConfigDict(frozen=True)

    place: str
    """Such as `customer.name` or `lines[0].price`; blank when the answer as a whole is one value."""
    is_same: bool
    """Whether every column that has an answer says the same, counting its most frequent value."""
    agreement: float | None
    """Share of the columns with an answer that give the value most of them give; None for fewer than two."""
    cells: tuple[AlignedCell, ...]
    """One for each column, in order."""


class ColumnFigures(BaseModel):
    """What the runs of a column took, and how they ended."""

    model_config = ConfigDict(frozen=True)

    position: int
    statuses: dict[RunStatus, int]
    """How many runs are in each status; a status without runs is left out."""
    run_count: int
    over_count: int
    passed_count: int
    pass_rate: float | None
    """Passed runs among those that are over and were not cancelled, 0 to 1; None when there are none."""
    p50_seconds: float | None
    """Median duration of the passed runs, of the failed ones when none passed; None while there is neither."""
    input_tokens: int
    """Of all runs; so are the output tokens."""
    output_tokens: int
    input_tokens_per_run: float | None
    """Of the runs that asked the model at least once; None when none did. So are the others per run."""
    output_tokens_per_run: float | None
    attempts_per_run: float | None
    cost: CostSum
    """Of all runs that asked the model."""
    cost_per_run_usd: Exact | None
    """Of those whose cost is known to the last attempt; None when there is none."""
    agreement: float | None
    """Mean of its cells' agreement; None for fewer than two passed runs."""


class AlignedAnswers(BaseModel):
    """The answers of a comparison field by field, with the figures of each column."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[AlignedRow, ...]
    left_out_count: int = 0
    """How many fields beyond those shown the answers have; counted up to 10,000."""
    columns: tuple[ColumnFigures, ...]
    agreement: float | None = None
    """Mean of the rows' agreement; None when fewer than two columns have an answer."""
