"""Any other server with OpenAI's API. The presets are the well-known ones, with where they usually are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.listings import ListedModel
from core.providers.model_lists import read_entries, read_name
from core.providers.types.base import Caller, CallParts, KeyUse, Preset, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_PLAIN = ServerDialect(
    streaming=Support.YES, usage=Support.YES, system_messages=Support.YES, max_tokens_field=MaxTokensField.MAX_TOKENS
)
_ENFORCING = _PLAIN.model_copy(update={"json_schema": SchemaSupport.ENFORCED, "json_object": Support.YES})


class CompatibleType(ProviderType):
    """Gets the schema as it is, `max_tokens` and one system message, unless a probe finds something else."""

    name = "compatible"
    label = "OpenAI-compatible server"
    position = 40
    note = "Any server with OpenAI's API: vLLM, LM Studio, llama.cpp, LiteLLM, OpenRouter and many others."
    server_noun = "an OpenAI-compatible server"
    address_help = "Up to and including /v1."
    has_public_prices = True
    counts_schema = True
    presets = (
        Preset("vllm", "vLLM", "http://localhost:8000/v1", dialect=_ENFORCING),
        Preset(
            "lmstudio",
            "LM Studio",
            "http://localhost:1234/v1",
            note="Start the server in LM Studio's Developer tab.",
            dialect=_ENFORCING.model_copy(update={"json_object": Support.NO}),
        ),
        Preset("llamacpp", "llama.cpp", "http://localhost:8080/v1", dialect=_ENFORCING),
        Preset("litellm", "LiteLLM", "http://localhost:4000/v1", dialect=_PLAIN),
        Preset("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("together", "Together", "https://api.together.xyz/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("groq", "Groq", "https://api.groq.com/openai/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("mistral", "Mistral", "https://api.mistral.ai/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("fireworks", "Fireworks", "https://api.fireworks.ai/inference/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("cerebras", "Cerebras", "https://api.cerebras.ai/v1", KeyUse.REQUIRED, dialect=_PLAIN),
        Preset("xai", "xAI", "https://api.x.ai/v1", KeyUse.REQUIRED, dialect=_PLAIN),
    )

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        answer = await caller.get_json(caller.parts.base_url + "/models")
        return [ListedModel(name=read_name(entry, "id")) for entry in read_entries(answer, collection="data")]

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.openai_models import open_openai_client

        return open_openai_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.openai_models import build_compatible_model

        return build_compatible_model(client, model_name=model_name, dialect=dialect)


TYPE = CompatibleType()
