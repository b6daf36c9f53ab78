"""Client and model for Azure OpenAI. Importing it loads pydantic-ai and OpenAI's SDK: pages never do."""

from typing import cast

import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.azure import AzureProvider

from core.providers.dialects import MaxTokensField, ServerDialect, Support
from core.providers.openai_models import DialectChatModel, forget_environment
from core.providers.types.azure import find_v1_url
from core.providers.types.base import CallParts

_NO_KEY = "no-key"


def open_azure_client(parts: CallParts) -> AsyncOpenAI:
    """Return the SDK's client on the one transport; that transport alone retries."""
    key = parts.api_key.get_secret_value() if parts.api_key else _NO_KEY
    version = parts.options.get("api_version", "")
    client: AsyncOpenAI
    if version:
        client = AsyncAzureOpenAI(
            azure_endpoint=parts.base_url, api_version=version, api_key=key, http_client=parts.http, max_retries=0
        )
    else:
        client = _V1Client(base_url=find_v1_url(parts.base_url), api_key=key, http_client=parts.http, max_retries=0)
    forget_environment(client)
    return client


def build_azure_model(client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask, under the name of its deployment."""
    # For the v1 API it makes a plain client itself, though it says that it takes none.
    provider = AzureProvider(openai_client=cast(AsyncAzureOpenAI, client))
    profile = OpenAIModelProfile(
        default_structured_output_mode=dialect.output_mode.value,
        openai_chat_supports_max_completion_tokens=dialect.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS,
    )
    if dialect.tool_choice is Support.NO:
        profile["supports_forced_tool_choice"] = False
    return DialectChatModel(model_name, provider=provider, profile=profile, dialect=dialect)


class _V1Client(AsyncOpenAI):
    """The SDK's class for Azure names a version with every call, which the v1 API refuses; its other sends a bearer."""

    async def _prepare_request(self, request: httpx2.Request) -> None:
        await super()._prepare_request(request)
        request.headers.pop("Authorization", None)
        request.headers["api-key"] = self.api_key
