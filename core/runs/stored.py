"""Runs as they are stored, read as records."""

import json
import uuid
from typing import Literal, cast

from core.errors import NotFoundError
from core.runs.records import AttemptRecord, RunReason, RunRecord, RunStatus
from core.runs.sent_requests import read_feedback
from core.tasks.schemas.json_values import JsonObject
from db.queries import runs as run_queries
from db.session import Session
from db.tables import AttemptRow


def read_run(session: Session, run_id: uuid.UUID) -> RunRecord:
    """Return the run as it is now; what was changed before has to be flushed. Raises: NotFoundError."""
    line = run_queries.find_run(session, run_id)
    if line is None:
        raise NotFoundError("There is no such run.", hint="Open History to find it.")
    return build_record(line)


def build_record(line: run_queries.RunLine) -> RunRecord:
    """Return the run of its stored rows."""
    run, agent, task, provider = line
    return RunRecord(
        id=run.id,
        agent_id=run.agent_id,
        task_id=run.task_id,
        agent_name=agent.name,
        agent_version=agent.number,
        variation_of=agent.variation_of,
        task_name=task.name,
        task_version=task.number,
        provider_id=provider.id,
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
        rating=cast("Literal[1, -1] | None", run.rating),
        rating_note=run.rating_note,
        rated_by=run.rated_by,
        rated_at=run.rated_at,
        comparison_id=run.comparison_id,
        comparison_position=run.comparison_position,
        comparison_repeat=run.comparison_repeat,
        content_erased_at=run.content_erased_at,
    )


def build_attempt(row: AttemptRow, *, following: JsonObject | None) -> AttemptRecord:
    """Return an attempt; `following` is the request of the next one, if it is stored already."""
    stored = row.model_dump(include=set(AttemptRecord.model_fields))
    return AttemptRecord.model_validate(stored | {"fed_back": read_feedback(row.request, following)})
