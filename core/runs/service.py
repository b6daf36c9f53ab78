"""The verbs of runs."""

import json
import uuid
from datetime import datetime
from itertools import zip_longest
from typing import Any

from core.actors import Actor
from core.agents.templates import fill_template
from core.errors import Detail, InvalidInputError, NotFoundError, StateConflictError
from core.names import storable
from core.paging import cap_limit, cap_offset, next_cursor, read_cursor, write_cursor
from core.runs.executor import RunExecutor
from core.runs.outcomes import CANCELLED
from core.runs.progress import RunProgress, follow
from core.runs.records import (
    AttemptRecord,
    RunEvent,
    RunFilter,
    RunPage,
    RunReason,
    RunRecord,
    RunStatus,
    RunSummary,
    StartRun,
)
from core.runs.sent_requests import read_feedback
from core.store import Store
from core.tasks.judge import check
from core.tasks.schemas.json_values import JsonObject, to_pointer
from db.events import announce
from db.queries import agents as agent_queries
from db.queries import assignments as assignment_queries
from db.queries import runs as run_queries
from db.queries import tasks as task_queries
from db.session import Session
from db.tables import AttemptRow, RunRow, utc_now

MAX_INPUT_CHARACTERS = 200_000
_CURSOR = "runs"


class RunService:
    """Start, read, list and cancel runs."""

    def __init__(self, store: Store, *, executor: RunExecutor) -> None:
        self._store = store
        self._executor = executor

    def start_run(self, actor: Actor, request: StartRun) -> RunRecord:
        """Queue a run of the agent's and the task's current versions, and return at once.

        Raises: NotFoundError; InvalidInputError: the input does not fit, `details` say where;
        StateConflictError: the agent or the assignment is switched off, or there is no assignment.
        """
        with self._store.transaction() as session:
            agent, task = self._find_pair(session, request)
        (agent_row, agent_version, _, _), (task_row, task_version, _) = agent, task
        # Judged between transactions: a large input may take its time.
        request_text = task_version.request_schema_text
        _check_input(request.input, None if request_text is None else json.loads(request_text))
        fill_template(agent_version.user_prompt_template, request.input)
        row = RunRow(
            agent_id=agent_row.id,
            task_id=task_row.id,
            agent_version_id=agent_version.id,
            task_version_id=task_version.id,
            input=request.input,
            started_by=actor.name,
        )
        with self._store.transaction() as session:
            session.add(row)
            session.flush()
            run_queries.add_event(session, row.id, "queued")
            session.flush()
            record = _read(session, row.id)
        self._executor.submit(record.id)
        return record

    def get_run(self, actor: Actor, run_id: uuid.UUID) -> RunRecord:
        """Return the run as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return _read(session, run_id)

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
        return [_build_attempt(row, following=sent) for row, sent in zip_longest(rows, following)]

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
            record = _read(session, run_id)
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

    def _find_pair(self, session: Session, request: StartRun) -> tuple[agent_queries.AgentLine, task_queries.TaskLine]:
        agent = agent_queries.find_agent(session, request.agent_id)
        task = task_queries.find_task(session, request.task_id)
        if agent is None or task is None:
            raise NotFoundError("The agent or the task is not there any more.", hint="Choose again.")
        if not agent[0].is_active:
            raise StateConflictError(f"“{agent[0].name}” is switched off.", hint="Switch it on, on the Agents page.")
        pair = assignment_queries.find_pair(session, agent_id=request.agent_id, task_id=request.task_id)
        names = f"“{agent[0].name}” to “{task[0].name}”"
        if pair is None:
            raise StateConflictError(f"Nobody assigned {names}.", hint="Assign it on the Agents page.")
        if not pair.is_active:
            raise StateConflictError(f"The assignment of {names} is switched off.", hint="Switch it on first.")
        return agent, task


def _check_input(value: object, request_schema: dict[str, Any] | None) -> None:  # Any: a JSON Schema
    try:
        size = len(value) if isinstance(value, str) else len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError("The input cannot be written as JSON.", hint="Check its values.") from error
    if size > MAX_INPUT_CHARACTERS:
        raise InvalidInputError(f"The input has {size:,} characters; at most {MAX_INPUT_CHARACTERS:,} are taken.")
    if request_schema is None:
        if not isinstance(value, str):
            raise InvalidInputError("This task takes plain text as its input.")
        if not value.strip():
            raise InvalidInputError("The input is empty.", hint="Write something for the model to work on.")
        if value != storable(value):
            raise InvalidInputError("The input holds characters that cannot be stored, such as NUL. Remove them.")
        return
    errors = check(request_schema, value)
    if errors:
        details = [Detail(place=to_pointer(error.loc), message=error.message) for error in errors]
        where = " › ".join(str(part) for part in errors[0].loc) or "the input"
        raise InvalidInputError(f"The input does not fit: {where} {errors[0].message}.", details=details)


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


def _read(session: Session, run_id: uuid.UUID) -> RunRecord:
    line = run_queries.find_run(session, run_id)
    if line is None:
        raise NotFoundError("There is no such run.", hint="Open History to find it.")
    return _build_record(line)


def _build_record(line: run_queries.RunLine) -> RunRecord:
    run, agent, task, provider = line
    return RunRecord(
        id=run.id,
        agent_id=run.agent_id,
        task_id=run.task_id,
        agent_name=agent.name,
        agent_version=agent.number,
        task_name=task.name,
        task_version=task.number,
        provider_name=provider.name,
        model_name=agent.model_name,
        response_schema=json.loads(task.response_schema_text),
        status=RunStatus(run.status),
        reason=RunReason(run.reason),
        message=run.message,
        hint=run.hint,
        input=run.input,
        result=run.result,
        attempt_count=run.attempt_count,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost_usd=run.cost_usd,
        is_cost_complete=run.is_cost_complete,
        is_cancel_requested=run.cancel_requested_at is not None,
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        started_by=run.started_by,
    )


def _build_attempt(row: AttemptRow, *, following: JsonObject | None) -> AttemptRecord:
    """Return an attempt; `following` is the request of the next one, if it is stored already."""
    stored = row.model_dump(include=set(AttemptRecord.model_fields))
    return AttemptRecord.model_validate(stored | {"fed_back": read_feedback(row.request, following)})


def _build_summary(line: dict[str, Any]) -> RunSummary:  # Any: columns by name
    started_at, ended_at = line.pop("started_at"), line.pop("ended_at")
    seconds = (ended_at - started_at).total_seconds() if started_at and ended_at else None
    return RunSummary.model_validate(line | {"duration_seconds": seconds})
