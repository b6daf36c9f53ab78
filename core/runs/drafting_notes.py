"""One draft while it goes on: what the engine tells of its attempts, and how it ended. Kept in memory only."""

import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

from core.errors import DashboardError
from core.names import storable
from core.redaction import redact, redact_json
from core.runs.drafting_records import DraftingAttempt, DraftingRecord, DraftingStatus
from core.runs.plans import RunPlan
from core.runs.records import AttemptStatus
from core.tasks.mending import Mend
from core.tasks.schemas.json_values import JsonObject
from core.tasks.sources.drafted import DraftedSchema

_MAX_REFUSALS = 5
_MAX_REFUSAL_CHARACTERS = 300


class Drafting:
    """A draft of one actor. Written on the background loop, read from anywhere."""

    def __init__(
        self, plan: RunPlan, *, actor_name: str, agent_id: uuid.UUID, agent_name: str, present_schema: JsonObject | None
    ) -> None:
        self.id = plan.run_id
        self.plan = plan
        self.actor_name = actor_name
        self.agent_id = agent_id
        self.agent_name = agent_name
        self.present_schema = present_schema
        self.status = DraftingStatus.WAITING
        self.is_cancelled = False
        self.attempts: tuple[DraftingAttempt, ...] = ()
        self.started_at = time.monotonic()
        self.ended_at: float | None = None
        self.drafted: DraftedSchema | None = None
        self.error: DashboardError | None = None
        self.failed_attempts = 0
        self.was_empty = False
        self.was_answered = False
        self._is_open = False
        self._ending = threading.Lock()

    def end(
        self, status: DraftingStatus, *, drafted: DraftedSchema | None = None, error: DashboardError | None = None
    ) -> None:
        """Say how it ended; the first word counts."""
        with self._ending:
            if self.status.is_over:
                return
            self.drafted, self.error = drafted, error
            self.ended_at = time.monotonic()
            self.status = status  # last: whoever sees it finds the rest

    def record(self) -> DraftingRecord:
        """Return it as it is now, known secrets masked."""
        status = self.status
        ended = time.monotonic() if self.ended_at is None else self.ended_at
        schema = None if self.drafted is None else redact_json(self.drafted.schema)
        return DraftingRecord(
            id=self.id,
            agent_id=self.agent_id,
            agent_name=self.agent_name,
            model_name=self.plan.model_name,
            status=status,
            attempts=self.attempts,
            elapsed_seconds=ended - self.started_at,
            drafted_schema=schema if isinstance(schema, dict) else None,
            notes=() if self.drafted is None else tuple(redact(note) for note in self.drafted.notes),
            error=self.error,
        )

    async def start_attempt(self) -> None:
        """Note that a request is about to be sent; an attempt still open is closed as failed first."""
        await self.end_attempt(AttemptStatus.FAILED)
        self._is_open, self.was_answered = True, False
        self.attempts = (*self.attempts, DraftingAttempt(number=len(self.attempts) + 1))

    async def take_piece(self, text: str) -> None:
        """Pieces are not shown: half a list of fields tells nobody anything."""

    def take_answer(
        self,
        text: str,
        *,
        finish_reason: str,
        input_tokens: int,
        output_tokens: int,
        cached_input_tokens: int | None = None,
        cache_write_tokens: int | None = None,
    ) -> None:
        """Note that the open attempt was answered."""
        self.was_answered, self.was_empty = True, not text.strip()
        if self.was_empty:
            self._refuse(["the answer was empty"])

    def take_errors(self, errors: Sequence[dict[str, Any]]) -> None:  # Any: place, message, value
        """Keep why the open attempt's answer was refused."""
        self._refuse([" ".join(str(error.get(key, "")) for key in ("place", "message")).strip() for error in errors])

    def take_mends(self, mends: Sequence[Mend]) -> None:
        """Mends are not shown: what comes of the answer is looked at anyway."""

    async def end_attempt(self, status: AttemptStatus) -> None:
        """Close the open attempt; does nothing when none is open."""
        is_failed = self._is_open and status is AttemptStatus.FAILED
        self.failed_attempts += is_failed
        self._is_open = False

    def _refuse(self, reasons: Sequence[str]) -> None:
        if not self._is_open:
            return
        last = self.attempts[-1]
        clean = [storable(redact(reason))[:_MAX_REFUSAL_CHARACTERS] for reason in reasons]
        refusals = (*last.refusals, *clean)[:_MAX_REFUSALS]
        self.attempts = (*self.attempts[:-1], last.model_copy(update={"refusals": refusals}))
