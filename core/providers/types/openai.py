"""OpenAI itself, and what stands in front of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.providers.copied_code import CopiedCode, copy_openai
from core.providers.dialects import MaxTokensField, SchemaSupport, ServerDialect, Support
from core.providers.discovery.addresses import list_openai_candidates
from core.providers.discovery.entries import read_openai_models
from core.providers.listings import ListedModel
from core.providers.types.base import Caller, CallParts, KeyUse, OptionField, ProviderType, SdkClient

if TYPE_CHECKING:
    from pydantic_ai.models import Model

OPENAI_HOST = "api.openai.com"


def is_openai(base_url: str) -> bool:
    """Say whether this is OpenAI itself, whose dialect other servers do not all understand."""
    return urlsplit(base_url).hostname == OPENAI_HOST


class OpenAIType(ProviderType):
    """Speaks OpenAI's own dialect at OpenAI, and the plain one anywhere else."""

    name = "openai"
    label = "OpenAI"
    position = 30
    note = "OpenAI's own models, paid by the token with a key of yours."
    server_noun = "an OpenAI-compatible server"
    default_base_url = "https://api.openai.com/v1"
    address_help = "Leave blank for OpenAI itself."
    key = KeyUse.REQUIRED
    fields = (
        OptionField(
            "organization", "Organization", placeholder="org-…", help="Only for keys of several organizations."
        ),
        OptionField("project", "Project", placeholder="proj_…", help="Only where usage is split by project."),
    )
    has_public_prices = True
    counts_schema = True
    lists_all = True
    lists_openai = True

    def find_lint_dialect(self, base_url: str) -> str | None:
        return "openai" if is_openai(base_url) else None

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        if not is_openai(base_url):
            return super().find_dialect(base_url=base_url, preset=preset)
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
        named = {"OpenAI-Organization": "organization", "OpenAI-Project": "project"}
        options = caller.parts.options
        headers = {header: options[option] for header, option in named.items() if options.get(option)}
        answer = await caller.get_json(caller.parts.base_url + "/models", headers=headers)
        return read_openai_models(answer)

    def list_address_candidates(self, base_url: str) -> tuple[str, ...]:
        return list_openai_candidates(base_url)

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        if not is_openai(base_url):
            return super().copy_code(base_url=base_url, dialect=dialect, options=options, secret_names=secret_names)
        organization, project = options.get("organization", ""), options.get("project", "")
        return copy_openai(base_url, dialect=dialect, organization=organization, project=project)

    def open_client(self, parts: CallParts) -> SdkClient:
        from core.providers.openai_models import open_openai_client

        client = open_openai_client(parts)
        client.organization = parts.options.get("organization") or None
        client.project = parts.options.get("project") or None
        return client

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.openai_models import build_compatible_model, build_openai_model

        build = build_openai_model if client.base_url.host == OPENAI_HOST else build_compatible_model
        return build(client, model_name=model_name, dialect=dialect)


TYPE = OpenAIType()
