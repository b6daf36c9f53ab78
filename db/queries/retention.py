"""Erases contents that are kept for a while only. Nothing here commits."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, literal_column, null, select, text, update
from sqlmodel import Session, col

from db.tables import ComparisonRow, RunEventRow, RunRow, utc_now

# There is an index by when a run was queued, not by when it ended. What takes longer is found at the next start.
_LONGEST_RUN = timedelta(days=1)

# Of each error stays that there was one, of each mend its kind, of each HTTP try its status and its seconds.
_WITHOUT_CONTENT = """
    UPDATE run_attempts SET request = NULL, is_request_cut = false, raw_answer = '',
        errors = COALESCE((
            SELECT json_agg(json_build_object(
                'place', '', 'message', 'What was refused is not kept any more.', 'value', ''))
            FROM json_array_elements(errors)), '[]'),
        mends = COALESCE((
            SELECT json_agg(each::jsonb || '{"place": "", "before": "", "after": ""}' ORDER BY number)
            FROM json_array_elements(mends) WITH ORDINALITY AS listed(each, number)), '[]'),
        exchanges = COALESCE((
            SELECT json_agg(each::jsonb || '{"body": ""}' ORDER BY number)
            FROM json_array_elements(exchanges) WITH ORDINALITY AS listed(each, number)), '[]')
    WHERE run_id = ANY(:run_ids)
"""


def list_with_content(session: Session, *, ended_before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return runs that ended before and whose content is stored, oldest first, locked."""
    query = (
        select(col(RunRow.id))
        # What ended before was queued before, and that is what the index is by.
        .where(
            col(RunRow.content_erased_at).is_(None),
            col(RunRow.queued_at) < ended_before,
            col(RunRow.ended_at) < ended_before,
        )
        .order_by(col(RunRow.queued_at))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return session.connection().execute(query).scalars().all()


def erase_content(session: Session, run_ids: Sequence[uuid.UUID], *, said_by_provider: dict[str, str]) -> None:
    """Take out of these runs what was asked and answered, so that figures are left.

    `said_by_provider` stands instead of message and hint of runs that were refused: they may quote the request.
    """
    connection = session.connection()
    connection.execute(
        update(RunRow)
        .where(col(RunRow.id).in_(run_ids))
        .values(
            {
                "input": null(),
                "result": null(),
                "search": literal_column("''::tsvector"),
                "content_erased_at": utc_now(),
            }
        )
    )
    is_refused = col(RunRow.reason) == "request_refused"
    connection.execute(update(RunRow).where(col(RunRow.id).in_(run_ids), is_refused).values(said_by_provider))
    connection.execute(text(_WITHOUT_CONTENT), {"run_ids": list(run_ids)})
    connection.execute(
        delete(RunEventRow).where(col(RunEventRow.run_id).in_(run_ids), col(RunEventRow.kind) == "piece")
    )


def erase_comparisons(session: Session, *, created_before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Take the input out of comparisons made before, none of whose runs has its content any more; return their ids."""
    with_content = select(col(RunRow.id)).where(
        col(RunRow.comparison_id) == ComparisonRow.id, col(RunRow.content_erased_at).is_(None)
    )
    due = (
        select(col(ComparisonRow.id))
        .where(
            col(ComparisonRow.content_erased_at).is_(None),
            col(ComparisonRow.created_at) < created_before,
            ~with_content.correlate(ComparisonRow).exists(),
        )
        .limit(limit)
    )
    statement = (
        update(ComparisonRow)
        .where(col(ComparisonRow.id).in_(due))
        .values({"input": null(), "content_erased_at": utc_now()})
        .returning(col(ComparisonRow.id))
    )
    return session.connection().execute(statement).scalars().all()


def forget_pieces(session: Session, *, ended_since: datetime | None, ended_before: datetime, limit: int) -> int:
    """Remove streamed pieces of runs that ended in a span of time; return how many were. The whole answers stay.

    `ended_since` None looks through everything, which takes its time when much is stored.
    """
    due: Any = (  # Any: a select of a number
        select(col(RunEventRow.seq))
        .join(RunRow, col(RunRow.id) == RunEventRow.run_id)
        .where(col(RunEventRow.kind) == "piece", col(RunRow.ended_at) < ended_before)
        .limit(limit)
    )
    if ended_since is not None:
        due = due.where(col(RunRow.ended_at) >= ended_since, col(RunRow.queued_at) >= ended_since - _LONGEST_RUN)
    return int(session.connection().execute(delete(RunEventRow).where(col(RunEventRow.seq).in_(due))).rowcount)
