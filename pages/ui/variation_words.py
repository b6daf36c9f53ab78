"""What a variation changes, in a few words each."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.agents.records import AgentRecord, AgentVariation
from core.agents.variations import list_differing
from pages.ui.text import cut

TITLES = {
    "provider_id": "provider",
    "model_name": "model",
    "system_prompt": "system prompt",
    "user_prompt_template": "user prompt",
    "temperature": "temperature",
    "max_tokens": "max tokens",
    "retries": "retries",
}
"""What the fields of a variation are called inside a sentence."""
_TEXTS = ("system_prompt", "user_prompt_template")
_LIMIT = 40


def tell_changes(
    base: AgentRecord, variation: AgentVariation, *, providers: Mapping[UUID, str] | None = None
) -> tuple[str, ...]:
    """Return `temperature 0.2 → 0.8` for each field that the variation makes different.

    `providers` are the names of providers by id, beside the agent's own; one that is not known is not named.
    """
    changed = variation.list_set()
    return tuple(
        _say(name, getattr(base, name), changed[name], base=base, providers=providers or {})
        for name in list_differing(base, variation)
    )


def say_value(name: str, value: Any, *, providers: Mapping[UUID, str]) -> str:  # Any: the value of one of the fields
    """Return how a field's value reads on one line; a blank one as what it stands for."""
    if name == "provider_id":
        return providers.get(value, "another provider")
    if value is None:
        return "server’s own"
    if name == "user_prompt_template" and not value:
        return "blank"
    return f"{value:g}" if isinstance(value, float) else cut(str(value), _LIMIT)


def _say(
    name: str, before: Any, after: Any, *, base: AgentRecord, providers: Mapping[UUID, str]
) -> str:  # Any: the value of one of the fields
    if name in _TEXTS:
        return f"{TITLES[name]} changed"
    names = {base.provider_id: base.provider_name, **providers}
    return f"{TITLES[name]} {say_value(name, before, providers=names)} → {say_value(name, after, providers=names)}"
