"""Opens the way to ask one model of a provider, guarded as every call is."""

import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType

from core.background import BackgroundLoop
from core.encryption import Keyring
from core.providers.builtin import BuiltinModelServer
from core.providers.clients import build_provider_client
from core.providers.connections import OpenedSecrets, ProviderConnection
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.probing.asking import Asker
from core.providers.retrying import RetryPolicy
from core.providers.transport import OutboundPolicy
from core.providers.types.base import CallParts, ProviderType

# A server that asks to wait is obeyed once. Any other answer is what the probe wants to know.
_RETRY = RetryPolicy(max_attempts=2, statuses=frozenset({429}))


@dataclass(frozen=True, slots=True)
class Opener:
    """What every way to a model is opened with."""

    background: BackgroundLoop
    find_keyring: Callable[[], Keyring]
    policy: OutboundPolicy
    builtin: BuiltinModelServer
    limiter: ProviderLimiter | None = None

    @asynccontextmanager
    async def open(self, connection: ProviderConnection, model_name: str) -> AsyncIterator[Asker]:
        """Yield what asks the model; its client is closed at the end.

        Raises: SecretError: the key cannot be opened. BuiltinModelError. MissingPackageError.
        """
        kind = connection.kind
        if kind.has_address:
            base_url, secrets = kind.find_chat_url(connection.base_url), connection.open_secrets(self.find_keyring())
        else:
            endpoint = await self.builtin.endpoint()
            base_url, secrets = endpoint.base_url, OpenedSecrets(api_key=endpoint.api_key)
        if self.limiter is not None:
            self.limiter.note_limits(connection.provider_id, connection.limits)
        askers = await self.background.blocking(partial(_load_askers, kind))
        async with build_provider_client(
            connection, secrets, policy=self.policy, retry=_RETRY, limiter=self.limiter
        ) as http:
            parts = CallParts(
                base_url=base_url,
                http=http,
                api_key=secrets.api_key,
                options=connection.options,
                secrets=secrets.fields,
            )
            asker: Asker = askers.build_asker(connection, model_name, parts)
            yield asker


def _load_askers(kind: ProviderType) -> ModuleType:
    # By name and beside the loop, which must not stand still: pydantic-ai and a vendor's SDK take seconds to import.
    kind.load()
    return importlib.import_module("core.providers.probing.askers")
