"""Looks around at a server that does not answer as expected: never at another origin, briefly, and without the key.

The key goes along only where the very list of models is asked for at another path of the same origin.
"""

import asyncio
import dataclasses
import ssl
from urllib.parse import urlsplit

import httpx2

from core.providers.answers import BadAnswer
from core.providers.checking.calling import HttpCaller
from core.providers.checking.recognising import Look, Sighting, is_openai_list, recognise
from core.providers.discovery.addresses import find_origin
from core.providers.outbound_errors import TlsFailed
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types.base import CallParts, ProviderType

_SECONDS = 5.0
_LOOKED_AT = ("/", "/api/version", "/api/health", "/v1/models")
_KEPT_CHARACTERS = 50_000
_DEFAULT_PORTS = {"http": 80, "https": 443}


async def explore(kind: ProviderType, parts: CallParts, answer: BadAnswer) -> Sighting:
    """Return what can be seen of the server, and where it answers like this type after all."""
    suggested, looks = await asyncio.gather(
        _find_address(kind, parts), asyncio.gather(*(_look(parts, path) for path in _LOOKED_AT))
    )
    first = Look("", answer.status, answer.headers, answer.body)
    seen = [look for look in looks if look is not None]
    names = [name for look in (*seen, first) if (name := recognise(look))]
    openai = next((look for look in seen if look.path == "/v1/models" and is_openai_list(look)), None)
    server = _choose(names)
    return Sighting(
        suggested_base_url=suggested,
        server=server,
        is_ollama=server == "Ollama",
        openai_base_url="" if openai is None else find_origin(parts.base_url) + "/v1",
    )


async def speaks_other_scheme(base_url: str, *, policy: OutboundPolicy) -> bool:
    """Say whether https is spoken where the address says http, or the other way round. Nothing secret goes along."""
    parts = urlsplit(base_url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    other = "http" if parts.scheme == "https" else "https"
    try:
        async with asyncio.timeout(_SECONDS), build_client(policy=policy, retry=NO_RETRIES) as client:
            await client.get(f"{other}://{host}:{port}/")
    except TlsFailed as error:
        return find_certificate_error(error) is not None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
        return False
    return True


def find_certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Return why a certificate was refused, if an exception was raised from that."""
    for _ in range(10):
        if error is None or isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


async def _find_address(kind: ProviderType, parts: CallParts) -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            for address in kind.list_address_candidates(parts.base_url):
                if await _answers_at(kind, dataclasses.replace(parts, base_url=kind.clean_address(address))):
                    return kind.clean_address(address)
    except TimeoutError:
        pass
    return ""


async def _answers_at(kind: ProviderType, parts: CallParts) -> bool:
    try:
        await kind.list_models(HttpCaller(kind, parts))
    except (BadAnswer, httpx2.HTTPError):
        return False
    return True


async def _look(parts: CallParts, path: str) -> Look | None:
    try:
        async with asyncio.timeout(_SECONDS):
            response = await parts.http.get(find_origin(parts.base_url) + path)
    except (httpx2.HTTPError, TimeoutError):
        return None
    return Look(path, response.status_code, response.headers, response.text[:_KEPT_CHARACTERS])


def _choose(names: list[str]) -> str:
    """Return the most telling of what was recognised: a product goes before a page of unknown sort."""
    return next((name for name in names if not name.startswith("a ")), names[0] if names else "")
