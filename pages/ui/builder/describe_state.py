"""What the page “Describe it in words” remembers while the dialog is closed or looked at elsewhere. No Streamlit."""

import uuid
from dataclasses import dataclass

from core.errors import DashboardError
from core.runs.drafting_records import DraftingRecord, DraftingStatus
from core.tasks.builder import SchemaDraft
from pages.ui.builder.start_state import Proposal

_LABEL = "Schema from words"


@dataclass
class Describing:
    """One description. `drafting_id` is the draft under way, None for none; `error` is what the last one met.

    `proposal` is what the last good one brought; it stays until another one takes its place. `start` is the draft the
    model was told of, and `next_start` the one that it is being told of now.
    """

    text: str = ""
    agent_id: uuid.UUID | None = None
    begins_anew: bool = False
    drafting_id: uuid.UUID | None = None
    error: DashboardError | None = None
    proposal: Proposal | None = None
    start: SchemaDraft | None = None
    next_start: SchemaDraft | None = None

    def begin(self, drafting_id: uuid.UUID, *, start: SchemaDraft | None) -> None:
        """Wait for a draft; `start` is what it changes, None for a new schema."""
        self.drafting_id, self.next_start, self.error = drafting_id, start, None

    def settle(self, record: DraftingRecord) -> None:
        """Take what a draft that is over has come to."""
        self.drafting_id, self.error = None, record.error
        if record.status is DraftingStatus.DONE and record.drafted_schema is not None:
            self.proposal = Proposal(record.drafted_schema, record.notes, _LABEL)
            self.start = self.next_start

    def fail(self, error: DashboardError) -> None:
        """Give up a draft that could not be started or followed."""
        self.drafting_id, self.error = None, error

    def finish(self) -> None:
        """Forget the proposal, which was taken over."""
        self.proposal = None
