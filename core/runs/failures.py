"""Turns whatever a run raised into the outcome that is stored: a reason, a sentence, the next step."""

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UnexpectedModelBehavior,
)

from core.errors import BuiltinModelError, DashboardError, InvalidInputError, MissingPackageError, SecretError
from core.providers.outbound_errors import (
    BodyTooLarge,
    DeadlineExceeded,
    DestinationRefused,
    LimitsUnknown,
    OutboundError,
    UnsupportedEncoding,
    find_outbound_error,
)
from core.runs.outcomes import RunOutcome, failed, unknown_error
from core.runs.plans import RunPlan, log_unknown_error
from core.runs.records import RunReason

_SHOWN_CHARACTERS = 300
# Anthropic has a status of its own for it.
_BUSY = frozenset({503, 529})


class TruncatedAnswer(Exception):
    """The server cut the answer off at the token limit, so another attempt would end the same way."""


def explain_failure(error: Exception, plan: RunPlan, *, failed_attempts: int, was_empty: bool) -> RunOutcome:
    """Return the outcome for what an agent's run raised. Unknown errors are logged whole and shown by kind only."""
    outbound = find_outbound_error(error)
    if isinstance(error, TruncatedAnswer):
        return _explain_truncation(plan)
    if isinstance(error, DashboardError):
        return _explain_refusal(error)
    if outbound is not None:
        return _explain_outbound(outbound, plan)
    if isinstance(error, ModelAPIError):
        return _explain_provider(error, plan)
    if isinstance(error, UnexpectedModelBehavior) and failed_attempts:
        return _explain_attempts(failed_attempts, was_empty=was_empty)
    if isinstance(error, UnexpectedModelBehavior | ValueError | RecursionError):
        return _explain_unreadable(plan)
    log_unknown_error(error, plan)
    return unknown_error(error)


def _explain_unreadable(plan: RunPlan) -> RunOutcome:
    return failed(
        RunReason.UNREADABLE_ANSWER,
        f"“{plan.connection.name}” answered with something that is not a model's answer.",
        "Check on the Providers page that the address leads to the right server.",
    )


def _explain_truncation(plan: RunPlan) -> RunOutcome:
    limit = f"the agent's limit of {plan.max_tokens:,} tokens" if plan.max_tokens else "the server's token limit"
    return failed(
        RunReason.TRUNCATED,
        f"The answer was cut off at {limit}, so it was not tried again.",
        "Raise the agent's max tokens, or ask for a shorter answer.",
    )


def _explain_refusal(error: DashboardError) -> RunOutcome:
    reasons: list[tuple[type[DashboardError], RunReason]] = [
        (SecretError, RunReason.KEY_LOCKED),
        (BuiltinModelError, RunReason.BUILTIN_UNAVAILABLE),
        (MissingPackageError, RunReason.EXTRA_MISSING),
        (InvalidInputError, RunReason.REQUEST_REFUSED),
    ]
    reason = next((reason for kind, reason in reasons if isinstance(error, kind)), RunReason.INTERNAL)
    return failed(reason, error.message, error.hint)


def _explain_attempts(failed_attempts: int, *, was_empty: bool) -> RunOutcome:
    times = "the only attempt" if failed_attempts == 1 else f"any of {failed_attempts} attempts"
    if was_empty:
        return failed(
            RunReason.EMPTY_ANSWER,
            f"The model gave no text in {times.replace('any of ', '')}.",
            "Try another model, or raise the agent's max tokens: some models think in silence first.",
        )
    return failed(
        RunReason.INVALID_ANSWER,
        f"The answer did not fit the task's schema in {times}.",
        "See below which fields were refused. Make the prompt clearer about them, or try a stronger model.",
    )


def _explain_outbound(error: OutboundError, plan: RunPlan) -> RunOutcome:
    if isinstance(error, DestinationRefused):
        return failed(RunReason.DESTINATION_REFUSED, error.sentence, error.hint)
    if isinstance(error, DeadlineExceeded):
        is_own = plan.connection.request_timeout_seconds is not None
        raised = "the time of a whole request on the Providers page" if is_own else "BENCHTOP_REQUEST_TIMEOUT"
        hint = f"Try again, use a quicker model, or raise {raised}."
        return failed(RunReason.TIMEOUT, error.sentence, hint)
    if isinstance(error, BodyTooLarge | UnsupportedEncoding):
        return failed(RunReason.UNREADABLE_ANSWER, error.sentence, "Check that the address leads to the right server.")
    if isinstance(error, LimitsUnknown):
        return failed(RunReason.PROVIDER_UNREACHABLE, error.sentence, "Start the run again once the database answers.")
    hint = f"Check “{plan.connection.name}” on the Providers page: it says what is wrong."
    return failed(RunReason.PROVIDER_UNREACHABLE, error.sentence, hint)


def _explain_provider(error: ModelAPIError, plan: RunPlan) -> RunOutcome:
    name, model_name = plan.connection.name, plan.model_name
    if isinstance(error, ModelAuthenticationError):
        return failed(RunReason.KEY_REFUSED, f"“{name}” refused the key.", "Paste a current key on the Providers page.")
    if isinstance(error, ModelNotFoundError):
        return failed(
            RunReason.MODEL_NOT_FOUND,
            f"“{name}” does not know the model “{model_name}”.",
            "Pick another model for the agent. The Providers page lists what the server serves.",
        )
    if isinstance(error, ModelRateLimitError):
        return failed(RunReason.RATE_LIMITED, f"“{name}” is limiting requests.", _wait_hint(error))
    if isinstance(error, ModelQuotaExceededError):
        return failed(
            RunReason.RATE_LIMITED, f"The quota at “{name}” is used up.", "Top it up, or use another provider."
        )
    if isinstance(error, ModelTimeoutError | ModelRequestTimeout):
        return failed(RunReason.TIMEOUT, f"“{name}” did not answer in time.", "Try again, or use a quicker model.")
    if isinstance(error, ModelContextWindowExceededError):
        message = f"The prompt is longer than “{model_name}” can read."
        return failed(RunReason.REQUEST_REFUSED, message, "Shorten the input or the prompt.")
    if isinstance(error, ModelRequestRejectedError):
        said = f" It said: {_shorten(_server_message(error))}" if _server_message(error) else ""
        hint = "The server may not support structured answers for this model. Try another model."
        return failed(RunReason.REQUEST_REFUSED, f"“{name}” refused the request.{said}", hint)
    if isinstance(error, ModelConnectionError):
        message = f"The connection to “{name}” broke off in the middle of the answer."
        return failed(RunReason.PROVIDER_UNREACHABLE, message, "Run it again.")
    return _explain_fault(error, plan)


def _explain_fault(error: ModelAPIError, plan: RunPlan) -> RunOutcome:
    """Say what an error is that belongs to no kind."""
    name = plan.connection.name
    if 300 <= _find_status(error) < 400:
        message = f"“{name}” redirects to another address, which is not followed."
        return failed(RunReason.REQUEST_REFUSED, message, "Enter the final address on the Providers page.")
    if type(error) is ModelAPIError and error.body is None and not error.in_stream:
        # No kind of fault and no words of the server's: its answer could not be read.
        return _explain_unreadable(plan)
    status = f" (HTTP {error.status_code})" if isinstance(error, ModelHTTPError) else ""
    if _find_status(error) in _BUSY:
        message = f"“{name}” is overloaded or not ready{status}."
        return failed(RunReason.PROVIDER_FAULT, message, "Run it again in a moment.")
    return failed(
        RunReason.PROVIDER_FAULT,
        f"“{name}” has a fault of its own{status}.",
        "Run it again in a moment; if it stays so, look at that server.",
    )


def _find_status(error: ModelAPIError) -> int:
    """Return the status that the vendor's SDK was answered with; 0: none is known."""
    # The SDKs have no class in common: OpenAI's and Anthropic's call it status_code, Google's calls it code.
    cause = error.__cause__
    found = (getattr(error, "status_code", None), getattr(cause, "status_code", None), getattr(cause, "code", None))
    return next((status for status in found if isinstance(status, int)), 0)


def _wait_hint(error: ModelAPIError) -> str:
    if error.retry_after:
        return f"It asks to wait {error.retry_after:g} s. Run it again then."
    return "Wait a minute, then run it again."


def _server_message(error: ModelAPIError) -> str:
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body.get("Error", body))
        found = inner.get("message", inner.get("Message", "")) if isinstance(inner, dict) else inner
        return found if isinstance(found, str) else ""
    return body if isinstance(body, str) else ""


def _shorten(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= _SHOWN_CHARACTERS else folded[:_SHOWN_CHARACTERS] + "…"
