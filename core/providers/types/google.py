"""Google: Gemini, through its own API."""

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import SecretStr

from core.providers.answers import BadAnswer
from core.providers.copied_code import CopiedCode, write_profile
from core.providers.dialects import MaxTokensField, OutputMode, SchemaSupport, ServerDialect, Support
from core.providers.listings import ListedModel
from core.providers.model_lists import MAX_MODELS, read_count, read_entries, read_name, read_words
from core.providers.types.base import Caller, CallParts, Extra, KeyUse, ProviderType, SdkClient, require_extra

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_PAGE_SIZE = 1_000
_MAX_PAGES = 10
_ANSWERING = "generateContent"
_PREFIX = "models/"


class GoogleType(ProviderType):
    """Has the answer given in a format, which Gemini holds itself to."""

    name = "google"
    label = "Google Gemini"
    position = 70
    note = "Gemini, with a key of yours from Google AI Studio."
    server_noun = "Google's Gemini API"
    default_base_url = "https://generativelanguage.googleapis.com"
    address_help = "Leave blank for Google itself."
    key = KeyUse.REQUIRED
    extra = Extra("google", ("google.genai",))
    # No public prices: they hold for the vendor's host, where OpenAI's dialect is answered too, and there the tokens
    # of thinking may be missing from the output.
    counts_schema = True
    speaks_openai = False

    def clean_address(self, address: str) -> str:
        return address.removesuffix("/models").removesuffix("/v1beta").rstrip("/")

    def list_headers(self, key: SecretStr | None) -> dict[str, str]:
        return {"x-goog-api-key": key.get_secret_value()} if key else {}

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            json_schema=SchemaSupport.ENFORCED,
            json_object=Support.YES,
            tools=Support.YES,
            tool_choice=Support.YES,
            streaming=Support.YES,
            usage=Support.YES,
            max_tokens_field=MaxTokensField.MAX_TOKENS,
            system_messages=Support.YES,
            seed=Support.YES,
        )

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        return CopiedCode(
            imports=(
                "from pydantic_ai.models.google import GoogleModel",
                "from pydantic_ai.profiles.google import GoogleModelProfile",
                "from pydantic_ai.providers.google import GoogleProvider",
            ),
            provider="GoogleProvider(base_url=BASE_URL, api_key=API_KEY)",
            model="GoogleModel(MODEL_NAME, provider=provider, profile=PROFILE)",
            profile=write_profile("GoogleModelProfile", _list_settings(dialect)),
            base_url=base_url,
            key_variable="GOOGLE_API_KEY",
            extra="google",
        )

    def list_spellings(self, model_name: str) -> tuple[str, ...]:
        bare = model_name.removeprefix(_PREFIX)
        return (bare,) if bare == model_name else (bare, model_name)

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        found: list[ListedModel] = []
        query: dict[str, str] = {"pageSize": str(_PAGE_SIZE)}
        for _ in range(_MAX_PAGES):
            answer = await self._get_page(caller, query)
            # A list without models comes as {}.
            entries = read_entries(answer, collection="models") if answer != {} else []
            found += [_read_model(entry) for entry in entries if _answers(entry)]
            following = read_name(answer, "nextPageToken")
            if not following or following == query.get("pageToken") or len(found) >= MAX_MODELS:
                break
            query["pageToken"] = following
        return found[:MAX_MODELS]

    async def _get_page(self, caller: Caller, query: Mapping[str, str]) -> Any:  # Any: JSON of a stranger
        try:
            return await caller.get_json(f"{caller.parts.base_url}/v1beta/models?{urlencode(query)}")
        except BadAnswer as answer:
            if answer.status == 400 and "API_KEY_INVALID" in answer.body:
                # Google's 400 for a key that it does not know is what others say by 401.
                raise BadAnswer(answer.found, status=401, headers=answer.headers, body=answer.body) from None
            raise

    def load(self) -> None:
        require_extra(self)
        importlib.import_module("core.providers.google_models")

    def open_client(self, parts: CallParts) -> SdkClient:
        require_extra(self)
        from core.providers.google_models import open_google_client

        return open_google_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.google_models import build_google_model

        bare = model_name.removeprefix(_PREFIX)
        return build_google_model(client, model_name=bare, settings=_list_settings(dialect))


def _list_settings(dialect: ServerDialect) -> dict[str, str | bool | None]:
    """Return what the profile of a model says, beside what pydantic-ai knows of it."""
    settings: dict[str, str | bool | None] = {"default_structured_output_mode": dialect.output_mode.value}
    if dialect.output_mode is OutputMode.NATIVE:
        settings["supports_json_schema_output"] = True
    if dialect.json_object is Support.NO:
        settings["supports_json_object_output"] = False
    if dialect.tool_choice is Support.NO:
        settings["supports_forced_tool_choice"] = False
    return settings


def _answers(entry: Mapping[str, Any]) -> bool:  # Any: JSON of a stranger
    """Say whether it answers prompts, unlike one that makes vectors or pictures; yes where nothing is told."""
    does = read_words(entry.get("supportedGenerationMethods"))
    return not does or _ANSWERING in does


def _read_model(entry: Mapping[str, Any]) -> ListedModel:  # Any: JSON of a stranger
    return ListedModel(
        name=read_name(entry, "name").removeprefix(_PREFIX), context_tokens=read_count(entry.get("inputTokenLimit"))
    )


TYPE = GoogleType()
