"""The base URL of a provider: read strictly, since a key travels to it."""

from urllib.parse import urlsplit

from core.errors import Detail, InvalidInputError
from core.providers.records import ProviderType

_MAX_CHARACTERS = 500
_DEFAULT_PORTS = {"http": 80, "https": 443}


def clean_base_url(text: str, *, provider_type: ProviderType) -> str:
    """Return the base URL as it is stored: no trailing slash, and for Ollama the server's root.

    Raises: InvalidInputError: it is not an http(s) URL with a host, or it holds a user, a query or a fragment.
    """
    if provider_type is ProviderType.BUILTIN:
        return ""
    address = text.strip().rstrip("/")
    if "://" not in address:
        raise _refuse(f"Write the address with http:// or https:// before it, like http://{address or 'localhost'}.")
    if len(address) > _MAX_CHARACTERS or any(character.isspace() or character in "\\<>" for character in address):
        raise _refuse("The address holds characters that do not belong in one.")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _refuse("This is not an address a browser would understand.") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refuse("The address begins with http:// or https://.")
    if not host:
        raise _refuse("The address has no host name.")
    if parts.username or parts.password or "@" in parts.netloc:
        raise _refuse("Put the key in the key field, not in the address.")
    if parts.query or parts.fragment:
        raise _refuse("The address ends before any ? or #.")
    if provider_type is ProviderType.OLLAMA:
        address = address.removesuffix("/v1").removesuffix("/api").rstrip("/")
    return address


def origin_of(base_url: str) -> str:
    """Return scheme, host and port, which a sealed key is bound to. "" for the built-in model."""
    if not base_url:
        return ""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"


def host_of(base_url: str) -> str:
    """Return host and port as a person would say them."""
    return urlsplit(base_url).netloc


def _refuse(message: str) -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place="base_url", message=message)])
