"""Keeps what is stored true: runs of dead processes, queued runs, cancellations, checks left open, deleted keys."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.actors import SYSTEM, Actor
from core.background import BackgroundLoop
from core.errors import DashboardError
from core.idempotency import KEPT_FOR
from core.runs.executor import RunExecutor
from core.runs.outcomes import CONTENT_GONE, INTERRUPTED, LOST, RunOutcome
from core.runs.retention import Retention
from core.store import Store
from db.errors import DatabaseError
from db.instances import InstanceLock, is_alive
from db.queries import comparisons as comparison_queries
from db.queries import deleted_runs as deleted_run_queries
from db.queries import events as event_queries
from db.queries import idempotency as idempotency_queries
from db.queries import keys as key_queries
from db.queries import provider_checks as check_queries
from db.queries import provider_slots as slot_queries
from db.queries import runs as run_queries
from db.session import Session

_log = logging.getLogger(__name__)

_TICK_SECONDS = 2.0
_TICKS_PER_SWEEP = 15
_TICKS_PER_LOOK = 3
_TICKS_OF_GRACE = 5
_SECONDS_BETWEEN_LOOKS = 5.0
_UNDO_TIME = timedelta(hours=1)
_EVENTS_TIME = timedelta(hours=1)
_CHECKS_TIME = timedelta(days=30)
_SLOTS_TIME = timedelta(hours=1)
_QUEUE_BATCH = 500
_ERASED_AT_ONCE = 1_000


class Housekeeper:
    """Looks after the runs of this process every 2 s, and after everything else every 30 s."""

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        executor: RunExecutor,
        lock: InstanceLock,
        instance_id: uuid.UUID,
        resume_checks: Callable[[Actor], None],
        repeat_checks: Callable[[Actor], None],
        retention: Retention,
    ) -> None:
        self._store = store
        self._background = background
        self._executor = executor
        self._lock = lock
        self._instance_id = instance_id
        self._resume_checks = resume_checks
        self._repeat_checks = repeat_checks
        self._retention = retention
        self._suspects: dict[uuid.UUID, float] = {}

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
                is_due = tick % (_TICKS_PER_LOOK if self._suspects else _TICKS_PER_SWEEP) == 0
                if is_due and tick - last_break > _TICKS_OF_GRACE:
                    await self._background.blocking(self.sweep)
                if tick % _TICKS_PER_SWEEP == 0:
                    await self._tidy()
            except (DashboardError, DatabaseError) as error:
                _log.warning("Housekeeping waits for the database: %s", error.message)
            except Exception:  # noqa: BLE001  # it must go on whatever happens
                _log.exception("Housekeeping met an error it does not know.")

    async def show_life(self) -> None:
        """Hold this process's lock and do nothing else: for a command that leaves the house to the app.

        Without the lock, the app would take a long run here for one that nobody works on.
        """
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                await self._background.blocking(self._lock.hold)
            except DatabaseError as error:
                _log.warning("The command waits for the database: %s", error.message)

    async def _tidy(self) -> None:
        await self._executor.close_idle()
        await self._background.blocking(lambda: self._resume_checks(SYSTEM))
        await self._background.blocking(lambda: self._repeat_checks(SYSTEM))
        await self._background.blocking(self.forget)
        await self._background.blocking(self._retention.erase_due)
        self._executor.unstored.forget_old()

    def forget(self) -> None:
        """Erase what is kept for a while only: keys of deleted providers, checks, slots, events, repeats."""
        with self._store.transaction() as session:
            key_queries.erase_deleted_keys(session, older_than=_UNDO_TIME)
            check_queries.forget_checks(session, older_than=_CHECKS_TIME)
            slot_queries.forget_slots(session, older_than=_SLOTS_TIME)
            event_queries.forget_events(session, older_than=_EVENTS_TIME)
            idempotency_queries.forget(session, older_than=KEPT_FOR)
            deleted_run_queries.erase_deleted_runs(session, older_than=_UNDO_TIME, limit=_ERASED_AT_ONCE)
            # After the runs, which point to them.
            comparison_queries.forget_deleted(session, older_than=_UNDO_TIME)

    def sweep(self) -> None:
        """End as interrupted the runs nobody works on any more, and queue again what nobody took.

        A process counts as dead when its lock was free at two looks at least 5 s apart: one that has only lost its
        connection takes the lock again within 2 s.
        """
        with self._store.transaction() as session:
            owners = [owner for owner in run_queries.list_owners(session) if owner != self._instance_id]
            dead = self._find_dead([owner for owner in owners if not is_alive(session, owner)])
            _end(session, run_queries.list_running(session, claimed_by=dead), INTERRUPTED)
            _end(session, run_queries.list_unstored(session, held_by=dead), CONTENT_GONE)
            mine = run_queries.list_running(session, claimed_by=[self._instance_id])
            # Asked after reading: what is not being run by now has ended, stored or not.
            at_work = set(self._executor.running_ids)
            _end(session, [run_id for run_id in mine if run_id not in at_work], LOST)
            queued = run_queries.list_queued(session, claimable_by=self._instance_id, limit=_QUEUE_BATCH)
        for run_id, provider_id in queued:
            self._executor.submit(run_id, provider_id=provider_id)

    def _find_dead(self, silent: Sequence[uuid.UUID]) -> list[uuid.UUID]:
        now = time.monotonic()
        self._suspects = {owner: self._suspects.get(owner, now) for owner in silent}
        return [owner for owner, since in self._suspects.items() if now - since >= _SECONDS_BETWEEN_LOOKS]

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
    for run_id in ended:
        run_queries.add_event(session, run_id, "ended", status=status)
