"""The verbs of comparisons."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from core.actors import Actor
from core.errors import Detail, InvalidInputError, StateConflictError
from core.names import storable
from core.paging import cap_limit, next_cursor, read_cursor, write_cursor
from core.runs.cancelling import request_cancel
from core.runs.comparing.listing import list_summaries
from core.runs.comparing.records import (
    MAX_COLUMNS,
    MAX_WINNER_NOTE,
    MIN_COLUMNS,
    ComparisonDraft,
    ComparisonPage,
    ComparisonRecord,
    ComparisonSummary,
)
from core.runs.comparing.starting import add_comparison, check_input_of_all, find_pairs
from core.runs.comparing.stored import gone, read_comparison, read_side_by_side, refresh_comparison
from core.runs.executor import RunExecutor
from core.runs.progress import RunProgress, follow
from core.runs.records import RunEvent
from core.store import Store
from db.events import announce
from db.queries import comparisons as comparison_queries
from db.session import Session
from db.tables import ComparisonRow, utc_now

_CURSOR = "comparisons"


class ComparisonService:
    """Start, read, list, judge, cancel and delete comparisons."""

    def __init__(self, store: Store, *, executor: RunExecutor) -> None:
        self._store = store
        self._executor = executor
        self._unstored = executor.unstored

    def start_comparison(self, actor: Actor, draft: ComparisonDraft) -> ComparisonRecord:
        """Queue all runs of a comparison at once; each pins the task's current version and its column's agent's.

        Raises: NotFoundError, StateConflictError: the task or an agent is not there, switched off or not assigned;
        InvalidInputError: the input does not fit, a variation cannot be used, or two columns are the same. What is
        wrong with one column has `details` whose place begins with `columns/2`, counted from 1.
        """
        # A variation may have to be stored.
        is_tried = any(column.variation is not None for column in draft.columns)
        with self._store.transaction() if is_tried else self._store.reading() as session:
            pairs = find_pairs(session, draft, actor)
        # Judged between transactions: a large input may take its time.
        check_input_of_all(pairs, draft.input)
        run_ids: dict[uuid.UUID, uuid.UUID] = {}
        try:
            with self._store.transaction() as session:
                comparison_id = add_comparison(session, draft, pairs, actor, unstored=self._unstored, run_ids=run_ids)
                record = self._read(session, comparison_id)
        except BaseException:
            for run_id in run_ids:
                self._unstored.drop(run_id)
            raise
        for run_id, provider_id in run_ids.items():
            self._executor.submit(run_id, provider_id=provider_id)
        return record

    def get_comparison(self, actor: Actor, comparison_id: uuid.UUID) -> ComparisonRecord:
        """Return the comparison with its runs as they are now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return self._read(session, comparison_id)

    def refresh_comparison(self, actor: Actor, known: ComparisonRecord) -> ComparisonRecord:
        """Return a stored comparison as it is now; `known` itself when nothing changed. Raises: NotFoundError.

        Quicker than reading it again: only runs that changed are read whole.
        """
        with self._store.reading() as session:
            return refresh_comparison(session, known, complete=self._unstored.complete_run)

    def read_progress(self, actor: Actor, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RunProgress]:
        """Return what can be seen of each of these runs while they go on."""
        with self._store.reading() as session:
            lines = comparison_queries.list_run_events(session, run_ids)
        events: dict[uuid.UUID, list[RunEvent]] = {run_id: [] for run_id in run_ids}
        for line in lines:
            events[line.run_id].append(RunEvent(seq=line.seq or 0, kind=line.kind, data=line.data, at=line.at))
        return {run_id: self._unstored.complete_progress(run_id, follow(own)) for run_id, own in events.items()}

    def compare_runs(self, actor: Actor, run_ids: Sequence[uuid.UUID]) -> ComparisonRecord:
        """Return 2 to 8 runs of one task as columns of a comparison that is not stored, in the order given.

        A run that is named twice is one column. Raises: NotFoundError; InvalidInputError: too few or too many, or of
        several tasks.
        """
        chosen = tuple(dict.fromkeys(run_ids))
        if not MIN_COLUMNS <= len(chosen) <= MAX_COLUMNS:
            given = "1 run" if len(chosen) == 1 else f"{len(chosen)} runs"
            raise InvalidInputError(
                f"{MIN_COLUMNS} to {MAX_COLUMNS} different runs can be compared; these are {given}.",
                hint="Choose other runs in History.",
            )
        with self._store.reading() as session:
            return read_side_by_side(session, chosen, complete=self._unstored.complete_run)

    def cancel_comparison(self, actor: Actor, comparison_id: uuid.UUID) -> ComparisonRecord:
        """Cancel every run that is not over. Raises: NotFoundError; StateConflictError: all are over."""
        with self._store.transaction() as session:
            _lock(session, comparison_id)
            runs = comparison_queries.lock_open_runs(session, comparison_id)
            if not runs:
                raise StateConflictError("The comparison is already over.")
            for run in runs:
                request_cancel(session, run)
            session.flush()
            record = self._read(session, comparison_id)
        for run in runs:
            self._executor.cancel(run.id)
        return record

    def pick_winner(
        self, actor: Actor, comparison_id: uuid.UUID, position: int | None, note: str = ""
    ) -> ComparisonRecord:
        """Note which column is the best, and why; the last word counts, whoever says it.

        None takes the choice back, and its note with it. What is noted already changes nothing.
        Raises: NotFoundError; InvalidInputError: there is no such column, or the note cannot be kept.
        """
        kept = _check_note(note)
        with self._store.transaction() as session:
            row = _lock(session, comparison_id)
            if position is not None and not comparison_queries.has_column(session, comparison_id, position):
                problem = f"This comparison has no column {position}."
                raise InvalidInputError(problem, details=[Detail(place="position", message=problem)])
            if _take_over(row, actor, winner=position, note=kept if position is not None else ""):
                announce(session, "comparisons", "updated", id=comparison_id)
                session.flush()
            return self._read(session, comparison_id)

    def delete_comparison(self, actor: Actor, comparison_id: uuid.UUID) -> None:
        """Take a comparison and its runs away; `restore_comparison` brings them back while they are kept.

        Raises: NotFoundError; StateConflictError: a run goes on.
        """
        with self._store.transaction() as session:
            row = _lock(session, comparison_id)
            if comparison_queries.lock_open_runs(session, comparison_id):
                raise StateConflictError("The comparison is not over yet.", hint="Cancel it first.")
            comparison_queries.set_deleted(session, row, deleted_at=utc_now())
            announce(session, "comparisons", "deleted", id=comparison_id)

    def restore_comparison(self, actor: Actor, comparison_id: uuid.UUID) -> ComparisonRecord:
        """Bring a deleted comparison back with the runs that were deleted with it. Raises: NotFoundError."""
        with self._store.transaction() as session:
            row = comparison_queries.lock_comparison(session, comparison_id, is_deleted=True)
            if row is None:
                raise gone()
            comparison_queries.set_deleted(session, row, deleted_at=None)
            announce(session, "comparisons", "restored", id=comparison_id)
            return self._read(session, comparison_id)

    def page_comparisons(self, actor: Actor, *, limit: int = 50, cursor: str | None = None) -> ComparisonPage:
        """Return a page of the comparisons, newest first. `limit` is 1 to 1,000.

        Raises: InvalidInputError: the cursor is not one this method gave.
        """
        count = cap_limit(limit)
        after = read_cursor(_CURSOR, cursor, _parse_place)
        with self._store.reading() as session:
            lines = list_summaries(session, limit=count + 1, after=after)
            total = comparison_queries.count_comparisons(session)
        return ComparisonPage(
            items=tuple(lines[:count]), total=total, next_cursor=next_cursor(lines, _write_place, limit=count)
        )

    def _read(self, session: Session, comparison_id: uuid.UUID) -> ComparisonRecord:
        return read_comparison(session, comparison_id, complete=self._unstored.complete_run)


def _lock(session: Session, comparison_id: uuid.UUID) -> ComparisonRow:
    row = comparison_queries.lock_comparison(session, comparison_id)
    if row is None:
        raise gone()
    return row


def _check_note(note: str) -> str:
    problem = ""
    if len(note) > MAX_WINNER_NOTE:
        problem = f"The note has {len(note):,} characters; at most {MAX_WINNER_NOTE:,} are kept."
    elif note != storable(note):
        problem = "The note holds characters that cannot be stored, such as NUL. Remove them."
    if problem:
        raise InvalidInputError(problem, details=[Detail(place="note", message=problem)])
    return note.strip()


def _take_over(row: ComparisonRow, actor: Actor, *, winner: int | None, note: str) -> bool:
    """Put the choice into the row; say whether it is another one."""
    if (row.winner, row.winner_note) == (winner, note):
        return False
    row.winner, row.winner_note = winner, note
    row.decided_by, row.decided_at = (None, None) if winner is None else (actor.name, utc_now())
    return True


def _write_place(last: ComparisonSummary) -> str:
    return write_cursor(_CURSOR, last.created_at.isoformat(), str(last.id))


def _parse_place(moment: str, comparison_id: str) -> tuple[datetime, uuid.UUID]:
    return datetime.fromisoformat(moment), uuid.UUID(comparison_id)
