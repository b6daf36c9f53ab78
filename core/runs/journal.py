"""Writes down what happens in one run: each step of it, an attempt's end with what follows, in one short statement."""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from core.background import BackgroundLoop
from core.errors import DatabaseUnavailableError
from core.names import storable
from core.outages import outlast_outage
from core.providers.exchanges import Exchange, LimitPassed, LimitWait, RetryWait, Wait
from core.redaction import split_redacted
from core.runs.attempt_values import AnswerError, OpenAttempt, Values, build_cost, build_values, read_usage
from core.runs.costs import AttemptUsage, Cost, CostSum, sum_costs
from core.runs.records import AttemptStatus
from core.runs.unstored import UnstoredContents, without_content
from core.store import Store
from core.tasks.mending import Mend
from core.tasks.schemas.json_values import JsonObject
from db.queries.run_steps import RunStep
from db.tables import utc_now

_log = logging.getLogger(__name__)

_PIECE_SECONDS = 0.25
# An answer that comes as fast as a machine can write is over before anybody would see its pieces.
_GATHER_SECONDS = 0.05
_WAITS: dict[type[Wait], str] = {
    RetryWait: "retry_waiting",
    LimitWait: "limit_waiting",
    LimitPassed: "limit_passed",
}
_EMPTY: AnswerError = {"place": "", "message": "The answer was empty.", "value": "", "rule": "not empty"}


class FindCost(Protocol):
    """Says what an attempt cost that was sent at a time; None is unknown."""

    def __call__(self, usage: AttemptUsage, *, at: datetime) -> Cost | None: ...


def _cost_unknown(usage: AttemptUsage, *, at: datetime) -> Cost | None:
    return None


class RunJournal:
    """The record of one run while it goes on. Lives on the background loop.

    What must not be lost is written again until the database answers, for up to a minute; live pieces are dropped.
    The end of an attempt is written with what follows: the start of the next one, or the end of the run.
    """

    def __init__(
        self,
        run_id: uuid.UUID,
        *,
        store: Store,
        background: BackgroundLoop,
        exchanges: Sequence[Exchange],
        find_cost: FindCost = _cost_unknown,
        unstored: UnstoredContents | None = None,
        schema: JsonObject | None = None,
    ) -> None:
        """`unstored` takes the contents of a run whose task stores none; None: they are stored."""
        self._run_id = run_id
        self._store = store
        self._background = background
        self._exchanges = exchanges
        self._find_cost = find_cost
        self._unstored = unstored
        self._schema = schema or {}
        self._attempt: OpenAttempt | None = None
        self._step = RunStep(run_id)
        self._unwritten: list[RunStep] = []
        self._last_wait: asyncio.Task[None] | None = None
        self._pieces = _PieceWriter(self._write_piece, background=background)
        self.attempt_count = 0
        self.failed_attempts = 0
        self.was_empty = False
        self.was_answered = False
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost = CostSum()

    async def start_attempt(self) -> None:
        """Note that a request is about to be sent; an attempt still open is closed as failed first."""
        if self._attempt is not None:
            await self.end_attempt(AttemptStatus.FAILED)
        self.attempt_count += 1
        self.was_answered = False
        attempt = self._attempt = OpenAttempt(self.attempt_count, utc_now(), len(self._exchanges))
        self._step.start_attempt(attempt.number, started_at=attempt.started_at)
        await self.write()

    async def take_piece(self, text: str) -> None:
        """Note a streamed piece of the answer; pieces are stored together, four times a second at most."""
        if self._attempt is None or not text:
            return
        if self._attempt.first_token_at is None:
            self._attempt.first_token_at = utc_now()
        self._attempt.pieces.append(text)
        self._pieces.add(text)

    async def _write_piece(self, text: str) -> None:
        attempt = self._attempt
        if attempt is None:
            return
        kept = storable(text)
        if self._unstored is not None:
            self._unstored.add_text(self._run_id, attempt.number, kept)
            kept = ""
        await self._tell("piece", told={"number": attempt.number}, noted={"text": kept})

    def take_wait(self, wait: Wait) -> None:
        """Note that the provider has to be asked again, or that a limit of it keeps the request waiting or did so."""
        told = {"number": self.attempt_count, **wait._asdict()}
        self._last_wait = self._background.keep(self._tell_wait(_WAITS[type(wait)], told, after=self._last_wait))

    async def _tell_wait(self, kind: str, told: dict[str, Any], *, after: asyncio.Task[None] | None) -> None:
        if after is not None:  # the end of a wait must not be told before the wait
            await asyncio.wait([after])
        await self._tell(kind, told=told, noted={})

    def take_answer(
        self,
        text: str,
        *,
        finish_reason: str,
        input_tokens: int,
        output_tokens: int,
        cached_input_tokens: int | None = None,
        cache_write_tokens: int | None = None,
    ) -> None:
        """Keep the whole answer of the open attempt; it is stored when the attempt ends."""
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        self.was_answered, self.was_empty = True, not text.strip()
        self._correct_tokens(input_tokens + output_tokens)
        if self._attempt is None:
            return
        attempt = self._attempt
        attempt.raw_answer, attempt.finish_reason = text, finish_reason
        attempt.input_tokens, attempt.output_tokens = input_tokens, output_tokens
        attempt.cached_input_tokens, attempt.cache_write_tokens = cached_input_tokens, cache_write_tokens
        if self.was_empty:
            self.take_errors([_EMPTY])

    def _correct_tokens(self, used: int) -> None:
        """Have what was really used count towards the provider's limit; 0 is a server that does not tell."""
        correct = self._exchanges[-1].correct_tokens if self._exchanges else None
        if used and correct is not None:
            correct(used)

    def take_errors(self, errors: Sequence[AnswerError]) -> None:
        """Keep why the open attempt's answer was refused."""
        if self._attempt is not None:
            for error in errors:
                self._attempt.errors.append({name: value for name, value in error.items() if name != "rule"})
                self._attempt.rules.append(error["rule"])

    def take_mends(self, mends: Sequence[Mend]) -> None:
        """Keep what was mended in the open attempt's answer before it was judged."""
        if self._attempt is not None:
            self._attempt.mends.extend(mends)

    async def end_attempt(self, status: AttemptStatus) -> None:
        """Close the open attempt, to be written with what follows; does nothing when none is open."""
        attempt, self._attempt = self._attempt, None
        await self._pieces.stop()
        if attempt is None:
            return
        if status is AttemptStatus.FAILED:
            self.failed_attempts += 1
        exchanges = self._exchanges[attempt.first_exchange :]
        values = build_values(attempt, status, exchanges)
        cost = self._find_cost(read_usage(attempt, values), at=attempt.started_at)
        self.cost = sum_costs([self.cost, cost])
        noted = {"problem_count": len(attempt.errors), "finish_reason": values["finish_reason"]}
        counted = {"input_tokens": attempt.input_tokens, "output_tokens": attempt.output_tokens}
        self._step.end_attempt(attempt.number, self._keep(attempt, values) | build_cost(cost), noted=noted | counted)

    def _keep(self, attempt: OpenAttempt, values: Values) -> Values:
        if self._unstored is None:
            return values
        self._unstored.keep_attempt(self._run_id, attempt.number, values)
        return without_content(values, rules=attempt.rules, schema=self._schema)

    async def end_run(self, values: Values, *, claimed_by: uuid.UUID, words: str) -> None:
        """Store the outcome of the run, with the attempt that ended with it; `words` can find the run from then on."""
        self._step.end_run(values, claimed_by=claimed_by, words=words)
        if not await self.write():
            _log.warning("The late result of a run that is already over was dropped.")

    async def write(self) -> bool:
        """Write what is collected until it is stored, even when the run is cancelled meanwhile.

        Returns whether all of it was still to be done. Raises: DatabaseUnavailableError: the database was away for over
        a minute; it is tried again with the next step.
        """
        self._unwritten.append(self._step)
        self._step = RunStep(self._run_id)
        writing = self._background.keep(outlast_outage(self._background, self._write_steps))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            while not writing.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([writing])
            raise

    def _write_steps(self) -> bool:
        was_new = True
        while self._unwritten:
            with self._store.single() as connection:
                was_new = self._unwritten[0].is_empty or self._unwritten[0].take(connection)
            del self._unwritten[0]
        return was_new

    async def _tell(self, kind: str, *, told: dict[str, Any], noted: dict[str, Any]) -> None:  # Any: per kind
        step = RunStep(self._run_id)
        step.note(kind, told=told, noted=noted)

        def write() -> None:
            with self._store.single() as connection:
                step.take(connection)

        try:
            await self._background.blocking(write)
        except DatabaseUnavailableError:
            _log.warning("A moment of a run could not be told live; what comes of it will be stored.")


class _WritePiece(Protocol):
    async def __call__(self, text: str) -> None: ...


class _PieceWriter:
    """Gathers streamed text and has it written beside the stream, four times a second at most."""

    def __init__(self, write: _WritePiece, *, background: BackgroundLoop) -> None:
        self._write = write
        self._background = background
        self._text = ""
        self._has_more = False
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def add(self, text: str) -> None:
        self._text += text
        self._has_more = True
        self._schedule()

    async def stop(self) -> None:
        """Forget what is not written yet; the whole answer will be."""
        self._text, self._has_more = "", False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _schedule(self) -> None:
        if self._timer is None and self._writing is None and self._has_more:
            delay = max(_GATHER_SECONDS, self._last + _PIECE_SECONDS - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._writing = self._background.keep(self._flush())

    async def _flush(self) -> None:
        self._has_more, self._last = False, time.monotonic()
        text, self._text = split_redacted(self._text)
        try:
            if text:
                await self._write(text)
        finally:
            self._writing = None
            self._schedule()
