"""What goes out under which name: of the schema, and of an agent's settings in the dialect of its server."""

import re

from core.providers.dialects import STAND_IN_TEMPERATURE, MaxTokensField, ServerDialect


def schema_name(task_name: str) -> str:
    """Return a name servers accept for a schema: letters, digits, _ and -, at most 64."""
    slug = re.sub(r"[^A-Za-z0-9_-]+", "_", task_name).strip("_")
    return slug[:64] or "answer"


def find_temperature(temperature: float | None, dialect: ServerDialect) -> float | None:
    """Return the temperature to send for an agent's own; None: none is sent."""
    if temperature is None and dialect.sends_temperature:
        return STAND_IN_TEMPERATURE
    return temperature


def find_max_tokens(max_tokens: int | None, dialect: ServerDialect) -> int | None:
    """Return the most tokens to ask for; None: nothing is said of it, as with a server that heeds no such field."""
    return None if dialect.max_tokens_field is MaxTokensField.NEITHER else max_tokens
