"""What a stored attempt used, for its bill."""

from datetime import timedelta

from core.runs.costs import AttemptUsage
from core.runs.records import AttemptRecord, AttemptStatus

_WAITS = ("waited_seconds", "limited_seconds")


def usage_of(attempt: AttemptRecord) -> AttemptUsage:
    """Return what a stored attempt used: its time without the waits before HTTP retries and for the provider's limits.

    It is stored with 0 tokens when the server told none.
    """
    machine_time = None
    # One that was ended before anything was sent has waited only.
    has_begun = bool(attempt.exchanges) or attempt.status not in (AttemptStatus.CANCELLED, AttemptStatus.INTERRUPTED)
    if attempt.ended_at is not None and has_begun:
        waits = [exchange.get(name) or 0 for exchange in attempt.exchanges for name in _WAITS]
        waited = sum(waits, 0.0)
        machine_time = attempt.ended_at - attempt.started_at - timedelta(seconds=waited)
    is_told = attempt.output_tokens > 0 or not attempt.raw_answer
    return AttemptUsage(
        input_tokens=attempt.input_tokens or None,
        output_tokens=attempt.output_tokens if is_told else None,
        cached_input_tokens=attempt.cached_input_tokens,
        cache_write_tokens=attempt.cache_write_tokens,
        machine_time=machine_time,
    )
