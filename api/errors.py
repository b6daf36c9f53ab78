"""Every refusal in one shape: {"error": code, "message": sentence, "hint": next step, "details": [places]}."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core.errors import (
    BuiltinModelError,
    ConflictError,
    DashboardError,
    DatabaseUnavailableError,
    Detail,
    InvalidInputError,
    NotFoundError,
    OutdatedError,
    ProviderError,
    SecretError,
)
from core.idempotency import StillAtWorkError

_log = logging.getLogger(__name__)
_MAX_PLACE_CHARACTERS = 200

# The first that fits counts, so a class stands before the one it is made of.
_STATUSES: tuple[tuple[type[DashboardError], int], ...] = (
    (OutdatedError, 412),
    (ConflictError, 409),
    (NotFoundError, 404),
    (InvalidInputError, 422),
    (ProviderError, 502),
    (DatabaseUnavailableError, 503),
    (SecretError, 503),
    (BuiltinModelError, 503),
    (DashboardError, 500),
)
_SENTENCES = {"extra_forbidden": "There is no such field.", "missing": "This is required."}
_RETRY_AFTER_SECONDS: Mapping[type[DashboardError], int] = {StillAtWorkError: 1, DatabaseUnavailableError: 3}


class ErrorAnswer(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(title="Error", extra="forbid")

    error: str
    """A code for programs, such as `name_taken`."""
    message: str
    """What is wrong, as a sentence for people."""
    hint: str
    """The next step; blank when there is none."""
    details: tuple[Detail, ...]
    """The places that are wrong: `name` is a field of the body, `query.limit`, `path.agent_id` and
    `header.if-match` are elsewhere."""


class HttpError(Exception):
    """A refusal that only HTTP knows, such as a body that is too long."""

    def __init__(
        self, status: int, code: str, message: str, *, hint: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.headers = headers or {}


def build_refusal(
    status: int,
    code: str,
    message: str,
    *,
    hint: str = "",
    details: Sequence[Detail] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a refusal in the one shape."""
    answer = ErrorAnswer(error=code, message=message, hint=hint, details=tuple(details))
    # What is quoted may hold halves of surrogate pairs: UTF-8 cannot write them, an escape of JSON can.
    body = json.dumps(answer.model_dump(), ensure_ascii=False).encode(errors="backslashreplace")
    return Response(body, status_code=status, headers=dict(headers or {}), media_type="application/json")


def refuse(error: Exception, *, path: str) -> Response:
    """Return what an error is answered with. One that nobody foresaw is logged whole, and tells nothing."""
    match error:
        case DashboardError():
            return _refuse_known(error)
        case RequestValidationError():
            return _refuse_invalid(error.errors())
        case HttpError():
            return build_refusal(error.status, error.code, error.message, hint=error.hint, headers=error.headers)
        case HTTPException():
            return _refuse_plain(error, path)
    _log.error("A request to %s failed by a mistake in Benchtop.", path, exc_info=error)
    hint = "The server's log says more."
    return build_refusal(500, "internal", "This failed by a mistake in Benchtop itself.", hint=hint)


def _refuse_known(error: DashboardError) -> Response:
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    wait = _RETRY_AFTER_SECONDS.get(type(error))
    headers = {} if wait is None else {"Retry-After": str(wait)}
    # The core knows a cursor, but not that it stood in an address.
    details = [
        Detail(place="query.cursor", message=each.message) if each.place == "cursor" else each for each in error.details
    ]
    return build_refusal(status, error.code, error.message, hint=error.hint, details=details, headers=headers)


def _refuse_plain(error: HTTPException, path: str) -> Response:
    if error.status_code == 404:
        return build_refusal(404, "not_found", f"There is nothing at {path}.")
    return build_refusal(error.status_code, "refused", f"{error.detail}.", headers=error.headers)


def _refuse_invalid(problems: Sequence[Mapping[str, Any]]) -> Response:  # Any: pydantic's own error dicts
    details = [Detail(place=_name_place(problem["loc"]), message=_write_sentence(problem)) for problem in problems]
    first = details[0]
    message = f"“{first.place}” cannot be used: {first.message}"
    return build_refusal(422, InvalidInputError.code, message, details=details)


def _name_place(loc: Sequence[str | int]) -> str:
    """Return `name` for a field of the body, and the kind of place before it for all others."""
    where, *steps = loc
    if where == "header":
        steps = [str(step).lower() for step in steps]
    if where != "body":
        return ".".join((str(where), *map(str, steps)))[:_MAX_PLACE_CHARACTERS]
    # A position in text that is no JSON is a number and names no field; "[key]" is pydantic's word for a name itself.
    named = [step for step in map(str, steps) if not step.isdigit() and step != "[key]"]
    return ".".join(named)[:_MAX_PLACE_CHARACTERS] or "body"


def _write_sentence(problem: Mapping[str, Any]) -> str:  # Any: as above
    text = _SENTENCES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return text if text.endswith((".", "!", "?")) else f"{text}."
