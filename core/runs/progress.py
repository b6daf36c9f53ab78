"""What can be seen of a run while it goes on, read from its events."""

from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from core.runs.partial_answers import PartialAnswer, read_partial
from core.runs.preflight.tokens import NO_TOKENS, TokenEstimate, estimate_tokens
from core.runs.records import RunEvent


class EarlierAttempt(BaseModel):
    """An attempt that is over while its run goes on."""

    model_config = ConfigDict(frozen=True)

    number: int
    token_count: int | None = None
    """In and out, as the server counted them; None when it is not told."""
    problem_count: int = 0
    is_truncated: bool = False

    @property
    def sentence(self) -> str:
        """What came of it."""
        if self.is_truncated:
            return f"Attempt {self.number} was cut off at the length limit."
        if self.problem_count:
            problems = "1 problem" if self.problem_count == 1 else f"{self.problem_count:,} problems"
            return f"Attempt {self.number} did not fit the schema: {problems}, told to the model."
        return f"Attempt {self.number} did not fit the schema."


class RunProgress(BaseModel):
    """How far a run has come."""

    model_config = ConfigDict(frozen=True)

    attempt_number: int = 0
    """0 before the first request."""
    text: str = ""
    """The answer of the current attempt, as far as it has come."""
    earlier: tuple[EarlierAttempt, ...] = ()
    waiting: str = ""
    """Why the provider is not asked yet, or again, and when it is, as a sentence; blank while nothing is waited for."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened before, a sentence each."""
        return tuple(attempt.sentence for attempt in self.earlier)

    @cached_property
    def fields(self) -> PartialAnswer | None:
        """The answer so far as an object; None while the text holds none."""
        return read_partial(self.text)

    @property
    def earlier_token_count(self) -> int | None:
        """Tokens of the attempts before, as the server counted them; None when one of them is not told."""
        counts = [attempt.token_count for attempt in self.earlier]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    @property
    def estimated_tokens(self) -> TokenEstimate:
        """How many tokens the current answer has so far, by its characters."""
        return estimate_tokens(self.text) if self.text else NO_TOKENS


def follow(events: Sequence[RunEvent]) -> RunProgress:
    """Return the progress that a run's events add up to."""
    number, pieces, earlier, waiting = 0, [""], list[EarlierAttempt](), ""
    for event in events:
        if event.kind == "attempt_started":
            number, pieces, waiting = int(event.data.get("number", number + 1)), [], ""
        elif event.kind == "piece" and event.data.get("number") == number:
            pieces.append(str(event.data.get("text", "")))
            waiting = ""
        elif event.kind == "retry_waiting" and event.data.get("number") == number:
            waiting = _say_waiting(event)
        elif event.kind == "limit_waiting" and event.data.get("number") == number:
            waiting = _say_limit(event)
        elif event.kind == "limit_passed" and event.data.get("number") == number:
            waiting = ""
        elif event.kind == "attempt_failed":
            earlier.append(_read_failed(event, number))
    return RunProgress(attempt_number=number, text="".join(pieces), earlier=tuple(earlier), waiting=waiting)


def _say_waiting(event: RunEvent) -> str:
    told = event.data
    status, seconds = told.get("status"), told.get("seconds")
    met = f"The provider answered {status}" if isinstance(status, int) else "The provider did not answer"
    after = f" after {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    return f"{met}. It is asked again{after}: try {told.get('next_try')} of {told.get('max_tries')}."


def _say_limit(event: RunEvent) -> str:
    told = event.data
    amount, seconds = told.get("amount"), told.get("seconds")
    count = amount if isinstance(amount, int) else 0
    noun = "token" if told.get("limit") == "tokens" else "request"
    unit = f"{noun if count == 1 else noun + 's'} {'at once' if told.get('limit') == 'concurrency' else 'per minute'}"
    after = f", about {max(1, round(seconds)):,} s" if isinstance(seconds, int | float) else ""
    alone = (
        " It may use more than that alone, so it waits until nothing else counts." if told.get("is_too_large") else ""
    )
    return f"Waiting for the provider's limit of {count:,} {unit}{after}.{alone}"


def _read_failed(event: RunEvent, number: int) -> EarlierAttempt:
    told = event.data
    counts = [told[name] for name in ("input_tokens", "output_tokens") if isinstance(told.get(name), int)]
    problems = told.get("problem_count")
    return EarlierAttempt(
        number=int(told.get("number", number)),
        token_count=sum(counts) if counts else None,
        problem_count=problems if isinstance(problems, int) else 0,
        is_truncated=told.get("finish_reason") == "length",
    )
