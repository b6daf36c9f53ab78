"""Ollama: listed through its own API, asked through its OpenAI-compatible one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.listings import ListedModel
from core.providers.model_lists import read_count, read_entries, read_name
from core.providers.types.base import Caller, CallParts, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model


class OllamaType(ProviderType):
    """Enforces schemas natively, reads `max_tokens`, and sets a temperature of 1 unless one is sent."""

    name = "ollama"
    label = "Ollama"
    position = 20
    note = "Models on this machine or in your network, served by Ollama. Usually without a key."
    server_noun = "an Ollama server"
    default_base_url = "http://localhost:11434"
    address_help = "Where Ollama answers. Leave blank for the usual address on this machine."
    no_models_hint = "Load one on that machine, for example: ollama pull qwen3"
    start_hint = "Start it with: ollama serve."
    drops_silently = True

    def clean_address(self, address: str) -> str:
        return address.removesuffix("/v1").removesuffix("/api").rstrip("/")

    def find_chat_url(self, base_url: str) -> str:
        return base_url + "/v1"

    def find_lint_dialect(self, base_url: str) -> str | None:
        return "ollama"

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            json_schema=SchemaSupport.ENFORCED,
            json_object=Support.YES,
            tool_choice=Support.NO,
            streaming=Support.YES,
            usage=Support.YES,
            max_tokens_field=MaxTokensField.MAX_TOKENS,
            system_messages=Support.YES,
            seed=Support.YES,
            sends_temperature=True,
        )

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        answer = await caller.get_json(caller.parts.base_url + "/api/tags")
        return [_read_model(entry) for entry in read_entries(answer, collection="models")]

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.openai_models import open_openai_client

        return open_openai_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.openai_models import build_compatible_model

        return build_compatible_model(client, model_name=model_name, dialect=dialect)


def _read_model(entry: Mapping[str, Any]) -> ListedModel:  # Any: JSON of a stranger
    details = entry.get("details")
    told = details if isinstance(details, dict) else {}
    return ListedModel(
        name=read_name(entry, "name", "model"),
        size_bytes=read_count(entry.get("size")),
        parameter_size=read_name(told, "parameter_size")[:20],
        quantization=read_name(told, "quantization_level")[:20],
    )


TYPE = OllamaType()
