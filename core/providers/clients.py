"""The HTTP client of one provider: its own times and headers, on the one transport."""

import httpx2

from core.providers.connections import OpenedSecrets, ProviderConnection
from core.providers.retrying import RetryPolicy
from core.providers.transport import OutboundPolicy, build_client


def build_provider_client(
    connection: ProviderConnection,
    secrets: OpenedSecrets,
    *,
    policy: OutboundPolicy,
    retry: RetryPolicy | None = None,
) -> httpx2.AsyncClient:
    """Return a client for calls of this provider; close it on the loop that used it."""
    return build_client(policy=fit_policy(policy, connection), retry=retry, headers=secrets.plain_headers)


def fit_policy(policy: OutboundPolicy, connection: ProviderConnection) -> OutboundPolicy:
    """Return the policy for calls of this provider. The built-in model is on this machine, whatever is allowed."""
    changes: dict[str, object] = {}
    if not connection.kind.has_address:
        changes["allow_private"] = True
    if connection.request_timeout_seconds is not None:
        changes["deadline_seconds"] = connection.request_timeout_seconds
    if connection.connect_timeout_seconds is not None:
        changes["connect_timeout_seconds"] = connection.connect_timeout_seconds
    return policy.model_copy(update=changes) if changes else policy
