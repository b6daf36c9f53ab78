"""How a run ended, as data and as a sentence."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from core.names import storable
from core.redaction import redact
from core.runs.records import RunReason, RunStatus


class RunOutcome(BaseModel):
    """What is stored when a run is over."""

    model_config = ConfigDict(frozen=True)

    status: RunStatus
    reason: RunReason = RunReason.NONE
    message: str = ""
    hint: str = ""
    result: dict[str, Any] | None = None  # Any: JSON the model wrote


def passed(result: dict[str, Any]) -> RunOutcome:  # Any: JSON the model wrote
    """Return the outcome of a run whose answer fits."""
    return RunOutcome(
        status=RunStatus.PASSED, result={storable(redact(key)): _clean(value) for key, value in result.items()}
    )


CANCELLED = RunOutcome(
    status=RunStatus.CANCELLED, reason=RunReason.CANCELLED, message="The run was cancelled.", hint="Run it again."
)
INTERRUPTED = RunOutcome(
    status=RunStatus.INTERRUPTED,
    reason=RunReason.INTERRUPTED,
    message="Benchtop ended while this run was going on.",
    hint="Run it again; what was recorded until then is below.",
)
CONTENT_GONE = RunOutcome(
    status=RunStatus.INTERRUPTED,
    reason=RunReason.INTERRUPTED,
    message="The input of this run is gone: its task stores no content, and Benchtop ended before the run began.",
    hint="Run it again with the same input.",
)

LOST = RunOutcome(
    status=RunStatus.INTERRUPTED,
    reason=RunReason.INTERRUPTED,
    message="The end of this run could not be stored.",
    hint="Run it again; what was recorded until then is below.",
)


def run_timed_out(*, seconds: float) -> RunOutcome:
    """Return the outcome of a run that took longer than a run may."""
    return failed(
        RunReason.TIMEOUT,
        f"The run took longer than {seconds:g} s and was stopped.",
        "Ask for a shorter answer, use a quicker model, or raise BENCHTOP_RUN_TIMEOUT.",
    )


def refusal_not_kept() -> dict[str, str]:
    """Return the message and the hint of a refused run whose content is not kept: the true ones may quote it."""
    return {
        "message": "The request was refused; what was said of it is not kept.",
        "hint": "Run it again to see it.",
    }


def unknown_error(error: Exception) -> RunOutcome:
    """Return the outcome of a run that met a bug; only the error's kind is told."""
    return failed(
        RunReason.INTERNAL,
        f"Benchtop met an error it does not know ({type(error).__name__}).",
        "The server's log holds the details. Please report it.",
    )


def failed(reason: RunReason, message: str, hint: str) -> RunOutcome:
    """Return the outcome of a run that did not pass, known secrets masked."""
    clean = storable(redact(message))
    return RunOutcome(status=RunStatus.FAILED, reason=reason, message=clean, hint=storable(redact(hint)))


def _clean(value: object) -> object:
    """Return an answer's value with known secrets masked and what Postgres cannot store replaced."""
    if isinstance(value, str):
        return storable(redact(value))
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {storable(redact(key)): _clean(item) for key, item in value.items()}
    return value
