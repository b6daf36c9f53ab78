"""Asks a provider for JSON with its key, and tells an odd answer apart from a good one."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from core.encryption import Keyring
from core.providers.answers import BadAnswer
from core.providers.clients import build_provider_client
from core.providers.connections import ProviderConnection
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy
from core.providers.types.base import CallParts, ProviderType


class HttpCaller:
    """The `Caller` of a type, on a provider's own client."""

    def __init__(self, kind: ProviderType, parts: CallParts) -> None:
        self._kind = kind
        self._parts = parts

    @property
    def parts(self) -> CallParts:
        """What the client was made of."""
        return self._parts

    async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:  # Any: JSON of a stranger
        """Return the JSON at a URL. Raises: BadAnswer: another status than 200, or no JSON; OutboundError."""
        return _read(await self._parts.http.get(url, headers=self._join(headers)))

    async def post_json(
        self,
        url: str,
        body: Mapping[str, Any],  # Any: JSON
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # Any: JSON of a stranger
        """Post JSON and return the JSON that comes back. Raises: as `get_json`."""
        return _read(await self._parts.http.post(url, json=dict(body), headers=self._join(headers)))

    def _join(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return self._kind.list_headers(self._parts.api_key) | dict(headers or {})


@asynccontextmanager
async def open_parts(
    connection: ProviderConnection,
    *,
    find_keyring: Callable[[], Keyring],
    policy: OutboundPolicy,
    limiter: ProviderLimiter | None = None,
) -> AsyncIterator[CallParts]:
    """Lend what a provider is called with, once and without retries, no call longer than the policy lets it be.

    Its calls heed no limits; with a `limiter` the use of the key is noted. Raises: SecretError.
    """
    secrets = connection.open_secrets(find_keyring())
    bounded = connection.model_copy(update={"request_timeout_seconds": policy.deadline_seconds})
    async with build_provider_client(
        bounded, secrets, policy=policy, retry=NO_RETRIES, limiter=limiter, is_check=True
    ) as client:
        yield CallParts(
            base_url=connection.base_url,
            http=client,
            api_key=secrets.api_key,
            options=connection.options,
            secrets=secrets.fields,
            preset=connection.preset,
        )


def _read(response: httpx2.Response) -> Any:  # Any: JSON of a stranger
    if response.status_code != 200:
        found = f"it refused the request (HTTP {response.status_code})"
        raise BadAnswer(found, status=response.status_code, headers=response.headers, body=response.text)
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as error:
        found = "it answered with something that is not JSON"
        raise BadAnswer(found, headers=response.headers, body=response.text) from error
