"""The line that tells how the administrator set which addresses may be called."""

from core.providers.allowances import SETTING
from core.settings import Settings
from pages.ui.text import counted, cut

_LISTED_LIMIT = 120


def say_private_addresses(settings: Settings) -> str:
    """Return whether providers may live on this machine and its network, with the setting's name."""
    if settings.allows_private_addresses:
        return f"Private addresses: allowed on this set-up ({SETTING})"
    listed = settings.allowed_addresses
    if listed:
        only = counted(len(listed), "exception")
        return f"Private addresses: not allowed, with {only}: {cut(', '.join(listed), _LISTED_LIMIT)} ({SETTING})"
    return f"Private addresses: not allowed on this set-up ({SETTING})"
