"""Right answers, wrongly put, as models often give them."""

import json
from collections.abc import Callable, Mapping

from tests.fake_server.schema_values import Json


def _as_text(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _as_lone_item(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _as_lone_item(item) for name, item in value.items()}
    return value[0] if isinstance(value, list) and len(value) == 1 else value


CLUMSY: Mapping[str, Callable[[Json], str]] = {
    "as-text": lambda value: json.dumps(_as_text(value)),
    "lone-item": lambda value: json.dumps(_as_lone_item(value)),
    "fenced": lambda value: f"```json\n{json.dumps(value, indent=2)}\n```",
    "among-prose": lambda value: f"Here you are:\n\n{json.dumps(value)}\n\nDo you need anything else?",
}
"""What writes a value, by the name of the mode."""
