"""What a server makes of a request: the dialect it speaks, field by field.

What is known comes in layers, the later winning: the type's defaults, the preset's, what a probe of the provider found,
what a probe of the one model found, and what somebody set by hand, for the provider and for the model.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

WHOLE_PROVIDER: Final = ""
"""Stands for every model of a provider, where a dialect is kept by model name."""
STAND_IN_TEMPERATURE: Final = 0.8
"""What is sent where a dialect demands a temperature and the agent has none: what Ollama takes by its own API unless a
model says otherwise. Through its OpenAI-compatible one it takes 1 then, whatever the model says."""


class OutputMode(StrEnum):
    """How a model is asked for JSON of a shape."""

    NATIVE = "native"
    """As the format of its answer."""
    TOOL = "tool"
    """As the arguments of a tool it has to call."""
    PROMPTED = "prompted"
    """In words, with the schema in the system prompt."""


class Support(StrEnum):
    """Whether a server does a thing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class SchemaSupport(StrEnum):
    """What a server makes of a JSON Schema as the format of the answer."""

    ENFORCED = "enforced"
    """The answer cannot break it."""
    IGNORED = "ignored"
    """It is taken, and the model writes what it likes."""
    REFUSED = "refused"
    UNKNOWN = "unknown"


class MaxTokensField(StrEnum):
    """Under which name a server reads the most tokens an answer may have."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"
    NEITHER = "neither"
    """It heeds none: an answer ends where the model or the server ends it."""


class ServerDialect(BaseModel):
    """Everything that is known about how to speak to a server, defaults filled in."""

    model_config = ConfigDict(frozen=True)

    output_mode: OutputMode = OutputMode.NATIVE
    json_schema: SchemaSupport = SchemaSupport.UNKNOWN
    json_object: Support = Support.UNKNOWN
    tools: Support = Support.UNKNOWN
    tool_choice: Support = Support.UNKNOWN
    """Whether a tool can be demanded, not only offered."""
    streaming: Support = Support.UNKNOWN
    usage: Support = Support.UNKNOWN
    """Whether tokens are told at the end of a stream."""
    max_tokens_field: MaxTokensField = MaxTokensField.MAX_TOKENS
    system_messages: Support = Support.UNKNOWN
    seed: Support = Support.UNKNOWN
    sends_temperature: bool = False
    """Whether a temperature goes out even when the agent has none, because the server's own would be another."""


class DialectFindings(BaseModel):
    """Some fields of a dialect, by a probe or by hand. None: nothing was found or set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    output_mode: OutputMode | None = None
    json_schema: SchemaSupport | None = None
    json_object: Support | None = None
    tools: Support | None = None
    tool_choice: Support | None = None
    streaming: Support | None = None
    usage: Support | None = None
    max_tokens_field: MaxTokensField | None = None
    system_messages: Support | None = None
    seed: Support | None = None
    sends_temperature: bool | None = None


class KeptDialect(BaseModel):
    """What is stored of the dialect of a provider, or of one of its models."""

    model_config = ConfigDict(frozen=True)

    probed: DialectFindings = DialectFindings()
    probed_with: Annotated[str, StringConstraints(max_length=300)] = ""
    """The model that was asked; blank: never probed."""
    probed_at: datetime | None = None
    probe_note: Annotated[str, StringConstraints(max_length=1_000)] = ""
    """What the last probe could not find out, and why; blank: nothing of the kind."""
    probing_until: datetime | None = None
    """When a probe that goes on is over at the latest, whatever becomes of its process; None: none goes on."""
    edited: DialectFindings = DialectFindings()
    edited_at: datetime | None = None


def read_dialects(stored: Mapping[str, Any] | None) -> dict[str, KeptDialect]:  # Any: JSON of the database
    """Return what is stored of a provider's dialects by model name; what cannot be read any more is left out."""
    found = {}
    for name, kept in (stored or {}).items():
        try:
            found[name] = KeptDialect.model_validate(kept)
        except ValueError:
            continue
    return found


def write_dialects(kept: Mapping[str, KeptDialect]) -> dict[str, Any]:  # Any: JSON for the database
    """Return dialects as they are stored."""
    return {name: one.model_dump(mode="json", exclude_none=True) for name, one in kept.items()}


def layer_dialect(default: ServerDialect, kept: Mapping[str, KeptDialect], *, model_name: str) -> ServerDialect:
    """Return the dialect to speak to a model: the default, and over it what is known of provider and model."""
    layers = [kept[name] for name in (WHOLE_PROVIDER, model_name) if name in kept]
    found: dict[str, object] = {}
    for one in (*(layer.probed for layer in layers), *(layer.edited for layer in layers)):
        found |= one.model_dump(exclude_none=True)
    return default.model_copy(update=found)
