"""Says what an answer means that is not the list of models: a sentence for a person, and the next step."""

import json
from urllib.parse import urlsplit

from core.providers.answers import BadAnswer
from core.providers.base_urls import host_of, origin_of
from core.providers.checking.foreign_words import looks_like_page, quote_foreign
from core.providers.checking.outcomes import failed
from core.providers.checking.recognising import NOTHING_SEEN, Sighting, find_proxy
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.transport import NOT_FOLLOWED_HEADER
from core.providers.types import find_type

_HTTPS_WANTED = ("http request to an https server", "http request was sent to https port", "requires tls")
_KEY_REFUSALS = ("api_key_invalid", "api key not valid", "invalid api key", "incorrect api key", "invalid_api_key")
_LOADING_WORDS = ("loading model", "currently loading", "is loading", "model_loading")
_NEVER_EXPLORED = frozenset({401, 403, 407, 408, 425, 429, 511})
_GATEWAY_STATUSES = {502: "got no proper answer", 504: "got no answer in time", 503: "has nobody to pass it to"}


def is_worth_exploring(answer: BadAnswer) -> bool:
    """Say whether looking around may tell more: the server answers, but not like the type."""
    is_final = answer.status in _NEVER_EXPLORED or 300 <= answer.status < 400 or answer.status >= 500
    return not (is_final or find_proxy(answer) or _wants_https(answer) or _refuses_key(answer))


def explain_answer(answer: BadAnswer, connection: ProviderConnection, *, seen: Sighting = NOTHING_SEEN) -> CheckOutcome:
    """Say what an answer means that is not the list of models. `seen`: what looking around told, if it was done."""
    host, status = host_of(connection.base_url), answer.status
    proxy = find_proxy(answer)
    if proxy:
        return _explain_proxy(proxy, answer, host)
    if _wants_https(answer):
        return explain_wrong_scheme(connection.base_url)
    if _refuses_key(answer):
        return _explain_key(connection, answer)
    if status == 429:
        message = f"{host} is limiting requests at the moment (HTTP 429)."
        hint = "Wait a minute and test again; if it stays so, look at the limits or the credit of the account."
        return failed(Diagnosis.RATE_LIMITED, message, hint)
    if 300 <= status < 400:
        return _explain_redirect(answer, connection)
    if status >= 500:
        return _explain_fault(answer, connection)
    return _explain_stranger(answer, connection, seen)


def explain_wrong_scheme(base_url: str) -> CheckOutcome:
    """Say that http was spoken to a server that wants https, or the other way round."""
    spoken = urlsplit(base_url).scheme
    wanted = "http" if spoken == "https" else "https"
    message = f"{host_of(base_url)} speaks {wanted}, but the address begins with {spoken}://."
    hint = f"Edit the provider and write the address with {wanted}://."
    if wanted == "http":
        hint += " Then nothing on the way is encrypted: only do so within a network you trust."
    return failed(Diagnosis.TLS_FAULT, message, hint)


def _wants_https(answer: BadAnswer) -> bool:
    body = answer.body.lower()
    return answer.status in (400, 426) and any(words in body for words in _HTTPS_WANTED)


def _refuses_key(answer: BadAnswer) -> bool:
    is_told = answer.status == 400 and any(words in answer.body.lower() for words in _KEY_REFUSALS)
    return answer.status in (401, 403) or is_told


def _explain_proxy(proxy: str, answer: BadAnswer, host: str) -> CheckOutcome:
    if answer.status == 407:
        message = f"Not {host} answered but {proxy} on the way to it, which wants a password (HTTP 407)."
    else:
        message = f"Not {host} answered but {proxy} on the way to it (HTTP {answer.status})."
    hint = f"Let this machine reach {host} directly, or have it allowed there. Benchtop uses no proxy."
    return failed(Diagnosis.PROXY, message, hint)


def _explain_key(connection: ProviderConnection, answer: BadAnswer) -> CheckOutcome:
    host, status = host_of(connection.base_url), answer.status
    told = _quote_error(answer)
    said = f" It says: “{told}”." if told else ""
    if not connection.has_secrets:
        message = f"{host} wants a key, and none is stored (HTTP {status}).{said}"
        return failed(Diagnosis.KEY_MISSING, message, "Edit the provider and paste a current key.")
    if status == 403:
        message = f"{host} refused the key: it may not do this (HTTP 403).{said}"
        hint = "Check what the key is allowed to do, and from which countries and networks, or paste a current key."
        return failed(Diagnosis.KEY_REFUSED, message, hint)
    message = f"{host} refused the key (HTTP {status}).{said}"
    return failed(Diagnosis.KEY_REFUSED, message, "Edit the provider and paste a current key.")


def _explain_redirect(answer: BadAnswer, connection: ProviderConnection) -> CheckOutcome:
    host = host_of(connection.base_url)
    target = answer.headers.get(NOT_FOLLOWED_HEADER, "")
    shown = quote_foreign(target.partition("?")[0], longest=120)
    message = f"{host} redirects elsewhere (HTTP {answer.status}), which is not followed."
    if not shown:
        return failed(Diagnosis.REDIRECTED, message, "Check the address: most such servers answer below /v1.")
    is_same = not urlsplit(target).netloc or _origin(target) == origin_of(connection.base_url)
    where = "the same server" if is_same else "another server"
    hint = f"It points to {where}: {shown}. If you trust that, edit the provider and give the address"
    rest = " that answers there, mostly one that ends with /v1." if connection.kind.lists_openai else " there."
    return failed(Diagnosis.REDIRECTED, message, hint + rest)


def _origin(target: str) -> str:
    try:
        return origin_of(target)
    except (ValueError, KeyError):
        return ""


def _explain_fault(answer: BadAnswer, connection: ProviderConnection) -> CheckOutcome:
    host, status, body = host_of(connection.base_url), answer.status, answer.body.lower()
    if status == 503 and any(words in body for words in _LOADING_WORDS):
        message = f"{host} is still loading its model (HTTP 503)."
        return failed(Diagnosis.MODEL_LOADING, message, "Wait until it is loaded, then test again.")
    if status in _GATEWAY_STATUSES and looks_like_page(answer.body):
        gateway = quote_foreign(answer.headers.get("server", ""), longest=30) or "A gateway"
        message = f"{gateway} in front of {host} {_GATEWAY_STATUSES[status]} from the server behind it (HTTP {status})."
        return failed(Diagnosis.SERVER_FAULT, message, "Check that the server behind it runs, then test again.")
    message = f"{host} has a fault of its own (HTTP {status})."
    return failed(Diagnosis.SERVER_FAULT, message, "Look at that server's log, then test again.")


def _explain_stranger(answer: BadAnswer, connection: ProviderConnection, seen: Sighting) -> CheckOutcome:
    host, noun = host_of(connection.base_url), connection.kind.server_noun
    found = "it knows no such address (HTTP 404)" if answer.status == 404 else answer.found
    if seen.suggested_base_url:
        path = urlsplit(connection.base_url).path or "/"
        message = f"{host} answers like {noun}, but not at the path {path}: {found}."
        hint = f"Use the address where it does: {seen.suggested_base_url}"
        return failed(Diagnosis.NOT_FOUND, message, hint, suggested_base_url=seen.suggested_base_url)
    message = f"{host} answers, but not like {noun}: {found}."
    if seen.server:
        message = f"{message} It is {seen.server}."
    diagnosis = Diagnosis.NOT_FOUND if answer.status == 404 and not seen.server else Diagnosis.WRONG_KIND
    return failed(diagnosis, message, _hint_for_stranger(connection, seen))


def _hint_for_stranger(connection: ProviderConnection, seen: Sighting) -> str:
    if seen.is_ollama:
        return f"Edit the provider and choose the type “{find_type('ollama').label}”."
    if seen.openai_base_url and not connection.kind.lists_openai:
        label = find_type("compatible").label
        return f"Edit the provider: choose the type “{label}” and the address {seen.openai_base_url}"
    if seen.server == "Open WebUI":
        return f"Its API is below /api and needs a key: try {connection.base_url}/api, or ask the server behind it."
    if seen.server == "Benchtop itself":
        return "Give the address of the server with the models, not the one of Benchtop."
    if connection.kind.lists_openai and "/v1" not in urlsplit(connection.base_url).path:
        return f"Most such servers answer below /v1: check host and port, then try {connection.base_url}/v1"
    return "Check the address: host, port and path."


def _quote_error(answer: BadAnswer) -> str:
    """Return what an error says in the usual places; blank when it is anything else."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = found.get("error", found) if isinstance(found, dict) else None
    told = error.get("message") if isinstance(error, dict) else error
    return quote_foreign(told, longest=160) if isinstance(told, str) else ""
