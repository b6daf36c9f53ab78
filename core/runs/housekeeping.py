"""Keeps the stored runs true: ends those whose process died, takes up those left queued, hears cancellations."""

import asyncio
import logging
import uuid
from collections.abc import Sequence

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.runs.executor import RunExecutor
from core.runs.outcomes import INTERRUPTED, LOST, RunOutcome
from core.store import Store
from db.errors import DatabaseError
from db.instances import InstanceLock, is_alive
from db.queries import runs as run_queries
from db.session import Session
from db.tables import RunEventRow

_log = logging.getLogger(__name__)

_TICK_SECONDS = 2.0
_TICKS_PER_SWEEP = 15
_TICKS_OF_GRACE = 5
_QUEUE_BATCH = 500


class Housekeeper:
    """Looks after the runs of this process every 2 s, and after those of dead ones every 30 s."""

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        executor: RunExecutor,
        lock: InstanceLock,
        instance_id: uuid.UUID,
    ) -> None:
        self._store = store
        self._background = background
        self._executor = executor
        self._lock = lock
        self._instance_id = instance_id

    async def keep_house(self) -> None:
        """Go on until cancelled; a database that is away is waited for."""
        tick = last_break = 0
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            tick += 1
            try:
                if await self._background.blocking(self._lock.hold):
                    last_break = tick
                if self._executor.running_ids:
                    await self._background.blocking(self.hear_cancellations)
                # After a break of the database the other processes need a moment to show that they live.
                if tick % _TICKS_PER_SWEEP == 0 and tick - last_break > _TICKS_OF_GRACE:
                    await self._background.blocking(self.sweep)
            except (DashboardError, DatabaseError) as error:
                _log.warning("Housekeeping waits for the database: %s", error.message)
            except Exception:  # noqa: BLE001  # it must go on whatever happens
                _log.exception("Housekeeping met an error it does not know.")

    def sweep(self) -> None:
        """End as interrupted the runs nobody works on any more, and queue again what nobody took."""
        with self._store.transaction() as session:
            owners = [owner for owner in run_queries.list_owners(session) if owner != self._instance_id]
            dead = [owner for owner in owners if not is_alive(session, owner)]
            _end(session, run_queries.list_running(session, claimed_by=dead), INTERRUPTED)
            mine = run_queries.list_running(session, claimed_by=[self._instance_id])
            # Asked after reading: what is not being run by now has ended, stored or not.
            at_work = set(self._executor.running_ids)
            _end(session, [run_id for run_id in mine if run_id not in at_work], LOST)
            queued = run_queries.list_queued(session, limit=_QUEUE_BATCH)
        for run_id in queued:
            self._executor.submit(run_id)

    def hear_cancellations(self) -> None:
        """Stop the runs of this process that were cancelled through another one."""
        with self._store.transaction() as session:
            asked = run_queries.list_cancel_requested(session, claimed_by=self._instance_id)
        for run_id in asked:
            self._executor.cancel(run_id)


def _end(session: Session, run_ids: Sequence[uuid.UUID], outcome: RunOutcome) -> None:
    values = outcome.model_dump(include={"status", "reason", "message", "hint"}, mode="json")
    ended = run_queries.end_orphans(session, run_ids, values=values)
    run_queries.end_attempts_of(session, ended)
    status = outcome.status.value
    session.add_all(RunEventRow(run_id=run_id, kind="ended", data={"status": status}) for run_id in ended)
