"""Says what an answer, or its absence, means: a sentence for a person, and the next step."""

from collections.abc import Sequence

import httpx2

from core.providers.answers import BadAnswer
from core.providers.base_urls import host_of
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.listings import ListedModel
from core.providers.outbound_errors import (
    ConnectionLost,
    ConnectionRefused,
    ConnectTimedOut,
    DeadlineExceeded,
    DestinationRefused,
    HostUnreachable,
    NameNotResolved,
    OutboundError,
    TlsFailed,
    find_outbound_error,
)

_CONTAINER_HINT = (
    "If Benchtop runs in a container, localhost means the container itself: use the host's name there, "
    "for example host.docker.internal."
)
_DIAGNOSES: dict[type[OutboundError], Diagnosis] = {
    DestinationRefused: Diagnosis.DESTINATION_REFUSED,
    NameNotResolved: Diagnosis.NAME_NOT_RESOLVED,
    ConnectionRefused: Diagnosis.REFUSED,
    HostUnreachable: Diagnosis.UNREACHABLE,
    ConnectTimedOut: Diagnosis.TIMED_OUT,
    DeadlineExceeded: Diagnosis.TIMED_OUT,
    TlsFailed: Diagnosis.TLS_FAULT,
    ConnectionLost: Diagnosis.UNREADABLE,
}


def explain_models(models: Sequence[ListedModel], *, listed_count: int, connection: ProviderConnection) -> CheckOutcome:
    """Say what a good answer held. `models` are the usable ones of those listed."""
    if listed_count and not models:
        message = f"Connected, but none of the {listed_count:,} model names it lists can be used."
        hint = "They are too long or hold special characters. A model can still be typed by hand."
        return _connected(Diagnosis.NO_MODELS, message, hint)
    if not models:
        message = "Connected, but it serves no model yet."
        return _connected(Diagnosis.NO_MODELS, message, connection.kind.no_models_hint)
    plural = "model" if len(models) == 1 else "models"
    return _connected(Diagnosis.CONNECTED, f"Connected: {len(models)} {plural}.", models=models)


def explain_answer(answer: BadAnswer, connection: ProviderConnection) -> CheckOutcome:
    """Say what an answer means that is not the list of models."""
    host, status = host_of(connection.base_url), answer.status
    if status in (401, 403):
        has_key = connection.sealed_key is not None
        given = "refused the key" if has_key else "wants a key, and none is stored"
        diagnosis = Diagnosis.KEY_REFUSED if has_key else Diagnosis.KEY_MISSING
        return _failed(diagnosis, f"{host} {given} (HTTP {status}).", "Edit the provider and paste a current key.")
    if status == 404:
        return _not_this_kind(Diagnosis.NOT_FOUND, connection, "it knows no such address (HTTP 404)")
    if status == 429:
        message = f"{host} is limiting requests at the moment (HTTP 429)."
        return _failed(Diagnosis.RATE_LIMITED, message, "Wait a minute and check again.")
    if 300 <= status < 400:
        found = f"it redirects elsewhere (HTTP {status}), which is not followed"
        return _not_this_kind(Diagnosis.REDIRECTED, connection, found)
    if status >= 500:
        message = f"{host} has a fault of its own (HTTP {status})."
        return _failed(Diagnosis.SERVER_FAULT, message, "Look at that server's log, then check again.")
    return _not_this_kind(Diagnosis.WRONG_KIND, connection, answer.found)


def explain_failure(error: httpx2.HTTPError | httpx2.InvalidURL, connection: ProviderConnection) -> CheckOutcome:
    """Say why no answer came."""
    if isinstance(error, httpx2.InvalidURL):
        return _failed(Diagnosis.UNREACHABLE, "The address cannot be called.", "Edit it.")
    outbound = find_outbound_error(error)
    if outbound is None:
        message = f"The connection to {host_of(connection.base_url)} broke off."
        return _failed(Diagnosis.UNREADABLE, message, "Check again; if it stays so, look at that server.")
    diagnosis = _DIAGNOSES.get(type(outbound), Diagnosis.UNREADABLE)
    return _failed(diagnosis, outbound.sentence, _hint_for(outbound, connection))


def _connected(
    diagnosis: Diagnosis, message: str, hint: str = "", *, models: Sequence[ListedModel] = ()
) -> CheckOutcome:
    return CheckOutcome(is_connected=True, diagnosis=diagnosis, message=message, hint=hint, models=tuple(models))


def _failed(diagnosis: Diagnosis, message: str, hint: str) -> CheckOutcome:
    return CheckOutcome(is_connected=False, diagnosis=diagnosis, message=message, hint=hint)


def _not_this_kind(diagnosis: Diagnosis, connection: ProviderConnection, found: str) -> CheckOutcome:
    hint = "Check the address."
    if connection.type in ("openai", "compatible") and not connection.base_url.endswith("/v1"):
        hint = f"Most such servers answer below /v1: try {connection.base_url}/v1"
    noun = connection.kind.server_noun
    return _failed(diagnosis, f"{host_of(connection.base_url)} answers, but not like {noun}: {found}.", hint)


def _hint_for(error: OutboundError, connection: ProviderConnection) -> str:
    if isinstance(error, DestinationRefused):
        return "Addresses on this machine and its network are allowed by BENCHTOP_ALLOW_PRIVATE_ADDRESSES."
    if isinstance(error, ConnectionRefused):
        is_local = any(word in connection.base_url for word in ("localhost", "127.0.0.1", "[::1]"))
        told = _CONTAINER_HINT if is_local else "Check host and port."
        return f"{connection.kind.start_hint} {told}".strip()
    if isinstance(error, NameNotResolved):
        return "Check the spelling of the host, and that this machine can reach that network."
    if isinstance(error, TlsFailed):
        return "Check that the address should begin with https:// and that its certificate is valid."
    return "Check that the server runs and is reachable from here, then check again."
