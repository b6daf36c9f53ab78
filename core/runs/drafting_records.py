"""What goes out of the drafting service.

waiting ── its request goes out ──> asking ──> done | failed | cancelled
"""

import uuid
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.errors import DashboardError


class DraftingStatus(StrEnum):
    """Where a draft of a schema stands."""

    WAITING = "waiting"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self not in (DraftingStatus.WAITING, DraftingStatus.ASKING)


class DraftingAttempt(BaseModel):
    """One request to the model. `refusals` say what was wrong with its answer, each as half a sentence."""

    model_config = ConfigDict(frozen=True)

    number: int
    refusals: tuple[str, ...] = ()


class DraftingRecord(BaseModel):
    """A draft of a schema as it is now."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, protected_namespaces=())

    id: uuid.UUID
    agent_id: uuid.UUID
    agent_name: str
    model_name: str
    status: DraftingStatus
    attempts: tuple[DraftingAttempt, ...] = ()
    elapsed_seconds: float
    """From the start until now, or until it was over."""
    drafted_schema: dict[str, Any] | None = None  # Any: a JSON Schema
    """What was drafted, fit to be stored; None unless it is done."""
    notes: tuple[str, ...] = ()
    """What was made of the model's words on the way, in sentences."""
    error: DashboardError | None = None
    """Why it failed; its details tell for each attempt what was refused."""
