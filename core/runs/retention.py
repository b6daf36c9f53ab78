"""Contents that are kept for a while only: inputs, requests and answers go, the figures of the runs stay."""

from datetime import datetime, timedelta

from core.runs.outcomes import refusal_not_kept
from core.store import Store
from db.events import announce
from db.queries import retention as retention_queries
from db.tables import utc_now

_RUNS_AT_ONCE = 500
_PIECES_AT_ONCE = 5_000
_PIECES_TIME = timedelta(hours=1)


class Retention:
    """Erases the contents of runs some days after their end. Inputs kept with a task stay: somebody wants them."""

    def __init__(self, store: Store, *, keep_days: float | None) -> None:
        """`keep_days` None keeps them for ever."""
        self._store = store
        self._keep_days = keep_days
        self._pieces_gone_until: datetime | None = None

    def erase_due(self) -> int:
        """Erase the contents of at most 500 runs, oldest first; return of how many. Pieces of runs long over go too."""
        self._forget_pieces()
        return 0 if self._keep_days is None else self._erase(timedelta(days=self._keep_days))

    def _erase(self, kept_for: timedelta) -> int:
        before = utc_now() - kept_for
        refused = refusal_not_kept()
        with self._store.transaction() as session:
            run_ids = retention_queries.list_with_content(session, ended_before=before, limit=_RUNS_AT_ONCE)
            if run_ids:
                retention_queries.erase_content(session, run_ids, said_by_provider=refused)
                # One of them stands for all: an announcement has no room for 500 ids.
                announce(session, "runs", "erased", id=run_ids[0], count=len(run_ids))
            retention_queries.erase_comparisons(session, created_before=before, limit=_RUNS_AT_ONCE)
        return len(run_ids)

    def _forget_pieces(self) -> None:
        """Remove what only those needed who watched: the whole answer is in the attempt."""
        before, found = utc_now() - _PIECES_TIME, _PIECES_AT_ONCE
        while found == _PIECES_AT_ONCE:
            with self._store.transaction() as session:
                found = retention_queries.forget_pieces(
                    session, ended_since=self._pieces_gone_until, ended_before=before, limit=_PIECES_AT_ONCE
                )
        self._pieces_gone_until = before
