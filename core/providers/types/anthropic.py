"""Anthropic: Claude, through its Messages API."""

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import SecretStr

from core.providers.copied_code import CopiedCode, write_profile
from core.providers.dialects import MaxTokensField, OutputMode, SchemaSupport, ServerDialect, Support
from core.providers.discovery.entries import read_date
from core.providers.listings import ListedModel
from core.providers.model_lists import MAX_MODELS, read_count, read_entries, read_name
from core.providers.types.base import Caller, CallParts, Extra, KeyUse, ProviderType, SdkClient, require_extra

if TYPE_CHECKING:
    from pydantic_ai.models import Model

# As the SDK has them in a run: a check by another version, or with the key in another header, would prove nothing.
_VERSION = "2026-10-21"
_PAGE_SIZE = 1_000
_MAX_PAGES = 10
_INPUTS = {"image_input": "image", "pdf_input": "pdf"}


class AnthropicType(ProviderType):
    """Has the answer given as the arguments of a tool.

    Every Claude takes a schema there as it is. As the format of an answer, only newer models take one, and without
    the keywords that Anthropic does not follow: an object of unknown keys would always come back empty.
    """

    name = "anthropic"
    label = "Anthropic"
    position = 60
    note = "Claude, paid by the token with a key of yours from Anthropic's console."
    server_noun = "Anthropic's API"
    default_base_url = "https://api.anthropic.com"
    address_help = "Leave blank for Anthropic itself."
    key = KeyUse.REQUIRED
    extra = Extra("anthropic", ("anthropic",))
    has_public_prices = True
    counts_schema = True
    speaks_openai = False

    def clean_address(self, address: str) -> str:
        return address.removesuffix("/messages").removesuffix("/v1").rstrip("/")

    def list_headers(self, key: SecretStr | None) -> dict[str, str]:
        return {"anthropic-version": _VERSION, **super().list_headers(key)}

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            output_mode=OutputMode.TOOL,
            json_schema=SchemaSupport.UNKNOWN,
            json_object=Support.NO,
            tools=Support.YES,
            tool_choice=Support.YES,
            streaming=Support.YES,
            usage=Support.YES,
            max_tokens_field=MaxTokensField.MAX_TOKENS,
            system_messages=Support.YES,
            seed=Support.NO,
        )

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        return CopiedCode(
            imports=(
                "from pydantic_ai.models.anthropic import AnthropicModel",
                "from pydantic_ai.profiles.anthropic import AnthropicModelProfile",
                "from pydantic_ai.providers.anthropic import AnthropicProvider",
            ),
            provider="AnthropicProvider(base_url=BASE_URL, api_key=API_KEY)",
            model="AnthropicModel(MODEL_NAME, provider=provider, profile=PROFILE)",
            profile=write_profile("AnthropicModelProfile", _list_settings(dialect)),
            base_url=base_url,
            key_variable="ANTHROPIC_API_KEY",
            extra="anthropic",
        )

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        found: list[ListedModel] = []
        query: dict[str, str] = {"limit": str(_PAGE_SIZE)}
        for _ in range(_MAX_PAGES):
            answer = await caller.get_json(f"{caller.parts.base_url}/v1/models?{urlencode(query)}")
            found += [_read_model(entry) for entry in read_entries(answer, collection="data")]
            last = read_name(answer, "last_id")
            if answer.get("has_more") is not True or not last or last == query.get("after_id"):
                break
            if len(found) >= MAX_MODELS:
                break
            query["after_id"] = last
        return found[:MAX_MODELS]

    def load(self) -> None:
        require_extra(self)
        importlib.import_module("core.providers.anthropic_models")

    def open_client(self, parts: CallParts) -> SdkClient:
        require_extra(self)
        from core.providers.anthropic_models import open_anthropic_client

        return open_anthropic_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.anthropic_models import build_anthropic_model

        return build_anthropic_model(client, model_name=model_name, settings=_list_settings(dialect))


def _list_settings(dialect: ServerDialect) -> dict[str, str | bool | None]:
    """Return what the profile of a model says, beside what pydantic-ai knows of it."""
    settings: dict[str, str | bool | None] = {"default_structured_output_mode": dialect.output_mode.value}
    if dialect.output_mode is OutputMode.NATIVE:
        settings["supports_json_schema_output"] = True
    if dialect.tool_choice is Support.NO:
        settings["supports_forced_tool_choice"] = False
    return settings


def _read_model(entry: Mapping[str, Any]) -> ListedModel:  # Any: JSON of a stranger
    told = entry.get("capabilities")
    can = told if isinstance(told, dict) else {}
    inputs = [word for name, word in _INPUTS.items() if isinstance(can.get(name), dict) and can[name].get("supported")]
    return ListedModel(
        name=read_name(entry, "id"),
        context_tokens=read_count(entry.get("max_input_tokens")),
        modalities=("text", *inputs) if can else (),
        retires_on=read_date(entry.get("retires_at")),
    )


TYPE = AnthropicType()
