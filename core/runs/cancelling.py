"""A run is cancelled: what is stored about it. Whoever commits also tells the executor."""

from core.errors import StateConflictError
from core.runs.outcomes import CANCELLED
from core.runs.records import RunStatus
from db.events import announce
from db.queries import runs as run_queries
from db.session import Session
from db.tables import RunRow, utc_now


def request_cancel(session: Session, row: RunRow) -> None:
    """End a queued run at once; note for a running one that its request is to be dropped. The row has to be locked.

    Raises: StateConflictError: it is already over.
    """
    if RunStatus(row.status).is_over:
        raise StateConflictError(f"The run is already over: it {_past(row.status)}.")
    row.cancel_requested_at = utc_now()
    if row.status == RunStatus.QUEUED:
        row.sqlmodel_update(CANCELLED.model_dump(include={"status", "reason", "message", "hint"}, mode="json"))
        row.ended_at = utc_now()
        run_queries.add_event(session, row.id, "ended", status=row.status)
    else:
        announce(session, "runs", "cancel_requested", id=row.id)


def _past(status: str) -> str:
    return {"passed": "passed", "failed": "failed"}.get(status, f"was {status}")
