"""Claims queued runs, has them run on the background loop, and stores how they ended."""

import asyncio
import gc
import importlib
import logging
import uuid
from collections.abc import Callable
from typing import Protocol

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.outages import outlast_outage
from core.providers.exchanges import hear_waits, record_exchanges
from core.providers.limiting.clocks import timeout_without_waits
from core.providers.limiting.places import Places
from core.runs.journal import RunJournal
from core.runs.outcomes import CANCELLED, CONTENT_GONE, INTERRUPTED, RunOutcome, run_timed_out, unknown_error
from core.runs.plans import PlanReader, RunPlan, log_unknown_error
from core.runs.preflight.context import LIST_MODULE
from core.runs.recording import Recorder
from core.runs.records import AttemptStatus, RunStatus
from core.runs.search_words import list_words
from core.runs.unstored import UnstoredContents, outcome_without_content
from core.store import Store
from db.queries.run_steps import claim_run

_log = logging.getLogger(__name__)

# How an attempt that was still open ends with its run.
_ATTEMPT_ENDS = {
    RunStatus.CANCELLED: AttemptStatus.CANCELLED,
    RunStatus.INTERRUPTED: AttemptStatus.INTERRUPTED,
}
_STOP_SECONDS = 5.0


class Engine(Protocol):
    """What asks the agents."""

    async def run(self, plan: RunPlan, *, journal: Recorder) -> RunOutcome: ...

    async def close_idle(self) -> None: ...

    async def close(self) -> None: ...


def _load_engine() -> None:
    importlib.import_module("core.runs.engine")
    importlib.import_module("core.providers.openai_models")  # most servers are spoken to through it
    importlib.import_module(LIST_MODULE)
    # Streamlit collects garbage after every rerun; frozen, these hundred thousands of objects are not looked through.
    gc.collect()
    gc.freeze()


class RunExecutor:
    """Runs what is queued, a bounded number at a time. `submit` and `cancel` may be called from any thread.

    A run that waits for a limit of its provider does not count, or it would keep those of other providers waiting.
    """

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        build_engine: Callable[[], Engine],
        instance_id: uuid.UUID,
        max_concurrent_runs: int,
        run_timeout_seconds: float,
    ) -> None:
        self._store = store
        self._background = background
        self._build_engine = build_engine
        self.unstored = UnstoredContents(instance_id)
        self._plans = PlanReader()
        self._instance_id = instance_id
        self._run_timeout_seconds = run_timeout_seconds
        self._places = Places(max_concurrent_runs)
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        # Only the asking is ever cancelled, never the storing that follows it.
        self._asking: dict[uuid.UUID, asyncio.Task[RunOutcome]] = {}
        self._engine: Engine | None = None
        self._engine_lock = asyncio.Lock()
        self._is_stopping = False

    @property
    def running_ids(self) -> tuple[uuid.UUID, ...]:
        return tuple(self._tasks)

    def submit(self, run_id: uuid.UUID, *, provider_id: uuid.UUID) -> None:
        """Have a queued run executed as soon as there is room."""
        self._background.call_soon(lambda: self._begin(run_id, provider_id))

    def cancel(self, run_id: uuid.UUID) -> None:
        """Stop a run of this process; does nothing for any other."""
        self._background.call_soon(lambda: self._stop_task(run_id))

    async def get_engine(self) -> Engine:
        """Return the engine, built on first use: its libraries take over a second to import."""
        async with self._engine_lock:
            if self._engine is None:
                await self._background.blocking(_load_engine)
                self._engine = self._build_engine()
            return self._engine

    async def close_idle(self) -> None:
        """Close the clients, and forget the keys, of providers that no run has used for some minutes."""
        if self._engine is not None:
            await self._engine.close_idle()

    async def stop(self) -> None:
        """End every run of this process as interrupted, and close the clients."""
        self._is_stopping = True
        for asking in self._asking.values():
            asking.cancel()
        if self._tasks:
            # Without the database nothing can be stored: the next start will find those runs and end them.
            await asyncio.wait(self._tasks.values(), timeout=_STOP_SECONDS)
        if self._engine is not None:
            await self._engine.close()

    def _begin(self, run_id: uuid.UUID, provider_id: uuid.UUID) -> None:
        if run_id in self._tasks or self._is_stopping:
            return
        task = self._tasks[run_id] = self._background.keep(self._execute(run_id, provider_id))
        task.add_done_callback(lambda _: self._tasks.pop(run_id, None))

    def _stop_task(self, run_id: uuid.UUID) -> None:
        asking = self._asking.get(run_id)
        # Several tell of one cancellation; a second one would disturb what the first has begun to close.
        if asking is not None and not asking.cancelling():
            asking.cancel()

    async def _execute(self, run_id: uuid.UUID, provider_id: uuid.UUID) -> None:
        try:
            async with self._places.take(provider_id):
                if self._is_stopping:
                    return
                plan = await outlast_outage(self._background, lambda: self._claim(run_id))
                if plan is None:
                    self.unstored.end(run_id)  # it was cancelled before
                else:
                    await self._run_claimed(plan)
        except DashboardError as error:
            # The run stays as it is stored; housekeeping takes it up again when the database is back.
            _log.warning("A run could not be carried on: %s", error.message)
        except Exception:  # noqa: BLE001  # nobody awaits this task, so a bug would pass in silence
            _log.exception("A run could not be carried on.")

    async def _run_claimed(self, plan: RunPlan) -> None:
        with record_exchanges() as exchanges:
            journal = RunJournal(
                plan.run_id,
                store=self._store,
                background=self._background,
                exchanges=exchanges,
                find_cost=plan.find_cost,
                unstored=None if plan.stores_content else self.unstored,
                schema=plan.response_schema,
            )
            if not plan.stores_content and not self.unstored.has(plan.run_id):
                await self._store_outcome(plan, CONTENT_GONE, journal)
                return
            asking = self._asking[plan.run_id] = self._background.keep(self._ask(plan, journal))
            if self._is_stopping:  # claimed while `stop` was already ending the others
                asking.cancel()
            try:
                outcome = await asking
            except asyncio.CancelledError:
                outcome = INTERRUPTED if self._is_stopping else CANCELLED
            finally:
                del self._asking[plan.run_id]
            await journal.end_attempt(_ATTEMPT_ENDS.get(outcome.status, AttemptStatus.FAILED))
            await self._store_outcome(plan, outcome, journal)

    async def _ask(self, plan: RunPlan, journal: RunJournal) -> RunOutcome:
        try:
            engine = await self.get_engine()
            async with timeout_without_waits(self._run_timeout_seconds):
                with hear_waits(journal.take_wait):
                    return await engine.run(plan, journal=journal)
        except TimeoutError:
            return run_timed_out(seconds=self._run_timeout_seconds)
        except Exception as error:  # noqa: BLE001  # a bug must end the run at once, not leave it running
            log_unknown_error(error, plan)
            return unknown_error(error)

    def _claim(self, run_id: uuid.UUID) -> RunPlan | None:
        """Take the run, or take it up when it is taken already by a commit whose confirmation was lost."""
        with self._store.single() as connection:
            run = claim_run(connection, run_id, claimed_by=self._instance_id)
        if run is None:
            return None
        plan = self._plans.read_plan(self._store, run)
        if plan.stores_content:
            return plan
        return plan.model_copy(update={"input": self.unstored.find_input(run_id)})

    async def _store_outcome(self, plan: RunPlan, outcome: RunOutcome, journal: RunJournal) -> None:
        stored = outcome
        if not plan.stores_content:
            self.unstored.end(plan.run_id, outcome)
            stored = outcome_without_content(outcome)
        values = {
            "status": stored.status.value,
            "reason": stored.reason.value,
            "message": stored.message,
            "hint": stored.hint,
            "result": stored.result,
            "attempt_count": journal.attempt_count,
            "input_tokens": journal.input_tokens,
            "output_tokens": journal.output_tokens,
            "cost_usd": journal.cost.amount_usd,
            "is_cost_complete": journal.cost.is_complete,
        }
        await journal.end_run(values, claimed_by=self._instance_id, words=list_words(stored.result))
