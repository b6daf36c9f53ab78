"""What goes in and out of the history service, besides lists of runs."""

import uuid
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.providers.prices import Exact


class RunGrouping(StrEnum):
    """What figures of runs are told by."""

    DAY = "day"
    AGENT = "agent"
    TASK = "task"
    PROVIDER = "provider"


class ExportFormat(StrEnum):
    """What runs can be written as; the word is the ending of such a file's name."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """What a browser is told the file is."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


class RunFigure(BaseModel):
    """What some runs came to."""

    model_config = ConfigDict(frozen=True)

    key: str
    """The day as YYYY-MM-DD, or the id of the agent, task or provider; blank for all of them."""
    label: str
    """The day again, or the name as it is now; blank for all of them."""
    run_count: int
    passed_count: int
    failed_count: int
    """Runs that failed or were interrupted."""
    median_seconds: float | None
    """Of the durations, as is the next; None when no run has one."""
    p95_seconds: float | None
    input_tokens: int
    output_tokens: int
    cost_usd: Exact | None
    """Of what is known; None when nothing is."""
    unknown_cost_count: int
    """Runs that cost more than is known of them, or nobody knows what."""

    @property
    def pass_rate(self) -> float | None:
        """Passed runs among those that are over and were not cancelled, 0 to 1; None when there are none."""
        judged = self.passed_count + self.failed_count
        return self.passed_count / judged if judged else None


class RunFigures(BaseModel):
    """What the runs that fit a filter came to, together and in groups."""

    model_config = ConfigDict(frozen=True)

    grouping: RunGrouping
    total: RunFigure
    groups: tuple[RunFigure, ...]
    """At most 60: the newest days in order, or the agents, tasks or providers with the most runs."""
    is_complete: bool
    """False when there are more groups than these."""


class RunDeletion(BaseModel):
    """What became of the runs that were to be deleted. One that was not there is in neither."""

    model_config = ConfigDict(frozen=True)

    deleted: tuple[uuid.UUID, ...]
    kept: tuple[uuid.UUID, ...]
    """Those that are not over."""
