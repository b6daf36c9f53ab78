"""Words for what kind of server a provider is, the same wherever it is named."""

from core.providers.records import ProviderRecord
from core.providers.types import find_type
from core.providers.types.base import KeyUse


def say_kind(provider: ProviderRecord) -> str:
    """Return the known server it is, else its type; of the built-in model, what to expect of it."""
    kind = find_type(provider.type)
    if kind.is_small:
        return "On this machine · small and often wrong"
    preset = kind.find_preset(provider.preset)
    return kind.label if preset is None else preset.label


def say_key(provider: ProviderRecord) -> str:
    """Return whether a key is stored; blank where there is none to store."""
    if find_type(provider.type).key is KeyUse.NONE:
        return ""
    return "key stored" if provider.has_key else "no key"
