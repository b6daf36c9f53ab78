"""Builds pydantic-ai's models for a provider, in the dialect its servers understand."""

import httpx2
from openai import AsyncOpenAI
from pydantic import SecretStr
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from core.runs.dialects import OPENAI_HOST

_NO_KEY = "no-key"

# Servers other than OpenAI's read `max_tokens`, take the schema as it is, and some refuse a second system message.
_PLAIN_DIALECT = OpenAIModelProfile(
    default_structured_output_mode="native",
    supports_json_schema_output=True,
    openai_chat_supports_max_completion_tokens=False,
    openai_chat_supports_multiple_system_messages=False,
    openai_supports_strict_tool_definition=False,
    json_schema_transformer=None,
)
_OPENAI_DIALECT = OpenAIModelProfile(default_structured_output_mode="native")


def build_sdk_client(*, base_url: str, api_key: SecretStr | None, http_client: httpx2.AsyncClient) -> AsyncOpenAI:
    """Return the SDK's client on the one transport; that transport alone retries."""
    return AsyncOpenAI(
        base_url=base_url,
        api_key=api_key.get_secret_value() if api_key else _NO_KEY,
        http_client=http_client,
        max_retries=0,
    )


def build_language_model(sdk_client: AsyncOpenAI, *, model_name: str) -> OpenAIChatModel:
    """Return the model to ask, in OpenAI's own dialect at OpenAI and in the plain one elsewhere."""
    if sdk_client.base_url.host == OPENAI_HOST:
        return OpenAIChatModel(model_name, provider=OpenAIProvider(openai_client=sdk_client), profile=_OPENAI_DIALECT)
    provider = OpenAICompatibleProvider("compatible", openai_client=sdk_client)
    return OpenAIChatModel(model_name, provider=provider, profile=_PLAIN_DIALECT)
