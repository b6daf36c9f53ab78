"""Checks a provider over the network and says what was found in a sentence, with the next step."""

import time
from collections.abc import Callable, Sequence

import httpx2

from core.encryption import Keyring
from core.errors import DashboardError, SecretError
from core.providers.answers import BadAnswer
from core.providers.builtin import BuiltinModelServer, availability
from core.providers.checking.calling import HttpCaller
from core.providers.checking.explaining import explain_answer, explain_failure, explain_models
from core.providers.clients import build_provider_client
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.listings import ListedModel
from core.providers.model_lists import is_usable_name
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy
from core.providers.types.base import CallParts
from core.providers.types.builtin import TYPE as BUILTIN


class ProviderChecker:
    """Finds out whether a provider answers, and which models it serves."""

    def __init__(
        self, *, find_keyring: Callable[[], Keyring], policy: OutboundPolicy, builtin: BuiltinModelServer
    ) -> None:
        self._find_keyring = find_keyring
        self._policy = policy
        self._builtin = builtin

    async def check(self, connection: ProviderConnection, *, used_models: Sequence[str] = ()) -> CheckOutcome:
        """Return what was found; a fault is a finding too, never an exception.

        `used_models` are the names that agents use, which the server should list.
        """
        started = time.perf_counter()
        try:
            if not connection.kind.has_address:
                outcome = await self._check_builtin()
            else:
                outcome = await self._check_server(connection, used_models)
        except BadAnswer as answer:
            return explain_answer(answer, connection)
        except SecretError as error:
            return CheckOutcome(
                is_connected=False, diagnosis=Diagnosis.KEY_LOCKED, message=error.message, hint=error.hint
            )
        except DashboardError as error:
            return CheckOutcome(
                is_connected=False, diagnosis=Diagnosis.INTERNAL, message=error.message, hint=error.hint
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return explain_failure(error, connection)
        latency_ms = (time.perf_counter() - started) * 1000
        return outcome.model_copy(update={"latency_ms": latency_ms}) if outcome.is_connected else outcome

    async def _check_builtin(self) -> CheckOutcome:
        found = availability()
        if not found.is_available:
            return CheckOutcome(
                is_connected=False, diagnosis=Diagnosis.EXTRA_MISSING, message=found.message, hint=found.hint
            )
        await self._builtin.endpoint()
        return CheckOutcome(
            is_connected=True,
            diagnosis=Diagnosis.CONNECTED,
            message="Ready. It is small and often wrong: it shows that everything works, never that an agent is good.",
            models=BUILTIN.models,
        )

    async def _check_server(self, connection: ProviderConnection, used_models: Sequence[str]) -> CheckOutcome:
        secrets = connection.open_secrets(self._find_keyring())
        async with build_provider_client(connection, secrets, policy=self._policy, retry=NO_RETRIES) as client:
            parts = CallParts(
                base_url=connection.base_url,
                http=client,
                api_key=secrets.api_key,
                options=connection.options,
                secrets=secrets.fields,
            )
            listed = await connection.kind.list_models(HttpCaller(connection.kind, parts))
        return explain_models(_clean(listed), listed_count=len(listed), connection=connection)


def _clean(listed: Sequence[ListedModel]) -> tuple[ListedModel, ...]:
    """Return the models whose name can be used, each once, by name."""
    usable = {model.name: model for model in listed if model.name and is_usable_name(model.name)}
    return tuple(usable[name] for name in sorted(usable))
