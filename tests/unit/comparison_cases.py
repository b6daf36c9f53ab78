"""Makes comparisons for tests that ask nobody: columns of finished runs, as the service would read them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.runs.comparing.records import ComparedColumn, ComparisonRecord
from core.runs.records import RunReason, RunRecord, RunStatus

_START = datetime(2024, 1, 1, tzinfo=UTC)
_ID = uuid.UUID(int=1)


def make_run(result: dict[str, Any] | None = None, **values: Any) -> RunRecord:
    """Return a run that took two seconds and passed, or failed when there is no result."""
    made: dict[str, Any] = {
        "id": uuid.uuid4(),
        "agent_id": _ID,
        "task_id": _ID,
        "agent_name": "Sorter",
        "agent_version": 1,
        "task_name": "Triage",
        "task_version": 1,
        "provider_id": _ID,
        "provider_name": "Local",
        "model_name": "ok",
        "response_schema": {},
        "status": RunStatus.FAILED if result is None else RunStatus.PASSED,
        "reason": RunReason.NONE,
        "message": "",
        "hint": "",
        "input": "Hello",
        "result": result,
        "attempt_count": 1,
        "input_tokens": 100,
        "output_tokens": 20,
        "is_cancel_requested": False,
        "queued_at": _START,
        "started_at": _START,
        "ended_at": _START + timedelta(seconds=2),
        "started_by": "somebody",
    }
    return RunRecord.model_validate(made | values)


def make_column(position: int = 1, runs: Sequence[RunRecord] = (), **values: Any) -> ComparedColumn:
    """Return a column of a saved agent."""
    made: dict[str, Any] = {
        "position": position,
        "label": f"Column {position}",
        "agent_id": _ID,
        "agent_name": "Sorter",
        "agent_version": 1,
        "variation_of": None,
        "provider_id": _ID,
        "provider_name": "Local",
        "model_name": "ok",
        "temperature": None,
        "max_tokens": None,
        "retries": 2,
        "system_prompt": "Sort.",
        "user_prompt_template": "",
        "runs": tuple(runs),
    }
    return ComparedColumn.model_validate(made | values)


def make_comparison(
    *answers: Sequence[dict[str, Any] | None], schema: dict[str, Any] | None = None
) -> ComparisonRecord:
    """Return a comparison with a column for each list of answers; None is a run that failed."""
    columns = [
        make_column(position, [make_run(result) for result in given]) for position, given in enumerate(answers, 1)
    ]
    return compare_columns(*columns, schema=schema)


def compare_columns(*columns: ComparedColumn, schema: dict[str, Any] | None = None) -> ComparisonRecord:
    """Return a comparison of these columns."""
    return ComparisonRecord(
        id=_ID,
        task_id=_ID,
        task_name="Triage",
        task_version=1,
        response_schema=schema or {},
        input="Hello",
        repeat_count=max(len(column.runs) for column in columns),
        columns=columns,
        started_by="somebody",
        created_at=_START,
    )
