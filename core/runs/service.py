"""The verbs of runs."""

import uuid
from itertools import zip_longest

from core.actors import Actor
from core.agents.records import AgentVariation
from core.agents.variations import find_variation
from core.errors import InvalidInputError, NotFoundError
from core.runs.cancelling import request_cancel
from core.runs.executor import RunExecutor
from core.runs.progress import RunProgress, follow
from core.runs.records import (
    AttemptRecord,
    RunEvent,
    RunRecord,
    StartRun,
)
from core.runs.starting import add_single_run, check_input, find_pair
from core.runs.stored import build_attempt, build_record, read_run
from core.store import Store
from db.queries import agents as agent_queries
from db.queries import runs as run_queries


class RunService:
    """Start, read and cancel runs."""

    def __init__(self, store: Store, *, executor: RunExecutor) -> None:
        self._store = store
        self._executor = executor
        self._unstored = executor.unstored

    def start_run(self, actor: Actor, request: StartRun) -> RunRecord:
        """Queue a run of the task's current version and of the agent's, if the request names no other; return at once.

        Raises: NotFoundError; InvalidInputError: the input does not fit, `details` say where, or the variation cannot
        be used;
        StateConflictError: the agent or the assignment is switched off, or there is no assignment.
        """
        # A variation may have to be stored.
        with self._store.reading() if request.variation is None else self._store.transaction() as session:
            pair = find_pair(session, request, actor)
        # Judged between transactions: a large input may take its time.
        check_input(pair, request.input)
        row = add_single_run(self._store, pair, request.input, actor, unstored=self._unstored)
        self._executor.submit(row.id, provider_id=row.provider_id)
        return build_record((row, pair.agent_version, pair.task_version, pair.provider))

    def repeat_run(self, actor: Actor, run_id: uuid.UUID, *, agent_id: uuid.UUID | None = None) -> RunRecord:
        """Start a run with the input of an earlier one, on the same task, as both are now; return at once.

        `agent_id` None: of the same agent, and with the same variation if it was one.
        Raises: what `start_run` does; InvalidInputError: the input is not kept any more.
        """
        run = self.get_run(actor, run_id)
        if run.input is None:
            raise InvalidInputError("The input of this run is not kept any more.", hint="Run with a new input.")
        request = StartRun(agent_id=agent_id or run.agent_id, task_id=run.task_id, input=run.input)
        if run.variation_of is not None and request.agent_id == run.agent_id:
            request = request.model_copy(
                update={"agent_version": run.variation_of, "variation": self.get_variation(actor, run_id)}
            )
        return self.start_run(actor, request)

    def get_variation(self, actor: Actor, run_id: uuid.UUID) -> AgentVariation | None:
        """Return what a run's agent did differently from its saved state; None for a saved one.

        Raises: NotFoundError.
        """
        with self._store.reading() as session:
            line = run_queries.find_run(session, run_id)
            if line is None:
                raise NotFoundError("There is no such run.", hint="Open History to find it.")
            version = line[1]
            if version.variation_of is None:
                return None
            base = agent_queries.find_version(session, version.agent_id, version.variation_of)
        return None if base is None else find_variation(base, version)

    def get_run(self, actor: Actor, run_id: uuid.UUID) -> RunRecord:
        """Return the run as it is now, with content that is not stored while it is here. Raises: NotFoundError."""
        with self._store.reading() as session:
            record = read_run(session, run_id)
        return self._unstored.complete_run(record)

    def get_progress(self, actor: Actor, run_id: uuid.UUID) -> RunProgress:
        """Return what can be seen of a run while it goes on."""
        return self._unstored.complete_progress(run_id, follow(self.list_events(actor, run_id)))

    def list_events(self, actor: Actor, run_id: uuid.UUID, *, after_seq: int = 0) -> list[RunEvent]:
        """Return what happened in the run after an event, in order."""
        with self._store.reading() as session:
            rows = run_queries.list_events(session, run_id, after_seq=after_seq)
        return [RunEvent(seq=row.seq or 0, kind=row.kind, data=row.data, at=row.at) for row in rows]

    def list_attempts(self, actor: Actor, run_id: uuid.UUID) -> list[AttemptRecord]:
        """Return the attempts of the run, in order."""
        with self._store.reading() as session:
            rows = run_queries.list_attempts(session, run_id)
        # A run that has just been started has none, and the last attempt has none behind it.
        following = [row.request for row in rows[1:]]
        attempts = [build_attempt(row, following=sent) for row, sent in zip_longest(rows, following)]
        return self._unstored.complete_attempts(run_id, attempts)

    def cancel_run(self, actor: Actor, run_id: uuid.UUID) -> RunRecord:
        """Cancel a run: a queued one ends at once, a running one as soon as its request is dropped.

        Raises: NotFoundError; StateConflictError: it is already over.
        """
        with self._store.transaction() as session:
            row = run_queries.lock_run(session, run_id)
            if row is None:
                raise NotFoundError("There is no such run.", hint="Open History to find it.")
            request_cancel(session, row)
            session.flush()
            record = read_run(session, run_id)
        self._executor.cancel(run_id)
        return record
