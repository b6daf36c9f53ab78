"""AWS Bedrock: many vendors' models behind AWS's Converse API."""

import importlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

from core.providers.answers import BadAnswer
from core.providers.copied_code import CopiedCode, write_profile
from core.providers.dialects import OutputMode, ServerDialect, Support
from core.providers.discovery.entries import read_date
from core.providers.listings import ListedModel
from core.providers.model_lists import read_entries, read_name, read_words
from core.providers.types.base import (
    Caller,
    CallParts,
    Extra,
    KeyUse,
    OptionField,
    ProviderType,
    SdkClient,
    require_extra,
)

if TYPE_CHECKING:
    from pydantic_ai.models import Model

_REGION: Final = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d{1,2}")
_RUNTIME_HOST: Final = re.compile(
    r"bedrock-runtime(?P<kind>-fips)?\.(?P<region>[a-z0-9-]+)\.(?P<suffix>amazonaws\.com(?:\.cn)?)"
)
_MAX_PAGES: Final = 10
_PAGE_SIZE: Final = "1000"


class BedrockType(ProviderType):
    """Sends its calls over botocore, whose requests go the way of all others (core/providers/botocore_bridge.py)."""

    name = "bedrock"
    label = "AWS Bedrock"
    position = 80
    note = (
        "Models of many vendors in a region of AWS. The key is a Bedrock API key or, with an access key ID, the secret "
        "access key that belongs to it."
    )
    server_noun = "AWS Bedrock"
    address_help = "Leave blank for AWS itself; a VPC endpoint has an address of its own."
    key = KeyUse.REQUIRED
    key_label = "Bedrock API key or secret access key"
    fields = (
        OptionField("region", "Region", placeholder="eu-central-1", is_required=True),
        OptionField(
            "access_key_id",
            "Access key ID",
            placeholder="AKIA…",
            help="Only when the key above is a secret access key. Leave blank for a Bedrock API key.",
        ),
        OptionField(
            "session_token",
            "Session token",
            help="Only for temporary access keys, whose IDs begin with ASIA.",
            is_secret=True,
        ),
    )
    extra = Extra("bedrock", ("boto3", "botocore"))
    no_models_hint = "Ask for access to models in the AWS console, in this region; a model can also be typed by hand."
    has_public_prices = True
    counts_schema = True
    speaks_openai = False

    def find_fault(self, options: Mapping[str, str]) -> str:
        region = options.get("region", "")
        if region and not _REGION.fullmatch(region):
            return f"“{region[:40]}” is not the name of a region. Write it like eu-central-1."
        return ""

    def find_base_url(self, options: Mapping[str, str], *, preset: str = "") -> str:
        region = options.get("region", "")
        if not _REGION.fullmatch(region):
            return ""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"https://bedrock-runtime.{region}.{suffix}"

    def fit_address(self, address: str, options: Mapping[str, str]) -> str:
        """Have AWS's own address follow the region, which is also what a key is good for."""
        found = _RUNTIME_HOST.fullmatch(urlsplit(address).hostname or "") if "://" in address else None
        if found is None or found["kind"] or found["region"] == options.get("region"):
            return address
        return self.find_base_url(options) or address

    def list_origins(self, base_url: str) -> tuple[str, ...]:
        return (base_url, find_control_url(base_url))

    def sends_key(self, options: Mapping[str, str]) -> bool:
        return not options.get("access_key_id")

    def list_headers(self, key: SecretStr | None) -> dict[str, str]:
        # Which headers depends on what the key is, and a secret access key must never be in one.
        return {}

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        return ServerDialect(
            output_mode=OutputMode.TOOL,
            json_object=Support.NO,
            streaming=Support.YES,
            usage=Support.YES,
            seed=Support.NO,
        )

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        require_extra(self)
        root = find_control_url(caller.parts.base_url)
        answer = await _get(caller, f"{root}/foundation-models")
        entries = [entry for entry in read_entries(answer, collection="modelSummaries") if _writes_text(entry)]
        models = {_find_id(entry.get("modelArn")): _read_model(entry) for entry in entries}
        callable_alone = [_read_model(entry) for entry in entries if _is_on_demand(entry)]
        try:
            profiles = await _list_profiles(caller, root)
        except BadAnswer as answer_to_profiles:
            if answer_to_profiles.status not in (401, 403, 404):
                raise
            # A key may list models and no profiles; a stand-in for AWS may not know of them.
            profiles = []
        return [*callable_alone, *(found for one in profiles if (found := _read_profile(one, models)) is not None)]

    def load(self) -> None:
        require_extra(self)
        importlib.import_module("core.providers.bedrock_models")

    def open_client(self, parts: CallParts) -> SdkClient:
        require_extra(self)
        from core.providers.bedrock_models import open_bedrock_client

        return open_bedrock_client(parts)

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        from core.providers.bedrock_models import build_bedrock_model

        return build_bedrock_model(client, model_name=model_name, dialect=dialect)

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        is_signed = bool(options.get("access_key_id"))
        secrets = {"SESSION_TOKEN": "AWS_SESSION_TOKEN"} if is_signed and "session_token" in secret_names else {}
        words = ["base_url=BASE_URL", "region_name=REGION"]
        if is_signed:
            words += ["aws_access_key_id=ACCESS_KEY_ID", "aws_secret_access_key=API_KEY"]
            words += ["aws_session_token=SESSION_TOKEN"] if secrets else []
        else:
            words.append("api_key=API_KEY")
        return CopiedCode(
            imports=(
                "from pydantic_ai.models.bedrock import BedrockConverseModel",
                "from pydantic_ai.providers.bedrock import BedrockModelProfile, BedrockProvider",
            ),
            provider=f"BedrockProvider({', '.join(words)})",
            model="BedrockConverseModel(MODEL_NAME, provider=provider, profile=PROFILE)",
            profile=write_profile("BedrockModelProfile", list_profile_settings(dialect)),
            base_url=base_url,
            key_variable="AWS_SECRET_ACCESS_KEY" if is_signed else "AWS_BEARER_TOKEN_BEDROCK",
            constants={
                "REGION": options.get("region", ""),
                **({"ACCESS_KEY_ID": options["access_key_id"]} if is_signed else {}),
            },
            secrets=secrets,
            extra="bedrock",
        )


def list_profile_settings(dialect: ServerDialect) -> dict[str, str | bool | None]:
    """Return what the dialect says over what pydantic-ai knows of a model; what is not known is left to it."""
    settings: dict[str, str | bool | None] = {"default_structured_output_mode": dialect.output_mode.value}
    if dialect.output_mode is OutputMode.NATIVE:
        settings["supports_json_schema_output"] = True
    if dialect.tool_choice is not Support.UNKNOWN:
        settings["bedrock_supports_tool_choice"] = dialect.tool_choice is Support.YES
    return settings


def find_control_url(base_url: str) -> str:
    """Return where the models are listed: at AWS on another host than they are asked, elsewhere on the same."""
    parts = urlsplit(base_url)
    found = _RUNTIME_HOST.fullmatch(parts.hostname or "")
    if found is None:
        return base_url
    return urlunsplit((parts.scheme, f"bedrock{found['kind'] or ''}.{found['region']}.{found['suffix']}", "", "", ""))


async def _get(caller: Caller, url: str) -> Any:  # Any: JSON of a stranger
    from core.providers.bedrock_models import sign_get

    return await caller.get_json(url, headers=sign_get(url, caller.parts))


async def _list_profiles(caller: Caller, root: str) -> list[Mapping[str, Any]]:  # Any: JSON of a stranger
    found: list[Mapping[str, Any]] = []
    query = {"maxResults": _PAGE_SIZE}
    for _ in range(_MAX_PAGES):
        answer = await _get(caller, f"{root}/inference-profiles?{urlencode(query)}")
        found += read_entries(answer, collection="inferenceProfileSummaries")
        token = answer.get("nextToken")
        if not isinstance(token, str) or not token:
            break
        query["nextToken"] = token
    return found


def _writes_text(entry: Mapping[str, Any]) -> bool:  # Any: JSON of a stranger
    return "TEXT" in read_words(entry.get("outputModalities"))


def _is_on_demand(entry: Mapping[str, Any]) -> bool:  # Any: JSON of a stranger
    return "ON_DEMAND" in read_words(entry.get("inferenceTypesSupported"))


def _read_model(entry: Mapping[str, Any]) -> ListedModel:  # Any: JSON of a stranger
    told = entry.get("modelLifecycle")
    reads = tuple(word.lower() for word in read_words(entry.get("inputModalities")))
    ends_at = told.get("endOfLifeTime") if isinstance(told, dict) else None
    return ListedModel(name=read_name(entry, "modelId"), modalities=reads, retires_on=read_date(ends_at))


def _read_profile(entry: Mapping[str, Any], models: Mapping[str, ListedModel]) -> ListedModel | None:  # Any: as above
    """Return a profile as the model it leads to; None for one that is not active or writes no text."""
    members = entry.get("models")
    arns = [one.get("modelArn") for one in members if isinstance(one, dict)] if isinstance(members, list) else []
    behind = next((models[_find_id(arn)] for arn in arns if _find_id(arn) in models), None)
    if behind is None or entry.get("status", "ACTIVE") != "ACTIVE":
        return None
    return behind.model_copy(update={"name": read_name(entry, "inferenceProfileId")})


def _find_id(arn: object) -> str:
    """Return the end of a model's ARN, which is the same in every region."""
    return arn.rpartition("/")[2] if isinstance(arn, str) else ""


TYPE = BedrockType()
