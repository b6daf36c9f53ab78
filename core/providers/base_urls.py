"""The base URL of a provider: read strictly, since a key travels to it."""

from urllib.parse import urlsplit

import httpx2

from core.errors import Detail, InvalidInputError
from core.providers.addresses import find_url_refusal
from core.providers.types import find_type

_MAX_CHARACTERS = 500
_DEFAULT_PORTS = {"http": 80, "https": 443}


def clean_base_url(text: str, *, provider_type: str) -> str:
    """Return the base URL as it is stored: no trailing slash, and as the type of that name keeps it.

    Raises: InvalidInputError: it is not an http(s) URL with a host, or it holds a user, a query or a fragment.
    """
    kind = find_type(provider_type)
    if not kind.has_address:
        return ""
    address = text.strip()
    if not address:
        raise _refuse("This type of provider needs an address.")
    if "://" not in address:
        raise _refuse(f"Write the address with http:// or https:// before it, like http://{address or 'localhost'}.")
    address = address.rstrip("/")
    refusal: str | None = _find_misspelling(address) or _find_wrong_part(address)
    # Judged once more by the client that will call it. Private addresses are a setting, looked at when it is called.
    refusal = refusal or find_url_refusal(address, allow_private=True)
    if refusal:
        raise _refuse(refusal)
    cleaned = kind.clean_address(address)
    # Of a host called “api” or “v1”, the type has taken for a path what is none.
    return cleaned if origin_of(cleaned) == origin_of(address) else address


def _find_misspelling(address: str) -> str:
    if len(address) > _MAX_CHARACTERS:
        return f"An address has at most {_MAX_CHARACTERS} characters."
    if any(character.isspace() or not character.isprintable() or character in "\\<>" for character in address):
        return "The address holds characters that do not belong in one."
    try:
        urlsplit(address).port  # noqa: B018  # reading it is what checks it
    except ValueError:
        return "This is not an address a browser would understand."
    return ""


def _find_wrong_part(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in _DEFAULT_PORTS:
        return "The address begins with http:// or https://."
    if not parts.hostname:
        return "The address has no host name."
    if parts.port == 0:
        return "Port 0 leads nowhere."
    if "@" in parts.netloc:
        return "Put the key in the key field, not in the address."
    if "?" in address or "#" in address:
        return "The address ends before any ? or #."
    return ""


def origin_of(base_url: str) -> str:
    """Return scheme, host and port, which a sealed key is bound to. "" for the built-in model.

    A URL that no client would call, or that two readers of URLs understand differently, is an origin of its own:
    nothing sealed for a proper one opens there.
    """
    if not base_url:
        return ""
    try:
        parts, called = urlsplit(base_url), httpx2.URL(base_url)
        usual = _DEFAULT_PORTS[parts.scheme]
        port, called_port = parts.port or usual, called.port or usual
        is_same = parts.hostname in (called.host, called.raw_host.decode()) and port == called_port
    except (ValueError, KeyError, httpx2.InvalidURL):
        return f"unusable:{base_url}"
    return f"{parts.scheme}://{parts.hostname}:{port}" if is_same else f"unusable:{base_url}"


def host_of(base_url: str) -> str:
    """Return host and port as a person would say them."""
    try:
        return urlsplit(base_url).netloc.rpartition("@")[2]
    except ValueError:
        return "The address"


def _refuse(message: str) -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place="base_url", message=message)])
