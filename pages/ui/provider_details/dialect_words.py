"""Words for what a server can do, one line for each field of its dialect, and where each is known from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.providers.dialects import (
    DialectFindings,
    KeptDialect,
    MaxTokensField,
    OutputMode,
    SchemaSupport,
    ServerDialect,
    Support,
)

AUTOMATIC: Final = "Automatic"
"""What a field that nobody set by hand is set to."""


class Origin(StrEnum):
    """Where the value of a field comes from."""

    DEFAULT = "usual for this kind of server"
    FOUND = "found by the probe"
    FOUND_FOR_ALL = "found for the provider"
    BY_HAND = "set by hand"
    BY_HAND_FOR_ALL = "set by hand for the provider"


@dataclass(frozen=True)
class Capability:
    """A field of a dialect as people read it. `words` are its values, in the order in which they are offered."""

    field: str
    title: str
    help: str
    words: Mapping[object, str]


UNKNOWN: Final = (SchemaSupport.UNKNOWN, Support.UNKNOWN)
"""What a field is of which nothing is known."""
_SUPPORT: Final[dict[object, str]] = {Support.YES: "Yes", Support.NO: "No", Support.UNKNOWN: "Not known"}

CAPABILITIES: Final = (
    Capability(
        "output_mode",
        "Answers are asked for",
        "How a run gets JSON of the task’s shape: as the format of the answer, as a tool to call, or asked for in "
        "words only.",
        {
            OutputMode.NATIVE: "As the answer’s format",
            OutputMode.TOOL: "As a tool call",
            OutputMode.PROMPTED: "In words only",
        },
    ),
    Capability(
        "json_schema",
        "JSON Schema",
        "Enforced: an answer cannot break the task’s schema. Otherwise Benchtop checks it and asks again."
        " A probe shows which.",
        {
            SchemaSupport.ENFORCED: "Enforced",
            SchemaSupport.IGNORED: "Taken, not enforced",
            SchemaSupport.REFUSED: "Refused",
            SchemaSupport.UNKNOWN: "Not known",
        },
    ),
    Capability("json_object", "JSON without a schema", "Whether plain JSON can be asked for (json_object).", _SUPPORT),
    Capability("tools", "Tools", "Whether the model calls a tool that is offered to it.", _SUPPORT),
    Capability(
        "tool_choice",
        "A tool can be demanded",
        "Whether the model must call a tool when told to (tool_choice); else it may answer in prose.",
        _SUPPORT,
    ),
    Capability("streaming", "Streaming", "Whether an answer can be read while it is written.", _SUPPORT),
    Capability("usage", "Tokens are counted", "Whether a streamed answer tells how many tokens it took.", _SUPPORT),
    Capability(
        "max_tokens_field",
        "Limit of an answer",
        "The name under which an agent’s max tokens are sent. A server overlooks a name it does not know.",
        {
            MaxTokensField.MAX_TOKENS: "max_tokens",
            MaxTokensField.MAX_COMPLETION_TOKENS: "max_completion_tokens",
            MaxTokensField.NEITHER: "None is heeded",
        },
    ),
    Capability("system_messages", "System messages", "Whether a system prompt is taken as one.", _SUPPORT),
    Capability("seed", "Seed", "Whether the same seed gives the same answer again.", _SUPPORT),
    Capability(
        "sends_temperature",
        "Temperature always sent",
        "Also when the agent has none, because the server’s own would be another.",
        {True: "Yes", False: "No"},
    ),
)


def say_value(capability: Capability, dialect: ServerDialect | DialectFindings) -> str:
    """Return the value of a field in words; Automatic where it is None."""
    return capability.words.get(getattr(dialect, capability.field), AUTOMATIC)


def find_origin(field: str, kept: KeptDialect, *, whole: KeptDialect | None) -> Origin:
    """Return where a field's value comes from. `whole` is what is kept of all models, None where that is `kept`."""
    for findings, origin in (
        (kept.edited, Origin.BY_HAND),
        (whole.edited if whole else None, Origin.BY_HAND_FOR_ALL),
        (kept.probed, Origin.FOUND),
        (whole.probed if whole else None, Origin.FOUND_FOR_ALL),
    ):
        if findings is not None and getattr(findings, field) is not None:
            return origin
    return Origin.DEFAULT


def read_findings(chosen: Mapping[str, object]) -> DialectFindings:
    """Return the findings that somebody chose, by field; Automatic and unknown fields are left out."""
    values = {each.field: chosen.get(each.field) for each in CAPABILITIES}
    kept = {each.field: values[each.field] for each in CAPABILITIES if values[each.field] in each.words}
    return DialectFindings.model_validate(kept)
