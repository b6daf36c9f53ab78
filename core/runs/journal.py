"""Writes down what happens in one run: its attempts and events, each in a short transaction of its own."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.background import BackgroundLoop
from core.errors import DatabaseUnavailableError
from core.names import storable
from core.outages import outlast_outage
from core.providers.exchanges import Exchange
from core.redaction import redact, split_redacted
from core.runs.costs import AttemptUsage, Cost, CostSum, sum_costs
from core.runs.records import AttemptRecord, AttemptStatus
from core.runs.sent_requests import keep_request
from core.runs.usages import usage_of
from core.store import Store
from core.tasks.mending import Mend
from db.queries import runs as run_queries
from db.session import Session
from db.tables import AttemptRow, utc_now

_log = logging.getLogger(__name__)

_PIECE_SECONDS = 0.25
_MAX_MEND_CHARACTERS = 500


@dataclass
class _Attempt:
    number: int
    started_at: datetime
    first_exchange: int
    pieces: list[str] = field(default_factory=list)
    raw_answer: str | None = None
    finish_reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    first_token_at: datetime | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)  # Any: place, message, value
    mends: list[Mend] = field(default_factory=list)


class FindCost(Protocol):
    """Says what an attempt cost that was sent at a time; None is unknown."""

    def __call__(self, usage: AttemptUsage, *, at: datetime) -> Cost | None: ...


def _cost_unknown(usage: AttemptUsage, *, at: datetime) -> Cost | None:
    return None


class RunJournal:
    """The record of one run while it goes on. Lives on the background loop.

    What must not be lost is written again until the database answers, for up to a minute; live pieces are dropped.
    """

    def __init__(
        self,
        run_id: uuid.UUID,
        *,
        store: Store,
        background: BackgroundLoop,
        exchanges: Sequence[Exchange],
        find_cost: FindCost = _cost_unknown,
    ) -> None:
        self._run_id = run_id
        self._store = store
        self._background = background
        self._exchanges = exchanges
        self._find_cost = find_cost
        self._attempt: _Attempt | None = None
        self._pending_text = ""
        self._last_piece = 0.0
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
        attempt = self._attempt = _Attempt(self.attempt_count, utc_now(), len(self._exchanges))

        def write(session: Session) -> None:
            if run_queries.find_attempt(session, self._run_id, attempt.number) is not None:
                return  # stored by a commit whose confirmation was lost
            session.add(AttemptRow(run_id=self._run_id, number=attempt.number, started_at=attempt.started_at))
            run_queries.add_event(session, self._run_id, "attempt_started", number=attempt.number)

        await self.persist(write)

    async def take_piece(self, text: str) -> None:
        """Note a streamed piece of the answer; pieces are stored together, four times a second at most."""
        if self._attempt is None or not text:
            return
        if self._attempt.first_token_at is None:
            self._attempt.first_token_at = utc_now()
        self._attempt.pieces.append(text)
        self._pending_text += text
        if time.monotonic() - self._last_piece >= _PIECE_SECONDS:
            await self._flush_pieces(self._attempt)

    async def _flush_pieces(self, attempt: _Attempt) -> None:
        text, self._pending_text = split_redacted(self._pending_text)
        self._last_piece = time.monotonic()

        def write(session: Session) -> None:
            run_queries.add_event(session, self._run_id, "piece", number=attempt.number, text=storable(text))

        try:
            await self._background.blocking(lambda: self._transact(write))
        except DatabaseUnavailableError:
            _log.warning("A piece of a live answer could not be stored; the whole answer will be.")

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
        if self._attempt is None:
            return
        attempt = self._attempt
        attempt.raw_answer, attempt.finish_reason = text, finish_reason
        attempt.input_tokens, attempt.output_tokens = input_tokens, output_tokens
        attempt.cached_input_tokens, attempt.cache_write_tokens = cached_input_tokens, cache_write_tokens
        if self.was_empty:
            attempt.errors.append({"place": "", "message": "The answer was empty.", "value": ""})

    def take_errors(self, errors: Sequence[dict[str, Any]]) -> None:  # Any: place, message, value
        """Keep why the open attempt's answer was refused."""
        if self._attempt is not None:
            self._attempt.errors.extend(errors)

    def take_mends(self, mends: Sequence[Mend]) -> None:
        """Keep what was mended in the open attempt's answer before it was judged."""
        if self._attempt is not None:
            self._attempt.mends.extend(mends)

    async def end_attempt(self, status: AttemptStatus) -> None:
        """Store the open attempt whole; does nothing when none is open."""
        attempt, self._attempt, self._pending_text = self._attempt, None, ""
        if attempt is None:
            return
        if status is AttemptStatus.FAILED:
            self.failed_attempts += 1
        exchanges = list(self._exchanges[attempt.first_exchange :])
        values = _build_values(attempt, status, exchanges)
        cost = self._find_cost(_read_usage(attempt, values), at=attempt.started_at)
        self.cost = sum_costs([self.cost, cost])
        values |= _build_cost(cost)

        def write(session: Session) -> None:
            row = run_queries.find_attempt(session, self._run_id, attempt.number)
            if row is not None and row.status == AttemptStatus.RUNNING:
                row.sqlmodel_update(values)
                run_queries.add_event(session, self._run_id, f"attempt_{status.value}", number=attempt.number)

        await self.persist(write)

    async def persist(self, write: Callable[[Session], object]) -> None:
        """Write until it is stored, even when the run is cancelled meanwhile.

        `write` may be called several times, once after the other. Raises: DatabaseUnavailableError: the database was
        away for over a minute.
        """
        writing = self._background.keep(outlast_outage(self._background, lambda: self._transact(write)))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            while not writing.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([writing])
            raise

    def _transact(self, write: Callable[[Session], object]) -> None:
        with self._store.transaction() as session:
            write(session)


def _build_values(
    attempt: _Attempt, status: AttemptStatus, exchanges: list[Exchange]
) -> dict[str, Any]:  # Any: columns
    request, is_request_cut = keep_request(exchanges[-1].request_body if exchanges else None)
    return {
        "status": status.value,
        "request": request,
        "is_request_cut": is_request_cut,
        "raw_answer": storable(redact("".join(attempt.pieces) if attempt.raw_answer is None else attempt.raw_answer)),
        "errors": [_clean(error) for error in attempt.errors],
        "mends": [_build_mend(mend) for mend in attempt.mends],
        "exchanges": [_build_exchange(exchange) for exchange in exchanges],
        "finish_reason": attempt.finish_reason,
        "input_tokens": attempt.input_tokens,
        "output_tokens": attempt.output_tokens,
        "cached_input_tokens": attempt.cached_input_tokens,
        "cache_write_tokens": attempt.cache_write_tokens,
        "first_token_at": attempt.first_token_at,
        "ended_at": utc_now(),
    }


def _read_usage(attempt: _Attempt, values: dict[str, Any]) -> AttemptUsage:  # Any: columns
    return usage_of(AttemptRecord(number=attempt.number, started_at=attempt.started_at, **values))


def _build_cost(cost: Cost | None) -> dict[str, Any]:  # Any: columns
    if cost is None:
        return {"cost_usd": None, "cost": None}
    return {"cost_usd": cost.amount_usd, "cost": cost.model_dump(mode="json")}


def _clean(error: dict[str, Any]) -> dict[str, str]:  # Any: place, message, value
    return {key: storable(_redact_cut(str(value))) for key, value in error.items()}


def _build_mend(mend: Mend) -> dict[str, str]:
    return {key: _cut(text) for key, text in _clean(mend.model_dump(mode="json")).items()}


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_MEND_CHARACTERS else text[: _MAX_MEND_CHARACTERS - 1] + "…"


def _redact_cut(text: str) -> str:
    """Mask secrets in a text that may have been shortened already, right in the middle of one."""
    for ending in ("…”", "…"):
        if text.endswith(ending):
            return split_redacted(text.removesuffix(ending))[0] + ending
    return redact(text)


def _build_exchange(exchange: Exchange) -> dict[str, Any]:  # Any: figures and sentences of one HTTP try
    return {
        "url": redact(exchange.url),
        "status": exchange.status,
        "error": _name_error(exchange),
        "seconds": exchange.duration_seconds,
        "waited_seconds": exchange.retry_wait_seconds,
        "body": storable(redact(exchange.error_body or "")),
    }


def _name_error(exchange: Exchange) -> str:
    if exchange.error == "CancelledError":
        return "The request was dropped."
    return redact(exchange.error_sentence or exchange.error or "")
