"""What a type of provider contributes to a run that is copied as a Python file.

All texts here are words of Benchtop's own. What people wrote (addresses, options) stands in `constants` as it is, and
the file quotes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.providers.dialects import MaxTokensField, ServerDialect, Support

_JOINING_MODEL: Final = '''\
class JoiningModel(OpenAIChatModel):
    """Puts what is for the system before the first words of the user: the server takes no system message."""

    async def _map_messages(self, *given: Any, **named: Any) -> Any:
        messages = await super()._map_messages(*given, **named)
        told = [message["content"] for message in messages if message["role"] == "system"]
        first, *rest = [message for message in messages if message["role"] != "system"]
        return [{"role": "user", "content": "\\n\\n".join([*told, first["content"]])}, *rest]'''


@dataclass(frozen=True, slots=True)
class CopiedCode:
    """How a file builds `provider` and the model on it, from the constants BASE_URL, API_KEY and MODEL_NAME."""

    imports: tuple[str, ...]
    """Whole lines: "from … import …"."""
    provider: str
    """The expression for the provider."""
    model: str
    """The expression for the model, on the variable `provider` and the constant PROFILE."""
    profile: str
    """The statement that sets PROFILE, and a comment before it."""
    base_url: str
    """The address for BASE_URL; blank where the file needs none."""
    key_variable: str = "MODEL_API_KEY"
    """The variable of the environment that holds the key."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Further constants and their values, by name."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Further constants that are read from the environment: the variable, by the constant's name."""
    blocks: tuple[str, ...] = ()
    """Definitions that the model needs, before the constants are set."""
    extra: str = "openai"
    """What pydantic-ai-slim is installed with."""


def copy_compatible(base_url: str, *, dialect: ServerDialect) -> CopiedCode:
    """Return the code for a server with OpenAI's chat completions, as core/providers/openai_models.py builds it."""
    comment = "# Servers other than OpenAI's take the schema as it is, and some refuse a second system message."
    settings = {
        "default_structured_output_mode": dialect.output_mode.value,
        "supports_json_schema_output": True,
        "supports_json_object_output": dialect.json_object is Support.YES,
        "openai_chat_supports_max_completion_tokens": dialect.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS,
        "openai_chat_supports_multiple_system_messages": False,
        "openai_supports_strict_tool_definition": False,
        "supports_forced_tool_choice": dialect.tool_choice is not Support.NO,
        "json_schema_transformer": None,
    }
    return copy_chat(
        provider='OpenAICompatibleProvider("compatible", base_url=BASE_URL, api_key=API_KEY)',
        provider_import="from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider",
        base_url=base_url,
        dialect=dialect,
        profile=f"{comment}\n{write_profile('OpenAIModelProfile', settings)}",
    )


def copy_openai(base_url: str, *, dialect: ServerDialect, organization: str = "", project: str = "") -> CopiedCode:
    """Return the code for OpenAI itself."""
    named = {"ORGANIZATION": organization, "PROJECT": project}
    constants = {name: value for name, value in named.items() if value}
    provider, imports = "OpenAIProvider(base_url=BASE_URL, api_key=API_KEY)", ("from openai import AsyncOpenAI",)
    if constants:
        words = ["base_url=BASE_URL", "api_key=API_KEY", *(f"{name.lower()}={name}" for name in constants)]
        provider = f"OpenAIProvider(openai_client=AsyncOpenAI({', '.join(words)}))"
    code = copy_chat(
        provider=provider,
        provider_import="from pydantic_ai.providers.openai import OpenAIProvider",
        base_url=base_url,
        dialect=dialect,
        profile=write_openai_profile(dialect),
    )
    imports = (*code.imports, *(imports if constants else ()))
    return replace(code, imports=imports, constants=constants, key_variable="OPENAI_API_KEY")


def copy_chat(
    *, provider: str, provider_import: str, base_url: str, dialect: ServerDialect, profile: str
) -> CopiedCode:
    """Return the code for a model with OpenAI's chat completions at any kind of provider."""
    is_joined = dialect.system_messages is Support.NO
    return CopiedCode(
        imports=(
            "from pydantic_ai.models.openai import OpenAIChatModel",
            "from pydantic_ai.profiles.openai import OpenAIModelProfile",
            provider_import,
        ),
        provider=provider,
        model=f"{'JoiningModel' if is_joined else 'OpenAIChatModel'}(MODEL_NAME, provider=provider, profile=PROFILE)",
        profile=profile,
        base_url=base_url,
        blocks=(_JOINING_MODEL,) if is_joined else (),
    )


def write_openai_profile(dialect: ServerDialect) -> str:
    """Return the profile for models of OpenAI's own, of which pydantic-ai knows the rest."""
    settings: dict[str, str | bool | None] = {
        "default_structured_output_mode": dialect.output_mode.value,
        "openai_chat_supports_max_completion_tokens": dialect.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS,
    }
    if dialect.tool_choice is Support.NO:
        settings["supports_forced_tool_choice"] = False
    return write_profile("OpenAIModelProfile", settings)


def write_profile(kind: str, settings: Mapping[str, str | bool | None]) -> str:
    """Return the statement that sets PROFILE, one setting a line where there are many."""
    words = [f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}" for name, value in settings.items()]
    if len(words) < 2:
        return f"PROFILE = {kind}({', '.join(words)})"
    return f"PROFILE = {kind}(\n" + "".join(f"    {word},\n" for word in words) + ")"
