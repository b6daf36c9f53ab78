"""Checks a provider over the network and says what was found in a sentence, with the next step."""

import json
import time
from collections.abc import Callable

import httpx2
from pydantic import SecretStr

from core.encryption import Keyring
from core.errors import DashboardError
from core.providers.base_urls import host_of
from core.providers.builtin import MODEL_NAME, BuiltinModelServer, availability
from core.providers.connections import ProviderConnection
from core.providers.outbound_errors import (
    ConnectionRefused,
    DestinationRefused,
    NameNotResolved,
    OutboundError,
    TlsFailed,
    find_outbound_error,
)
from core.providers.records import CheckOutcome, ProviderType
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy, build_client

MAX_MODEL_NAME_CHARACTERS = 300
_MAX_MODELS = 2000
_CONTAINER_HINT = (
    "If Benchtop runs in a container, localhost means the container itself: use the host's name there, "
    "for example host.docker.internal."
)


class ProviderChecker:
    """Finds out whether a provider answers, and which models it serves."""

    def __init__(
        self, *, find_keyring: Callable[[], Keyring], policy: OutboundPolicy, builtin: BuiltinModelServer
    ) -> None:
        self._find_keyring = find_keyring
        self._policy = policy
        self._builtin = builtin

    async def check(self, connection: ProviderConnection) -> CheckOutcome:
        """Return what was found; a fault is a finding too, never an exception."""
        started = time.perf_counter()
        try:
            if connection.type is ProviderType.BUILTIN:
                outcome = await self._check_builtin()
            else:
                key = connection.open_key(self._find_keyring()) if connection.sealed_key else None
                outcome = await self._check_server(connection, key)
        except DashboardError as error:
            return CheckOutcome(is_connected=False, message=error.message, hint=error.hint)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return _explain_failure(error, connection)
        latency_ms = (time.perf_counter() - started) * 1000
        return outcome.model_copy(update={"latency_ms": latency_ms}) if outcome.is_connected else outcome

    async def _check_builtin(self) -> CheckOutcome:
        found = availability()
        if not found.is_available:
            return CheckOutcome(is_connected=False, message=found.message, hint=found.hint)
        await self._builtin.endpoint()
        return CheckOutcome(
            is_connected=True,
            message="Ready. It is small and often wrong: it shows that everything works, never that an agent is good.",
            model_names=(MODEL_NAME,),
        )

    async def _check_server(self, connection: ProviderConnection, key: SecretStr | None) -> CheckOutcome:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        path = "/api/tags" if connection.type is ProviderType.OLLAMA else "/models"
        async with build_client(policy=self._policy, retry=NO_RETRIES, headers=headers) as client:
            response = await client.get(connection.base_url + path)
        if response.status_code != 200:
            return _explain_status(response, connection)
        return _read_models(response, connection)


def _read_models(response: httpx2.Response, connection: ProviderConnection) -> CheckOutcome:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return _not_this_kind(connection, "it answered with something that is not JSON")
    collection, label = ("models", "name") if connection.type is ProviderType.OLLAMA else ("data", "id")
    entries = answer.get(collection) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        return _not_this_kind(connection, f"its answer holds no list of {collection}")
    found = [entry.get(label) for entry in entries[:_MAX_MODELS] if isinstance(entry, dict)]
    listed = {name for name in found if isinstance(name, str) and name.strip()}
    names = tuple(sorted(name for name in listed if _is_usable(name)))
    if listed and not names:
        message = f"Connected, but none of the {len(listed):,} model names it lists can be used."
        hint = "They are too long or hold special characters. A model can still be typed by hand."
        return CheckOutcome(is_connected=True, message=message, hint=hint)
    if not names:
        hint = (
            "Load one on that machine, for example: ollama pull qwen3"
            if connection.type is ProviderType.OLLAMA
            else "Check that the key may use models there; a model can still be typed by hand."
        )
        return CheckOutcome(is_connected=True, message="Connected, but it serves no model yet.", hint=hint)
    plural = "model" if len(names) == 1 else "models"
    return CheckOutcome(is_connected=True, message=f"Connected: {len(names)} {plural}.", model_names=names)


def _is_usable(name: str) -> bool:
    """Say whether an agent could take the name: it can be stored, shown and typed."""
    return name.isprintable() and len(name) <= MAX_MODEL_NAME_CHARACTERS


def _not_this_kind(connection: ProviderConnection, found: str) -> CheckOutcome:
    kind = "an Ollama server" if connection.type is ProviderType.OLLAMA else "an OpenAI-compatible server"
    hint = "Check the address."
    if connection.type is ProviderType.OPENAI and not connection.base_url.endswith("/v1"):
        hint = f"Most such servers answer below /v1: try {connection.base_url}/v1"
    return CheckOutcome(
        is_connected=False,
        message=f"{host_of(connection.base_url)} answers, but not like {kind}: {found}.",
        hint=hint,
    )


def _explain_status(response: httpx2.Response, connection: ProviderConnection) -> CheckOutcome:
    host, status = host_of(connection.base_url), response.status_code
    if status in (401, 403):
        given = "refused the key" if connection.sealed_key else "wants a key, and none is stored"
        return CheckOutcome(
            is_connected=False,
            message=f"{host} {given} (HTTP {status}).",
            hint="Edit the provider and paste a current key.",
        )
    if status == 404:
        return _not_this_kind(connection, "it knows no such address (HTTP 404)")
    if status == 429:
        return CheckOutcome(
            is_connected=False,
            message=f"{host} is limiting requests at the moment (HTTP 429).",
            hint="Wait a minute and check again.",
        )
    if 300 <= status < 400:
        return _not_this_kind(connection, f"it redirects elsewhere (HTTP {status}), which is not followed")
    if status >= 500:
        return CheckOutcome(
            is_connected=False,
            message=f"{host} has a fault of its own (HTTP {status}).",
            hint="Look at that server's log, then check again.",
        )
    return _not_this_kind(connection, f"it refused the request (HTTP {status})")


def _explain_failure(error: httpx2.HTTPError | httpx2.InvalidURL, connection: ProviderConnection) -> CheckOutcome:
    if isinstance(error, httpx2.InvalidURL):
        return CheckOutcome(is_connected=False, message="The address cannot be called.", hint="Edit it.")
    outbound = find_outbound_error(error)
    host = host_of(connection.base_url)
    if outbound is None:
        message = f"The connection to {host} broke off."
        return CheckOutcome(
            is_connected=False, message=message, hint="Check again; if it stays so, look at that server."
        )
    return CheckOutcome(is_connected=False, message=outbound.sentence, hint=_hint_for(outbound, connection))


def _hint_for(error: OutboundError, connection: ProviderConnection) -> str:
    if isinstance(error, DestinationRefused):
        return "Addresses on this machine and its network are allowed by BENCHTOP_ALLOW_PRIVATE_ADDRESSES."
    if isinstance(error, ConnectionRefused):
        start = "Start it with: ollama serve. " if connection.type is ProviderType.OLLAMA else ""
        is_local = any(word in connection.base_url for word in ("localhost", "127.0.0.1", "[::1]"))
        return start + (_CONTAINER_HINT if is_local else "Check host and port.")
    if isinstance(error, NameNotResolved):
        return "Check the spelling of the host, and that this machine can reach that network."
    if isinstance(error, TlsFailed):
        return "Check that the address should begin with https:// and that its certificate is valid."
    return "Check that the server runs and is reachable from here, then check again."
