"""An attempt as it is kept: what was asked and answered, clean enough to be stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.names import storable
from core.providers.exchanges import Exchange
from core.redaction import redact, split_redacted
from core.runs.costs import AttemptUsage, Cost
from core.runs.records import AttemptRecord, AttemptStatus
from core.runs.sent_requests import keep_request
from core.runs.usages import usage_of
from core.tasks.mending import Mend
from db.tables import utc_now

_MAX_MEND_CHARACTERS = 500

Values = dict[str, Any]  # Any: columns by name
AnswerError = dict[str, Any]  # Any: place, message, value


@dataclass
class OpenAttempt:
    """An attempt while it goes on."""

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
    errors: list[AnswerError] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    """For each error, the rule that was broken, a word of ours or of the schema."""
    mends: list[Mend] = field(default_factory=list)


def build_values(attempt: OpenAttempt, status: AttemptStatus, exchanges: Sequence[Exchange]) -> Values:
    """Return the columns of an attempt that is over, but for its cost: secrets masked, long texts cut."""
    request, is_request_cut = keep_request(exchanges[-1].request_body if exchanges else None)
    return {
        "status": status.value,
        "request": request,
        "is_request_cut": is_request_cut,
        "raw_answer": storable(redact("".join(attempt.pieces) if attempt.raw_answer is None else attempt.raw_answer)),
        "errors": [_clean(error) for error in attempt.errors],
        "mends": [_build_mend(mend) for mend in attempt.mends],
        "exchanges": [_build_exchange(exchange) for exchange in exchanges],
        "finish_reason": storable(attempt.finish_reason),
        "input_tokens": attempt.input_tokens,
        "output_tokens": attempt.output_tokens,
        "cached_input_tokens": attempt.cached_input_tokens,
        "cache_write_tokens": attempt.cache_write_tokens,
        "first_token_at": attempt.first_token_at,
        "ended_at": utc_now(),
    }


def read_usage(attempt: OpenAttempt, values: Values) -> AttemptUsage:
    """Return what of an attempt its cost depends on."""
    return usage_of(AttemptRecord(number=attempt.number, started_at=attempt.started_at, **values))


def build_cost(cost: Cost | None) -> Values:
    """Return the columns of an attempt's cost; None is unknown."""
    if cost is None:
        return {"cost_usd": None, "cost": None}
    return {"cost_usd": cost.amount_usd, "cost": cost.model_dump(mode="json")}


def _clean(error: AnswerError) -> dict[str, str]:
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
        "limited_seconds": exchange.limit_wait_seconds,
        "body": storable(redact(exchange.error_body or "")),
    }


def _name_error(exchange: Exchange) -> str:
    if exchange.error == "CancelledError":
        return "The request was dropped."
    return redact(exchange.error_sentence or exchange.error or "")
