"""Clients and models for servers with OpenAI's chat completions, in the dialect each understands.

Importing this module loads pydantic-ai and OpenAI's SDK, which takes over a second: pages never import it.
"""

from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from core.providers.dialects import MaxTokensField, ServerDialect, Support
from core.providers.types.base import CallParts

_NO_KEY = "no-key"


def open_openai_client(parts: CallParts) -> AsyncOpenAI:
    """Return the SDK's client on the one transport; that transport alone retries."""
    return AsyncOpenAI(
        base_url=parts.base_url,
        api_key=parts.api_key.get_secret_value() if parts.api_key else _NO_KEY,
        http_client=parts.http,
        max_retries=0,
    )


def build_openai_model(client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask at OpenAI itself, where pydantic-ai knows what each model takes."""
    profile = OpenAIModelProfile(default_structured_output_mode=dialect.output_mode.value)
    return OpenAIChatModel(model_name, provider=OpenAIProvider(openai_client=client), profile=profile)


def build_compatible_model(client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask at any other server: it gets the schema as it is, and only one system message."""
    provider = OpenAICompatibleProvider("compatible", openai_client=client)
    return OpenAIChatModel(model_name, provider=provider, profile=_build_profile(dialect))


def _build_profile(dialect: ServerDialect) -> OpenAIModelProfile:
    takes_new_name = dialect.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS
    return OpenAIModelProfile(
        default_structured_output_mode=dialect.output_mode.value,
        supports_json_schema_output=True,
        openai_chat_supports_max_completion_tokens=takes_new_name,
        openai_chat_supports_multiple_system_messages=False,
        openai_supports_strict_tool_definition=False,
        supports_forced_tool_choice=dialect.tool_choice is not Support.NO,
        openai_system_prompt_role="user" if dialect.system_messages is Support.NO else None,
        json_schema_transformer=None,
    )
