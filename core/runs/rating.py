"""What people thought of a run's answer: good or bad, and why."""

import uuid
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.actors import Actor
from core.errors import NotFoundError, StateConflictError
from core.names import PlainText
from core.runs.records import RunRecord, RunStatus
from core.runs.stored import read_run
from core.store import Store
from db.events import announce
from db.queries import runs as run_queries
from db.tables import RunRow, utc_now

MAX_NOTE_CHARACTERS: Final = 2_000


class RatingDraft(BaseModel):
    """1 is good, -1 is bad; None takes a rating back, and its note with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rating: Literal[1, -1] | None
    note: Annotated[PlainText, StringConstraints(max_length=MAX_NOTE_CHARACTERS, strip_whitespace=True)] = Field(
        default="", description="Why, in a few words."
    )


class RatingService:
    """Rate runs. The last word counts, whoever says it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rate_run(self, actor: Actor, run_id: uuid.UUID, draft: RatingDraft) -> RunRecord:
        """Store a rating with who gave it and when; one that says what is stored already changes nothing.

        Raises: NotFoundError; StateConflictError: the run is not over yet.
        """
        with self._store.transaction() as session:
            row = run_queries.lock_run(session, run_id)
            if row is None or row.deleted_at is not None:
                raise NotFoundError("There is no such run.", hint="Open History to find it.")
            if not RunStatus(row.status).is_over:
                raise StateConflictError("The run is not over yet.", hint="Rate it once it has ended.")
            if _take_over(row, draft, actor):
                announce(session, "runs", "rated", id=run_id)
                session.flush()
            return read_run(session, run_id)


def _take_over(row: RunRow, draft: RatingDraft, actor: Actor) -> bool:
    """Put the rating into the row; say whether it is another one."""
    note = "" if draft.rating is None else draft.note
    if (row.rating, row.rating_note) == (draft.rating, note):
        return False
    row.rating, row.rating_note = draft.rating, note
    is_rated = draft.rating is not None
    row.rated_by, row.rated_at = (actor.name, utc_now()) if is_rated else (None, None)
    return True
