"""The HTTP client of one provider: its own times and headers, on the one transport."""

from functools import partial

import httpx2

from core.providers.connections import OpenedSecrets, ProviderConnection
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.limiting.transport import LimitingTransport
from core.providers.retrying import RetryPolicy
from core.providers.transport import OutboundPolicy, build_client

_THIS_MACHINE = "127.0.0.0/8"


def build_provider_client(
    connection: ProviderConnection,
    secrets: OpenedSecrets,
    *,
    policy: OutboundPolicy,
    retry: RetryPolicy | None = None,
    limiter: ProviderLimiter | None = None,
    is_check: bool = False,
) -> httpx2.AsyncClient:
    """Return a client for calls of this provider; close it on the loop that used it.

    With a `limiter` its calls wait for the provider's limits, as the limiter knows them at the time of each, and the
    use of its key is noted. A check neither waits nor counts: nothing may keep it from saying that a server is down.
    """
    limit = None
    if limiter is not None:
        has_secrets = connection.has_secrets
        limit = partial(
            LimitingTransport,
            limiter=limiter,
            provider_id=connection.provider_id,
            has_secrets=has_secrets,
            is_exempt=is_check,
        )
    headers = secrets.plain_headers
    return build_client(policy=fit_policy(policy, connection), retry=retry, headers=headers, limit=limit)


def fit_policy(policy: OutboundPolicy, connection: ProviderConnection) -> OutboundPolicy:
    """Return the policy for calls of this provider, which go to its own server and to no other.

    The built-in model is on this machine, whatever is allowed.
    """
    changes: dict[str, object] = {}
    if connection.kind.has_address:
        changes["origins"] = connection.kind.list_origins(connection.base_url)
    else:
        changes["allowed"] = (_THIS_MACHINE,)
    if connection.request_timeout_seconds is not None:
        changes["deadline_seconds"] = connection.request_timeout_seconds
    if connection.connect_timeout_seconds is not None:
        changes["connect_timeout_seconds"] = connection.connect_timeout_seconds
    return policy.model_copy(update=changes)
