"""Any other server with OpenAI's API. The presets are the well-known ones, with where they usually are."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.discovery.addresses import find_origin, list_openai_candidates
from core.providers.discovery.entries import Entry, merge_details, read_openai_model, read_openai_models
from core.providers.listings import ListedModel
from core.providers.model_lists import read_count, read_entries, read_name
from core.providers.types.base import Caller, CallParts, KeyUse, Preset, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_LM_STUDIO_PORT = 1234
_ROUTING_WISH = re.compile(r":(nitro|floor|online|exacto)$")
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
    lists_all = True
    lists_openai = True
    presets = (
        Preset(
            "vllm",
            "vLLM",
            "http://localhost:8000/v1",
            start_hint="Start it with: vllm serve MODEL.",
            dialect=_ENFORCING,
        ),
        Preset(
            "lmstudio",
            "LM Studio",
            "http://localhost:1234/v1",
            note="Start the server in LM Studio's Developer tab.",
            start_hint="Start the server in LM Studio's Developer tab.",
            dialect=_ENFORCING.model_copy(update={"json_object": Support.NO}),
        ),
        Preset(
            "llamacpp",
            "llama.cpp",
            "http://localhost:8080/v1",
            start_hint="Start it with: llama-server -m MODEL.gguf.",
            dialect=_ENFORCING,
        ),
        Preset(
            "litellm",
            "LiteLLM",
            "http://localhost:4000/v1",
            start_hint="Start it with: litellm --config config.yaml.",
            dialect=_PLAIN,
        ),
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
        return read_openai_models(answer)

    async def describe_models(
        self, caller: Caller, listed: Sequence[ListedModel], *, used: Collection[str]
    ) -> Sequence[ListedModel]:
        base_url, preset = caller.parts.base_url, caller.parts.preset
        if preset == "lmstudio" or urlsplit(base_url).port == _LM_STUDIO_PORT:
            answer = await caller.get_json(find_origin(base_url) + "/api/v0/models")
            return merge_details(listed, {model.name: model for model in read_openai_models(answer)})
        if preset == "litellm":
            answer = await caller.get_json(find_origin(base_url) + "/model/info")
            told = [_read_litellm_model(entry) for entry in read_entries(answer, collection="data")]
            return merge_details(listed, {model.name: model for model in told})
        if preset == "llamacpp" and len(listed) == 1:
            return [_read_props(listed[0], await caller.get_json(find_origin(base_url) + "/props"))]
        return listed

    def list_spellings(self, model_name: str) -> tuple[str, ...]:
        # OpenRouter's wishes on how to route, which come after any model's name.
        return tuple(dict.fromkeys((model_name, _ROUTING_WISH.sub("", model_name))))

    def list_address_candidates(self, base_url: str) -> tuple[str, ...]:
        return list_openai_candidates(base_url)

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.openai_models import open_openai_client

        return open_openai_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.openai_models import build_compatible_model

        return build_compatible_model(client, model_name=model_name, dialect=dialect)


def _read_litellm_model(entry: Entry) -> ListedModel:
    told = entry.get("model_info")
    described = read_openai_model(told if isinstance(told, dict) else {})
    return described.model_copy(update={"name": read_name(entry, "model_name")})


def _read_props(model: ListedModel, answer: object) -> ListedModel:
    """Return llama.cpp's one model with the window it was started with, which is shorter than what it could have."""
    settings = answer.get("default_generation_settings") if isinstance(answer, dict) else None
    window = read_count(settings.get("n_ctx")) if isinstance(settings, dict) else None
    return model if window is None else model.model_copy(update={"context_tokens": window})


TYPE = CompatibleType()
