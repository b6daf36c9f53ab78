"""Anthropic's SDK and pydantic-ai's model on it.

Importing this module loads both, which takes over a second: pages never import it.
"""

from collections.abc import Mapping

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.profiles.anthropic import AnthropicModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider

from core.providers.types.base import CallParts

_NO_KEY = "no-key"


def open_anthropic_client(parts: CallParts) -> AsyncAnthropic:
    """Return the SDK's client on the one transport; that transport alone retries and sets times."""
    client = AsyncAnthropic(
        base_url=parts.base_url,
        # Never None, or the environment and files of the machine would be asked for a key.
        api_key=parts.api_key.get_secret_value() if parts.api_key else _NO_KEY,
        webhook_key="",
        http_client=parts.http,
        timeout=httpx2.Timeout(None),
        max_retries=0,
        open_telemetry=False,
    )
    # ANTHROPIC_CUSTOM_HEADERS is no setting of Benchtop, and the SDK has no argument that turns it off.
    client._custom_headers = {}
    return client


def build_anthropic_model(
    client: AsyncAnthropic, *, model_name: str, settings: Mapping[str, str | bool | None]
) -> Model:
    """Return the model to ask; `settings` go over what pydantic-ai knows of it."""
    profile = AnthropicModelProfile(**settings)  # type: ignore[typeddict-item]  # its keys, chosen by the type
    return AnthropicModel(model_name, provider=AnthropicProvider(anthropic_client=client), profile=profile)
