"""What follows from the findings of a probe: how to ask for JSON, and where each finding belongs."""

from typing import Final, NamedTuple

from core.providers.dialects import DialectFindings, KeptDialect, OutputMode, SchemaSupport, ServerDialect, Support

MODEL_FIELDS: Final = frozenset({"tools", "tool_choice", "system_messages"})
"""What a model's chat template decides, on one server for one model so and for another otherwise."""


def find_output_mode(found: DialectFindings) -> OutputMode | None:
    """Return how to ask for JSON; None where too little was found to say.

    An enforced schema cannot be beaten. Else a tool that can be demanded carries the schema to the model, and as JSON.
    Else the schema is said in words, the one thing every model reads: with a schema that is taken and ignored, a model
    may not even have seen it.
    """
    if found.json_schema is SchemaSupport.ENFORCED:
        return OutputMode.NATIVE
    if found.json_schema is None:
        return None
    if found.tools is Support.YES and found.tool_choice is Support.YES:
        return OutputMode.TOOL
    return OutputMode.PROMPTED


class Placed(NamedTuple):
    """Findings by where they are kept."""

    whole: DialectFindings | None
    """None: those of the provider stay."""
    model: DialectFindings


def place_findings(found: DialectFindings, *, model_name: str, whole: KeptDialect, believed: ServerDialect) -> Placed:
    """Return which findings hold for the whole provider and which for this model.

    The first model that was probed speaks for the server, and each time it is probed again; `believed` is what holds
    for the others, with which another model's findings are compared.
    """
    values = found.model_dump(exclude_none=True)
    if whole.probed_with in ("", model_name):
        own = {name: value for name, value in values.items() if name in MODEL_FIELDS}
        shared = {name: value for name, value in values.items() if name not in MODEL_FIELDS}
        return Placed(DialectFindings.model_validate(shared), DialectFindings.model_validate(own))
    own = {name: value for name, value in values.items() if name in MODEL_FIELDS or value != getattr(believed, name)}
    return Placed(None, DialectFindings.model_validate(own))
