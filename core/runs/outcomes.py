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
    return RunOutcome(status=RunStatus.PASSED, result=result)


CANCELLED = RunOutcome(
    status=RunStatus.CANCELLED, reason=RunReason.CANCELLED, message="The run was cancelled.", hint="Run it again."
)
INTERRUPTED = RunOutcome(
    status=RunStatus.INTERRUPTED,
    reason=RunReason.INTERRUPTED,
    message="Benchtop ended while this run was going on.",
    hint="Run it again; what was recorded until then is below.",
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


def failed(reason: RunReason, message: str, hint: str) -> RunOutcome:
    """Return the outcome of a run that did not pass, known secrets masked."""
    clean = storable(redact(message))
    return RunOutcome(status=RunStatus.FAILED, reason=reason, message=clean, hint=storable(redact(hint)))
