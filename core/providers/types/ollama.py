"""Ollama: listed through its own API, asked through its OpenAI-compatible one."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.providers.answers import BadAnswer
from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.discovery.addresses import find_origin, list_parents
from core.providers.discovery.entries import merge_details
from core.providers.listings import ListedModel
from core.providers.model_lists import read_count, read_entries, read_name, read_words
from core.providers.outbound_errors import OutboundError
from core.providers.types.base import Caller, CallParts, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model


_SHOWN_MODELS = 20
"""How many models are asked about beside those that agents use."""
_SHOWN_AT_ONCE = 4
_KEPT_LOADED = "10m"
_PARENTS = 5


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
    lists_all = True
    load_command = "ollama pull {model}"
    can_warm_up = True

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

    async def describe_models(
        self, caller: Caller, listed: Sequence[ListedModel], *, used: Collection[str]
    ) -> Sequence[ListedModel]:
        answer = await caller.get_json(caller.parts.base_url + "/api/ps")
        loaded = {_read_model(entry).name: _read_window(entry) for entry in read_entries(answer, collection="models")}
        marked = [model.model_copy(update={"is_loaded": model.name in loaded}) for model in listed]
        others = [model for model in marked if model.name not in used]
        chosen = [model for model in marked if model.name in used] + others[:_SHOWN_MODELS]
        places = asyncio.Semaphore(_SHOWN_AT_ONCE)
        shown = await asyncio.gather(*(_show(caller, model.name, places) for model in chosen))
        told = {model.name: model for model in shown if model is not None}
        # What a loaded model can read now goes before what it could read.
        windows = {name: ListedModel(name=name, context_tokens=window) for name, window in loaded.items()}
        return merge_details(merge_details(marked, told), windows)

    def list_spellings(self, model_name: str) -> tuple[str, ...]:
        is_tagged = ":" in model_name.rpartition("/")[2]
        return (model_name,) if is_tagged else (f"{model_name}:latest", model_name)

    def list_address_candidates(self, base_url: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((find_origin(base_url), *list_parents(base_url)[-_PARENTS:])))

    async def warm_up(self, caller: Caller, model_name: str) -> None:
        wish = {"model": model_name, "keep_alive": _KEPT_LOADED}
        await caller.post_json(caller.parts.base_url + "/api/generate", wish | {"stream": False})

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


def _read_window(entry: Mapping[str, Any]) -> int | None:  # Any: JSON of a stranger
    return read_count(entry.get("context_length"))


async def _show(caller: Caller, name: str, places: asyncio.Semaphore) -> ListedModel | None:
    """Return what the server tells about one model; None when it does not."""
    async with places:
        try:
            answer = await caller.post_json(caller.parts.base_url + "/api/show", {"model": name})
        except (BadAnswer, OutboundError):
            return None
    told = answer if isinstance(answer, dict) else {}
    figures = told.get("model_info")
    lengths = figures.items() if isinstance(figures, dict) else ()
    longest = next((read_count(value) for key, value in lengths if str(key).endswith(".context_length")), None)
    return ListedModel(name=name, context_tokens=longest, modalities=read_words(told.get("capabilities")))


TYPE = OllamaType()
