"""Azure OpenAI: OpenAI's models under the names of one's own deployments."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from core.providers.copied_code import CopiedCode, copy_chat, write_openai_profile
from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.discovery.entries import read_date
from core.providers.listings import ListedModel
from core.providers.model_lists import read_entries, read_name
from core.providers.types.base import Caller, CallParts, KeyUse, OptionField, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_API_ROOT = "/openai"


class AzureType(ProviderType):
    """Speaks to the v1 API, or to a dated one where a version is named; a model is asked for as its deployment."""

    name = "azure"
    label = "Azure OpenAI"
    position = 50
    note = "OpenAI's models in a resource of your own at Azure. An agent's model is the name of a deployment."
    server_noun = "an Azure OpenAI resource"
    address_help = "The endpoint of the resource, like https://NAME.openai.azure.com."
    key = KeyUse.REQUIRED
    key_label = "Resource key"
    fields = (
        OptionField(
            "api_version",
            "API version",
            placeholder="2024-10-21",
            help="Leave blank for the v1 API, which needs none.",
        ),
        OptionField(
            "deployments",
            "Deployments",
            placeholder="gpt-triage, gpt-mini",
            help="Their names, separated by commas. Azure lists its base models, not what you deployed.",
        ),
    )
    no_models_hint = "Name the deployments in the provider's form, or type one as an agent's model."
    has_public_prices = True
    counts_schema = True

    def fit_address(self, address: str, options: Mapping[str, str]) -> str:
        # Azure's portal copies whole addresses of calls, query included.
        before, found, _ = address.partition(_API_ROOT + "/")
        return before if found else address.partition("?")[0]

    def clean_address(self, address: str) -> str:
        before, found, after = address.partition(_API_ROOT)
        is_cut = bool(found) and (not after or after.startswith("/")) and bool(urlsplit(before).netloc)
        return (before if is_cut else address).rstrip("/")

    def list_headers(self, key: SecretStr | None) -> dict[str, str]:
        return {"api-key": key.get_secret_value()} if key else {}

    def find_lint_dialect(self, base_url: str) -> str | None:
        return "openai"

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            json_schema=SchemaSupport.ENFORCED,
            json_object=Support.YES,
            tools=Support.YES,
            tool_choice=Support.YES,
            streaming=Support.YES,
            usage=Support.YES,
            max_tokens_field=MaxTokensField.MAX_COMPLETION_TOKENS,
            system_messages=Support.YES,
        )

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        # Asked even where the deployments are named: the answer shows that address and key are good.
        answer = await caller.get_json(_find_models_url(caller.parts))
        listed = [_read_model(entry) for entry in read_entries(answer, collection="data") if _can_chat(entry)]
        named = list_deployments(caller.parts.options)
        if not named:
            return listed
        known = {model.name: model for model in listed}
        return [known.get(name, ListedModel(name=name)) for name in named]

    def load(self) -> None:
        importlib.import_module("core.providers.azure_models")

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.azure_models import open_azure_client

        return open_azure_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.azure_models import build_azure_model

        return build_azure_model(client, model_name=model_name, dialect=dialect)

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        version = options.get("api_version", "")
        named = ", api_version=API_VERSION" if version else ""
        code = copy_chat(
            provider=f"AzureProvider(azure_endpoint=BASE_URL{named}, api_key=API_KEY)",
            provider_import="from pydantic_ai.providers.azure import AzureProvider",
            base_url=base_url if version else find_v1_url(base_url),
            dialect=dialect,
            profile=write_openai_profile(dialect),
        )
        constants = {"API_VERSION": version} if version else {}
        return replace(code, key_variable="AZURE_OPENAI_API_KEY", constants=constants)


def find_v1_url(base_url: str) -> str:
    """Return where the API without versions is."""
    return f"{base_url}{_API_ROOT}/v1"


def list_deployments(options: Mapping[str, str]) -> list[str]:
    """Return the names of the deployments, each once."""
    names = (name.strip() for name in options.get("deployments", "").split(","))
    return list(dict.fromkeys(name for name in names if name))


def _find_models_url(parts: CallParts) -> str:
    version = parts.options.get("api_version", "")
    if not version:
        return find_v1_url(parts.base_url) + "/models"
    return f"{parts.base_url}{_API_ROOT}/models?{urlencode({'api-version': version})}"


def _can_chat(entry: Mapping[str, Any]) -> bool:  # Any: JSON of a stranger
    told = entry.get("capabilities")
    return not isinstance(told, dict) or told.get("chat_completion") is not False


def _read_model(entry: Mapping[str, Any]) -> ListedModel:  # Any: JSON of a stranger
    told = entry.get("deprecation")
    ends_at = told.get("inference") if isinstance(told, dict) else None
    return ListedModel(name=read_name(entry, "id"), retires_on=read_date(ends_at))


TYPE = AzureType()
