"""Why a request waits for a limit, and how long."""

import pytest

from core.providers.exchanges import LimitName
from core.providers.limiting.refusals import Refusal, explain_refusal, guess_wait
from core.providers.records import ProviderLimits
from db.queries.provider_slots import SlotAnswer

WINDOW = 61.0


def make_answer(
    departures: tuple[tuple[float, int], ...] = (), *, requests: int = 0, tokens: int = 0, going_on: int = 0
) -> SlotAnswer:
    return SlotAnswer(0, {}, requests, tokens, going_on, departures)


def test_nothing_is_waited_for_while_there_is_room() -> None:
    limits = ProviderLimits(requests_per_minute=3, tokens_per_minute=100, max_concurrency=2)

    assert explain_refusal(make_answer(requests=2, tokens=50, going_on=1), limits, tokens=50) is None
    assert explain_refusal(make_answer(requests=9, tokens=900, going_on=9), ProviderLimits(), tokens=50) is None


def test_a_full_minute_is_waited_for_until_its_oldest_request_leaves() -> None:
    answer = make_answer(((4.0, 0), (9.0, 0)), requests=2)

    assert explain_refusal(answer, ProviderLimits(requests_per_minute=2), tokens=0) == Refusal(
        LimitName.REQUESTS, 2, 4.0
    )


def test_under_a_lowered_limit_so_many_have_to_leave_that_there_is_room() -> None:
    answer = make_answer(((1.0, 0), (2.0, 0), (3.0, 0)), requests=3)

    refusal = explain_refusal(answer, ProviderLimits(requests_per_minute=1), tokens=0)

    assert refusal is not None
    assert refusal.seconds == 3.0


def test_tokens_are_waited_for_until_enough_of_them_leave() -> None:
    answer = make_answer(((1.0, 20), (2.0, 30), (3.0, 40)), requests=3, tokens=90)

    refusal = explain_refusal(answer, ProviderLimits(tokens_per_minute=100), tokens=55)

    assert refusal == Refusal(LimitName.TOKENS, 100, 2.0)


def test_a_request_larger_than_the_limit_waits_until_nothing_else_counts() -> None:
    answer = make_answer(((1.0, 20), (3.0, 30)), requests=2, tokens=50)
    limits = ProviderLimits(tokens_per_minute=100)

    assert explain_refusal(answer, limits, tokens=500) == Refusal(LimitName.TOKENS, 100, 3.0, is_too_large=True)
    assert explain_refusal(make_answer(), limits, tokens=500) is None


def test_nobody_knows_when_a_request_that_goes_on_will_end() -> None:
    refusal = explain_refusal(make_answer(going_on=4), ProviderLimits(max_concurrency=4), tokens=0)

    assert refusal == Refusal(LimitName.CONCURRENCY, 4, None)


def test_of_several_limits_the_one_that_takes_longest_is_told() -> None:
    answer = make_answer(((1.0, 90), (5.0, 0)), requests=2, tokens=90, going_on=2)
    limits = ProviderLimits(requests_per_minute=1, tokens_per_minute=100, max_concurrency=2)

    assert explain_refusal(answer, limits, tokens=50) == Refusal(LimitName.REQUESTS, 1, 5.0)


@pytest.mark.parametrize(("place", "seconds"), [(0, 4.0), (1, 9.0), (2, 4.0 + WINDOW), (5, 9.0 + 2 * WINDOW)])
def test_who_stands_further_back_waits_for_more_to_leave(place: int, seconds: float) -> None:
    answer = make_answer(((4.0, 0), (9.0, 0)), requests=2)
    refusal = Refusal(LimitName.REQUESTS, 2, 4.0)

    assert guess_wait(refusal, answer, place=place, tokens_before=0, window_seconds=WINDOW) == seconds


def test_tokens_before_one_in_the_queue_make_it_wait_longer() -> None:
    refusal = Refusal(LimitName.TOKENS, 100, 4.0)

    assert guess_wait(refusal, make_answer(), place=1, tokens_before=50, window_seconds=60.0) == 34.0


def test_an_unknown_wait_stays_unknown_further_back() -> None:
    refusal = Refusal(LimitName.CONCURRENCY, 2, None)

    assert guess_wait(refusal, make_answer(), place=3, tokens_before=0, window_seconds=WINDOW) is None
