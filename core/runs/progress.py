"""What can be seen of a run while it goes on, read from its events."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from core.runs.records import RunEvent


class RunProgress(BaseModel):
    """How far a run has come."""

    model_config = ConfigDict(frozen=True)

    attempt_number: int = 0
    """0 before the first request."""
    text: str = ""
    """The answer of the current attempt, as far as it has come."""
    notes: tuple[str, ...] = ()
    """What happened before, a sentence each."""


def follow(events: Sequence[RunEvent]) -> RunProgress:
    """Return the progress that a run's events add up to."""
    number, pieces, notes = 0, [""], list[str]()
    for event in events:
        if event.kind == "attempt_started":
            number, pieces = int(event.data.get("number", number + 1)), []
        elif event.kind == "piece" and event.data.get("number") == number:
            pieces.append(str(event.data.get("text", "")))
        elif event.kind == "attempt_failed":
            notes.append(f"Attempt {event.data.get('number')} did not fit the schema.")
    return RunProgress(attempt_number=number, text="".join(pieces), notes=tuple(notes))
