"""Clients and models for servers with OpenAI's chat completions, in the dialect each understands.

Importing this module loads pydantic-ai and OpenAI's SDK, which takes over a second: pages never import it.
"""

from typing import Any, cast

from openai import AsyncOpenAI, omit
from openai.types import chat
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import Provider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from core.providers.dialects import MaxTokensField, ServerDialect, Support
from core.providers.types.base import CallParts

_NO_KEY = "no-key"


def open_openai_client(parts: CallParts) -> AsyncOpenAI:
    """Return the SDK's client on the one transport; that transport alone retries."""
    client = AsyncOpenAI(
        base_url=parts.base_url,
        api_key=parts.api_key.get_secret_value() if parts.api_key else _NO_KEY,
        webhook_secret="",
        http_client=parts.http,
        max_retries=0,
    )
    forget_environment(client)
    return client


def forget_environment(client: AsyncOpenAI) -> None:
    """Have a client send nothing that the environment says: it is meant for OpenAI itself, or for nobody here.

    OPENAI_CUSTOM_HEADERS would even replace the provider's key, and the SDK has no argument that turns it off.
    """
    client.organization = client.project = None
    client._custom_headers = {}


def build_openai_model(client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask at OpenAI itself, where pydantic-ai knows what each model takes."""
    profile = OpenAIModelProfile(
        default_structured_output_mode=dialect.output_mode.value,
        openai_chat_supports_max_completion_tokens=_takes_new_name(dialect),
    )
    if dialect.tool_choice is Support.NO:
        profile["supports_forced_tool_choice"] = False
    return DialectChatModel(model_name, provider=OpenAIProvider(openai_client=client), profile=profile, dialect=dialect)


def build_compatible_model(client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect) -> Model:
    """Return the model to ask at any other server: it gets the schema as it is, and only one system message."""
    provider = OpenAICompatibleProvider("compatible", openai_client=client)
    return DialectChatModel(model_name, provider=provider, profile=_build_profile(dialect), dialect=dialect)


def _build_profile(dialect: ServerDialect) -> OpenAIModelProfile:
    return OpenAIModelProfile(
        default_structured_output_mode=dialect.output_mode.value,
        supports_json_schema_output=True,
        supports_json_object_output=dialect.json_object is Support.YES,
        openai_chat_supports_max_completion_tokens=_takes_new_name(dialect),
        openai_chat_supports_multiple_system_messages=False,
        openai_supports_strict_tool_definition=False,
        supports_forced_tool_choice=dialect.tool_choice is not Support.NO,
        json_schema_transformer=None,
    )


def _takes_new_name(dialect: ServerDialect) -> bool:
    return dialect.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS


class DialectChatModel(OpenAIChatModel):
    """pydantic-ai's model, with what no profile of its can say: no usage asked for, no system message sent."""

    def __init__(
        self,
        model_name: str,
        *,
        provider: Provider[AsyncOpenAI],
        profile: OpenAIModelProfile,
        dialect: ServerDialect,
    ) -> None:
        super().__init__(model_name, provider=provider, profile=profile)
        self._dialect = dialect

    def _get_stream_options(self, *given: Any) -> Any:  # Any: pydantic-ai's own, passed through
        if self._dialect.usage is Support.NO:
            return omit
        return super()._get_stream_options(*given)

    async def _map_messages(self, *given: Any, **named: Any) -> Any:  # Any: pydantic-ai's own, passed through
        messages = await super()._map_messages(*given, **named)
        return join_system_messages(messages) if self._dialect.system_messages is Support.NO else messages


def join_system_messages(messages: list[chat.ChatCompletionMessageParam]) -> list[chat.ChatCompletionMessageParam]:
    """Return the messages with the system's put before the first of the user, two newlines between.

    A second message of the user before the first answer is no way out: chat templates without a system message often
    demand that user and model take turns.
    """
    told: list[str] = []
    rest: list[chat.ChatCompletionMessageParam] = []
    for message in messages:
        content = message.get("content")
        if message["role"] == "system" and isinstance(content, str):
            told.append(content)
        else:
            rest.append(message)
    if not told:
        return messages
    first = rest[0] if rest else None
    if first is not None and first["role"] == "user" and isinstance(first["content"], str):
        rest = rest[1:]
        told.append(first["content"])
    joined = {"role": "user", "content": "\n\n".join(piece for piece in told if piece)}
    return [cast(chat.ChatCompletionUserMessageParam, joined), *rest]
