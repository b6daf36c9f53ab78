"""Google's SDK and pydantic-ai's model on it.

Importing this module loads both, which takes over a second: pages never import it.
"""

from collections.abc import Mapping

import httpx2
from google.genai.client import Client, DebugConfig
from google.genai.types import HttpOptions, HttpRetryOptions
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.profiles.google import GoogleModelProfile
from pydantic_ai.providers.google import GoogleProvider

from core.providers.transport import get_ssl_context
from core.providers.types.base import CallParts

_NO_KEY = "no-key"


class _NoWayOut(httpx2.BaseTransport):
    """The SDK wants a client that waits too; Benchtop has none, and nothing may pass by its transport."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("Benchtop sends nothing this way.")


def open_google_client(parts: CallParts) -> Client:
    """Return the SDK's client on the one transport; that transport alone retries and sets times.

    Whatever the SDK would take from the environment is said here: key, address, Vertex AI, replays. Its TLS contexts,
    which nothing uses, would each take some 20 ms to make.
    """
    verified = {"verify": get_ssl_context(), "ssl": get_ssl_context()}
    options = HttpOptions(
        base_url=parts.base_url,
        httpx_async_client=parts.http,
        httpx_client=httpx2.Client(transport=_NoWayOut(), trust_env=False),
        client_args=verified,
        async_client_args=verified,
        retry_options=HttpRetryOptions(attempts=1),
    )
    return Client(
        vertexai=False,
        api_key=parts.api_key.get_secret_value() if parts.api_key else _NO_KEY,
        http_options=options,
        debug_config=DebugConfig(client_mode=None, replays_directory=None, replay_id=None),
    )


def build_google_model(client: Client, *, model_name: str, settings: Mapping[str, str | bool | None]) -> Model:
    """Return the model to ask; `settings` go over what pydantic-ai knows of it."""
    profile = GoogleModelProfile(**settings)  # type: ignore[typeddict-item]  # its keys, chosen by the type
    return GoogleModel(model_name, provider=GoogleProvider(client=client), profile=profile)
