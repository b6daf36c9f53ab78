"""What a run that waits for a limit says of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from core.providers.exchanges import LimitName, LimitWait
from core.runs.progress import follow
from core.runs.records import RunEvent

PASSED = ("limit_passed", {"number": 1, "seconds": 12.0})


def say(*told: tuple[str, Mapping[str, object]]) -> str:
    events = [("attempt_started", {"number": 1}), *told]
    now = datetime.now(UTC)
    return follow(
        [RunEvent(seq=seq, kind=kind, data=dict(data), at=now) for seq, (kind, data) in enumerate(events)]
    ).waiting


def make_wait(wait: LimitWait, *, number: int = 1) -> tuple[str, Mapping[str, object]]:
    return ("limit_waiting", {"number": number, **wait._asdict()})


@pytest.mark.parametrize(
    ("wait", "sentence"),
    [
        (
            LimitWait(LimitName.REQUESTS, 60, 12.3),
            "Waiting for the provider's limit of 60 requests per minute, about 12 s.",
        ),
        (
            LimitWait(LimitName.REQUESTS, 1, 0.2),
            "Waiting for the provider's limit of 1 request per minute, about 1 s.",
        ),
        (
            LimitWait(LimitName.TOKENS, 90_000, 1_234.0),
            "Waiting for the provider's limit of 90,000 tokens per minute, about 1,234 s.",
        ),
        (
            LimitWait(LimitName.TOKENS, 100, 12.0, is_too_large=True),
            "Waiting for the provider's limit of 100 tokens per minute, about 12 s. "
            "It may use more than that alone, so it waits until nothing else counts.",
        ),
        (LimitWait(LimitName.CONCURRENCY, 4, None), "Waiting for the provider's limit of 4 requests at once."),
        (LimitWait(LimitName.CONCURRENCY, 1, None), "Waiting for the provider's limit of 1 request at once."),
    ],
)
def test_a_wait_is_a_sentence(wait: LimitWait, sentence: str) -> None:
    assert say(make_wait(wait)) == sentence


def test_nothing_is_said_once_the_wait_is_over() -> None:
    assert say(make_wait(LimitWait(LimitName.REQUESTS, 60, 12.3)), PASSED) == ""


def test_a_wait_of_another_attempt_is_not_said() -> None:
    assert say(make_wait(LimitWait(LimitName.REQUESTS, 60, 12.3), number=2)) == ""
