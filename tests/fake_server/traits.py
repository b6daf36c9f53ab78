"""What a fake server can do, and what it says about its models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MAX_TOKENS_FIELDS = frozenset({"max_tokens", "max_completion_tokens"})


@dataclass(frozen=True)
class Traits:
    """What the server makes of the parts of a request. What it does not know it overlooks, unless told otherwise."""

    schema: Literal["enforced", "ignored", "refused"] = "enforced"
    """Ignored: prose comes back unless the prompt holds the schema too. Refused: 400."""
    json_object: bool = True
    """False: 400 for a wish for any JSON object."""
    tools: bool = True
    """False: 400 for a request with tools."""
    tool_choice: bool = True
    """False: a tool that is offered is called, one that is demanded is not."""
    streams: bool = True
    """False: the answer comes whole, whatever is asked."""
    tells_usage: bool = True
    max_tokens_fields: frozenset[str] = MAX_TOKENS_FIELDS
    """The names that cut an answer, at about four characters a token; a vendor's own name counts as `max_tokens`."""
    system: bool = True
    """False: 400 for a system message."""
    seed: bool = True
    """Whether the same seed gives the same text. Without a seed, a temperature above 0 gives another text each time."""


@dataclass(frozen=True)
class ModelDetails:
    """What a list says of one model, where this kind of server says such a thing at all."""

    context_tokens: int | None = None
    """The longest window; of a loaded model, the one it has."""
    size_bytes: int = 1_000_000
    parameter_size: str = "1B"
    quantization: str = "Q4"
    shutdown_date: str = ""
    """YYYY-MM-DD; blank: none is planned."""
    display_name: str = ""
    capabilities: tuple[str, ...] = ()
    """In the server's words: "vision", "tools", "embedding"."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further members of the model's entry in the main list."""


NO_DETAILS = ModelDetails()
