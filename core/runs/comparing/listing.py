"""Comparisons as lines of a list, in three queries however many there are."""

import uuid
from datetime import datetime

from core.runs.comparing.changes import name_columns
from core.runs.comparing.records import ComparisonSummary
from core.runs.records import RunStatus
from db.queries import comparisons as comparison_queries
from db.session import Session


def list_summaries(
    session: Session, *, limit: int, after: tuple[datetime, uuid.UUID] | None
) -> list[ComparisonSummary]:
    """Return the newest comparisons, or the newest after a place of the list."""
    lines = comparison_queries.page_comparisons(session, limit=limit, after=after)
    ids = [line.id for line in lines]
    states: dict[uuid.UUID, list[comparison_queries.StateLine]] = {comparison_id: [] for comparison_id in ids}
    for state in comparison_queries.list_states(session, ids):
        states[state.comparison_id].append(state)
    counts: dict[uuid.UUID, dict[RunStatus, int]] = {comparison_id: {} for comparison_id in ids}
    for comparison_id, status, count in comparison_queries.count_statuses(session, ids):
        counts[comparison_id][RunStatus(status)] = count
    return [
        ComparisonSummary(
            id=line.id,
            task_id=line.task_id,
            task_name=line.task_name,
            column_labels=name_columns(states[line.id]),
            repeat_count=line.repeat_count,
            run_counts=counts[line.id],
            winner=line.winner,
            created_at=line.created_at,
            started_by=line.started_by,
        )
        for line in lines
    ]
