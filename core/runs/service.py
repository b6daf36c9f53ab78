"""The verbs of runs."""

import uuid
from datetime import datetime
from itertools import zip_longest
from typing import Any

from core.actors import Actor
from core.errors import NotFoundError, StateConflictError
from core.paging import cap_limit, cap_offset, next_cursor, read_cursor, write_cursor
from core.runs.executor import RunExecutor
from core.runs.outcomes import CANCELLED
from core.runs.progress import RunProgress, follow
from core.runs.records import (
    AttemptRecord,
    RunEvent,
    RunFilter,
    RunPage,
    RunRecord,
    RunStatus,
    RunSummary,
    StartRun,
)
from core.runs.starting import add_run, check_input, find_pair
from core.runs.stored import build_attempt, read_run
from core.store import Store
from db.events import announce
from db.queries import runs as run_queries
from db.tables import utc_now

_CURSOR = "runs"


class RunService:
    """Start, read, list and cancel runs."""

    def __init__(self, store: Store, *, executor: RunExecutor) -> None:
        self._store = store
        self._executor = executor

    def start_run(self, actor: Actor, request: StartRun) -> RunRecord:
        """Queue a run of the task's current version and of the agent's, if the request names no other; return at once.

        Raises: NotFoundError; InvalidInputError: the input does not fit, `details` say where, or the variation cannot
        be used;
        StateConflictError: the agent or the assignment is switched off, or there is no assignment.
        """
        with self._store.transaction() as session:
            pair = find_pair(session, request, actor)
        # Judged between transactions: a large input may take its time.
        check_input(pair, request.input)
        with self._store.transaction() as session:
            record = read_run(session, add_run(session, pair, request.input, actor))
        self._executor.submit(record.id)
        return record

    def get_run(self, actor: Actor, run_id: uuid.UUID) -> RunRecord:
        """Return the run as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return read_run(session, run_id)

    def get_progress(self, actor: Actor, run_id: uuid.UUID) -> RunProgress:
        """Return what can be seen of a run while it goes on."""
        return follow(self.list_events(actor, run_id))

    def list_events(self, actor: Actor, run_id: uuid.UUID, *, after_seq: int = 0) -> list[RunEvent]:
        """Return what happened in the run after an event, in order."""
        with self._store.reading() as session:
            rows = run_queries.list_events(session, run_id, after_seq=after_seq)
        return [RunEvent(seq=row.seq or 0, kind=row.kind, data=row.data, at=row.at) for row in rows]

    def list_attempts(self, actor: Actor, run_id: uuid.UUID) -> list[AttemptRecord]:
        """Return the attempts of the run, in order."""
        with self._store.reading() as session:
            rows = run_queries.list_attempts(session, run_id)
        # A run that has just been started has none, and the last attempt has none behind it.
        following = [row.request for row in rows[1:]]
        return [build_attempt(row, following=sent) for row, sent in zip_longest(rows, following)]

    def cancel_run(self, actor: Actor, run_id: uuid.UUID) -> RunRecord:
        """Cancel a run: a queued one ends at once, a running one as soon as its request is dropped.

        Raises: NotFoundError; StateConflictError: it is already over.
        """
        with self._store.transaction() as session:
            row = run_queries.lock_run(session, run_id)
            if row is None:
                raise NotFoundError("There is no such run.", hint="Open History to find it.")
            if RunStatus(row.status).is_over:
                raise StateConflictError(f"The run is already over: it {_past(row.status)}.")
            row.cancel_requested_at = utc_now()
            if row.status == RunStatus.QUEUED:
                row.sqlmodel_update(CANCELLED.model_dump(include={"status", "reason", "message", "hint"}, mode="json"))
                row.ended_at = utc_now()
                run_queries.add_event(session, run_id, "ended", status=row.status)
            else:
                announce(session, "runs", "cancel_requested", id=run_id)
            session.flush()
            record = read_run(session, run_id)
        self._executor.cancel(run_id)
        return record

    def page_runs(
        self,
        actor: Actor,
        run_filter: RunFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
        offset: int = 0,
    ) -> RunPage:
        """Return a page of the runs that fit, newest first. `limit` is 1 to 1,000.

        It begins at `cursor`, or after `offset` runs for a list that can jump anywhere.
        Raises: InvalidInputError: the cursor is not one this method gave, or comes with an offset.
        """
        count, skipped = cap_limit(limit), cap_offset(offset, cursor=cursor)
        after = read_cursor(_CURSOR, cursor, _parse_place)
        filters = _build_filters(run_filter)
        with self._store.reading() as session:
            lines = run_queries.list_runs(session, limit=count + 1, after=after, offset=skipped, **filters)
            total = run_queries.count_runs(session, **filters)
        runs = [_build_summary(line) for line in lines]
        return RunPage(items=tuple(runs[:count]), total=total, next_cursor=next_cursor(runs, _write_place, limit=count))


def _past(status: str) -> str:
    return {"passed": "passed", "failed": "failed"}.get(status, f"was {status}")


def _build_filters(run_filter: RunFilter | None) -> dict[str, Any]:  # Any: ids and a word
    chosen = run_filter or RunFilter()
    status = None if chosen.status is None else chosen.status.value
    return {"agent_id": chosen.agent_id, "task_id": chosen.task_id, "status": status}


def _write_place(last: RunSummary) -> str:
    return write_cursor(_CURSOR, last.queued_at.isoformat(), str(last.id))


def _parse_place(moment: str, run_id: str) -> tuple[datetime, uuid.UUID]:
    return datetime.fromisoformat(moment), uuid.UUID(run_id)


def _build_summary(line: dict[str, Any]) -> RunSummary:  # Any: columns by name
    started_at, ended_at = line.pop("started_at"), line.pop("ended_at")
    seconds = (ended_at - started_at).total_seconds() if started_at and ended_at else None
    return RunSummary.model_validate(line | {"duration_seconds": seconds})
