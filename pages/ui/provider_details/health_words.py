"""Words for what went wrong with a provider: of its runs, and of its checks."""

from collections.abc import Sequence

from core.providers.diagnoses import Diagnosis
from core.providers.health import FailureCount
from core.runs.records import RunReason
from pages.ui.badges import status_word

_REASONS: dict[str, str] = {
    RunReason.BUILTIN_UNAVAILABLE: "model could not be started",
    RunReason.KEY_REFUSED: "key refused",
    RunReason.MODEL_NOT_FOUND: "model not known there",
    RunReason.PROVIDER_FAULT: "fault of the server",
    RunReason.PROVIDER_UNREACHABLE: "not reached",
    RunReason.RATE_LIMITED: "too many requests",
    RunReason.TIMEOUT: "took too long",
    RunReason.UNREADABLE_ANSWER: "answer not readable",
}
_DIAGNOSES: dict[str, str] = {
    Diagnosis.CONNECTED: "Answered",
    Diagnosis.NO_MODELS: "Answered, lists no model",
    Diagnosis.MODEL_MISSING: "Answered, a model in use is missing",
    Diagnosis.MODEL_LOADING: "Answered, a model is not in memory yet",
    Diagnosis.SLOW: "Answered, slowly",
    Diagnosis.NAME_NOT_RESOLVED: "Host name not found",
    Diagnosis.REFUSED: "Nothing listens there",
    Diagnosis.UNREACHABLE: "Not reached",
    Diagnosis.TIMED_OUT: "No answer in time",
    Diagnosis.TLS_FAULT: "Encryption failed (TLS)",
    Diagnosis.PROXY: "A proxy answered instead",
    Diagnosis.KEY_REFUSED: "Key refused",
    Diagnosis.KEY_MISSING: "Wants a key",
    Diagnosis.KEY_LOCKED: "Key cannot be used",
    Diagnosis.NOT_FOUND: "Nothing at this path",
    Diagnosis.WRONG_KIND: "Another kind of server",
    Diagnosis.REDIRECTED: "Redirects elsewhere",
    Diagnosis.RATE_LIMITED: "Too many requests",
    Diagnosis.SERVER_FAULT: "Fault of the server",
    Diagnosis.DESTINATION_REFUSED: "Address not allowed",
    Diagnosis.UNREADABLE: "Answer not readable",
    Diagnosis.EXTRA_MISSING: "A package is missing here",
    Diagnosis.INTERNAL: "Benchtop’s own fault",
}


def say_diagnosis(diagnosis: str) -> str:
    """Return what a check found in a few words; a word that only a newer Benchtop knows as it is."""
    return _DIAGNOSES.get(diagnosis) or status_word(diagnosis)


def say_failures(failures: Sequence[FailureCount]) -> str:
    """Return `took too long (5), too many requests (3)`."""
    return ", ".join(f"{_say_reason(failure.reason)} ({failure.run_count:,})" for failure in failures)


def _say_reason(reason: str) -> str:
    return _REASONS.get(reason) or reason.replace("_", " ")
