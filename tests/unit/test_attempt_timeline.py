"""Attempts on a timeline."""

from datetime import UTC, datetime, timedelta

from core.runs.records import AttemptRecord, AttemptStatus
from pages.ui.attempt_timeline import build_bars

BEGAN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def make_attempt(
    number: int,
    *,
    start: float,
    end: float | None,
    first: float | None = None,
    status: AttemptStatus = AttemptStatus.PASSED,
    finish_reason: str = "stop",
) -> AttemptRecord:
    return AttemptRecord(
        number=number,
        status=status,
        request=None,
        raw_answer="",
        errors=(),
        mends=(),
        exchanges=(),
        finish_reason=finish_reason,
        input_tokens=0,
        output_tokens=0,
        started_at=BEGAN + timedelta(seconds=start),
        first_token_at=None if first is None else BEGAN + timedelta(seconds=first),
        ended_at=None if end is None else BEGAN + timedelta(seconds=end),
    )


def test_bars_are_to_scale() -> None:
    first = make_attempt(1, start=0, first=1, end=4, status=AttemptStatus.FAILED)
    second = make_attempt(2, start=5, end=10)

    bars = build_bars([first, second], now=BEGAN)

    assert [(bar.start, bar.wait, bar.write) for bar in bars] == [(0, 0.1, 0.3), (0.5, 0.5, 0)]
    assert [(bar.status, bar.colour, bar.said) for bar in bars] == [
        ("failed", "red", "4.00 s"),
        ("passed", "green", "5.00 s"),
    ]
    assert bars[0].hover == "Attempt 1 took 4.00 s, 1.00 s of it until the first token"


def test_attempt_that_goes_on_ends_now() -> None:
    (bar,) = build_bars(
        [make_attempt(1, start=0, end=None, status=AttemptStatus.RUNNING)], now=BEGAN + timedelta(seconds=2)
    )

    assert (bar.wait, bar.said) == (1, "2.00 s")


def test_attempt_of_no_time_is_drawn() -> None:
    (bar,) = build_bars([make_attempt(1, start=0, end=0)], now=BEGAN)

    assert (bar.start, bar.wait, bar.write) == (0, 0, 0)


def test_answer_that_was_cut_off_is_named_so() -> None:
    (bar,) = build_bars(
        [make_attempt(1, start=0, end=1, status=AttemptStatus.FAILED, finish_reason="length")], now=BEGAN
    )

    assert (bar.status, bar.colour) == ("cut off", "red")
