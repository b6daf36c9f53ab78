"""A run as JSON, as the API gives it."""

import json

from core.runs.records import RunRecord


def run_json(run: RunRecord) -> str:
    """Return what GET /api/runs/{id} answers, indented."""
    found = run.model_dump(mode="json") | {"duration_seconds": run.duration_seconds}
    return json.dumps(found, ensure_ascii=False, indent=2)
