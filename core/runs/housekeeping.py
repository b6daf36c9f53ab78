"""Keeps the stored runs true: ends those whose process died, takes up those left queued, hears cancellations."""

import asyncio
import logging
import uuid

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.runs.executor import RunExecutor
from core.runs.outcomes import INTERRUPTED
from core.store import Store
from db.errors import DatabaseError
from db.instances import InstanceLock, is_alive
from db.queries import runs as run_queries
from db.tables import RunEventRow

_log = logging.getLogger(__name__)

_TICK_SECONDS = 2.0
_TICKS_PER_SWEEP = 15
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
        tick = 0
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            tick += 1
            try:
                await self._background.blocking(self._lock.hold)
                if self._executor.running_ids:
                    await self._background.blocking(self.hear_cancellations)
                if tick % _TICKS_PER_SWEEP == 0:
                    await self._background.blocking(self.sweep)
            except (DashboardError, DatabaseError) as error:
                _log.warning("Housekeeping waits for the database: %s", error.message)

    def sweep(self) -> None:
        """End the runs of dead processes as interrupted, and queue again what nobody took."""
        values = INTERRUPTED.model_dump(include={"status", "reason", "message", "hint"}, mode="json")
        with self._store.transaction() as session:
            owners = [owner for owner in run_queries.list_owners(session) if owner != self._instance_id]
            dead = [owner for owner in owners if not is_alive(session, owner)]
            ended = run_queries.end_orphans(session, dead, values=values) if dead else []
            run_queries.end_attempts_of(session, ended)
            session.add_all(
                RunEventRow(run_id=run_id, kind="ended", data={"status": "interrupted"}) for run_id in ended
            )
            queued = run_queries.list_queued(session, limit=_QUEUE_BATCH)
        for run_id in queued:
            self._executor.submit(run_id)

    def hear_cancellations(self) -> None:
        """Stop the runs of this process that were cancelled through another one."""
        with self._store.transaction() as session:
            asked = run_queries.list_cancel_requested(session, claimed_by=self._instance_id)
        for run_id in asked:
            self._executor.cancel(run_id)
