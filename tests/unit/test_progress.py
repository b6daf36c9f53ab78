"""How far a run has come, by its events."""

from collections.abc import Mapping
from datetime import UTC, datetime

from core.runs.progress import follow
from core.runs.records import RunEvent


def make_events(*told: tuple[str, Mapping[str, object]]) -> list[RunEvent]:
    now = datetime.now(UTC)
    return [RunEvent(seq=seq, kind=kind, data=dict(data), at=now) for seq, (kind, data) in enumerate(told, start=1)]


def test_nothing_is_known_before_the_first_attempt() -> None:
    progress = follow(make_events(("queued", {}), ("started", {})))

    assert (progress.attempt_number, progress.text, progress.notes, progress.fields) == (0, "", (), None)
    assert progress.estimated_tokens == (0, 0)


def test_only_the_current_attempt_is_read() -> None:
    progress = follow(
        make_events(
            ("attempt_started", {"number": 1}),
            ("piece", {"number": 1, "text": '{"a": 1}'}),
            ("attempt_failed", {"number": 1}),
            ("attempt_started", {"number": 2}),
            ("piece", {"number": 2, "text": '{"a": '}),
            ("piece", {"number": 2, "text": '"x'}),
        )
    )

    assert (progress.attempt_number, progress.text) == (2, '{"a": "x')
    assert progress.fields == ({"a": "x"}, ("a",))
    assert progress.notes == ("Attempt 1 did not fit the schema.",)
    assert progress.earlier_token_count is None
    assert 0 < progress.estimated_tokens.high < 20


def test_what_is_told_of_earlier_attempts_is_said() -> None:
    progress = follow(
        make_events(
            ("attempt_failed", {"number": 1, "input_tokens": 100, "output_tokens": 20, "problem_count": 2}),
            ("attempt_failed", {"number": 2, "input_tokens": 150, "output_tokens": 0, "finish_reason": "length"}),
            ("attempt_failed", {"number": 3, "input_tokens": 1, "output_tokens": 2, "problem_count": 1}),
            ("attempt_started", {"number": 4}),
        )
    )

    assert progress.earlier_token_count == 273
    assert progress.notes == (
        "Attempt 1 did not fit the schema: 2 problems, told to the model.",
        "Attempt 2 was cut off at the length limit.",
        "Attempt 3 did not fit the schema: 1 problem, told to the model.",
    )


def test_wait_of_the_provider_is_said_until_something_comes() -> None:
    waits = ("retry_waiting", {"number": 1, "seconds": 2.04, "status": 429, "next_try": 2, "max_tries": 4})
    started = ("attempt_started", {"number": 1})

    assert follow(make_events(started, waits)).waiting == (
        "The provider answered 429. It is asked again after 2.0 s: try 2 of 4."
    )
    assert follow(make_events(started, waits, ("piece", {"number": 1, "text": "{"}))).waiting == ""


def test_wait_without_an_answer_says_so() -> None:
    waits = ("retry_waiting", {"number": 1, "seconds": 1, "status": None, "next_try": 3, "max_tries": 4})

    said = follow(make_events(("attempt_started", {"number": 1}), waits)).waiting

    assert said == "The provider did not answer. It is asked again after 1.0 s: try 3 of 4."
