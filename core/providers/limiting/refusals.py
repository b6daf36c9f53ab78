"""Why a request has to wait for a limit, and how long."""

from collections.abc import Sequence
from typing import NamedTuple

from core.providers.exchanges import LimitName
from core.providers.records import ProviderLimits
from db.queries.provider_slots import SlotAnswer


class Refusal(NamedTuple):
    """What keeps the first request of a queue waiting."""

    limit: LimitName
    amount: int
    """What the limit allows."""
    seconds: float | None
    """Until there is room; None when that is up to requests that go on."""
    is_too_large: bool = False
    """Whether the request alone may use more tokens than are allowed in a minute."""


def explain_refusal(answer: SlotAnswer, limits: ProviderLimits, *, tokens: int) -> Refusal | None:
    """Return why the next request, of so many tokens, has to wait; None if it could be let pass by now.

    Of several reasons the one that lasts longest, a known time before an unknown one.
    """
    found = [_check_requests(answer, limits), _check_tokens(answer, limits, tokens)]
    reasons = [reason for reason in found if reason is not None]
    if reasons:
        return max(reasons, key=lambda reason: reason.seconds or 0.0)
    allowed = limits.max_concurrency
    if allowed is not None and answer.going_on >= allowed:
        return Refusal(LimitName.CONCURRENCY, allowed, None)
    return None


def _check_requests(answer: SlotAnswer, limits: ProviderLimits) -> Refusal | None:
    allowed = limits.requests_per_minute
    if allowed is None or answer.requests < allowed:
        return None
    return Refusal(LimitName.REQUESTS, allowed, _pick(answer.departures, answer.requests - allowed))


def _check_tokens(answer: SlotAnswer, limits: ProviderLimits, tokens: int) -> Refusal | None:
    allowed = limits.tokens_per_minute
    if allowed is None or answer.tokens == 0 or answer.tokens + tokens <= allowed:
        return None
    left, seconds = answer.tokens, 0.0
    for leaves_after, freed in answer.departures:
        left, seconds = left - freed, leaves_after
        if left == 0 or left + tokens <= allowed:
            break
    return Refusal(LimitName.TOKENS, allowed, seconds, is_too_large=tokens > allowed)


def _pick(departures: Sequence[tuple[float, int]], place: int) -> float:
    """Return when the one at a place leaves; of very many only the first are known."""
    return departures[min(place, len(departures) - 1)][0] if departures else 0.0


def guess_wait(
    refusal: Refusal, answer: SlotAnswer, *, place: int, tokens_before: int, window_seconds: float
) -> float | None:
    """Return about how long the request at a place of the queue waits, 0 being the first; None is unknown."""
    if refusal.seconds is None or place == 0:
        return refusal.seconds
    if refusal.limit is LimitName.TOKENS:
        return refusal.seconds + window_seconds * tokens_before / refusal.amount
    # Each that leaves makes room for one; after a whole window it is the turn of those let pass meanwhile.
    index = max(0, answer.requests - refusal.amount) + place
    known = min(len(answer.departures), refusal.amount) or 1
    rounds, within = divmod(index, known)
    return _pick(answer.departures, within) + rounds * window_seconds
