"""Tells who answered: which server it is instead of the one expected, or what stands in between."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from core.providers.answers import BadAnswer
from core.providers.checking.foreign_words import find_title, looks_like_page, quote_foreign

_PROXY_HEADERS = {
    "x-squid-error": "a Squid proxy",
    "x-bluecoat-via": "a Blue Coat proxy",
    "x-zscaler-error": "a Zscaler gateway",
    "x-iboss-error": "an iboss gateway",
    "x-mwg-error": "a McAfee Web Gateway",
}
_PROXY_SERVERS = {
    "squid": "a Squid proxy",
    "zscaler": "a Zscaler gateway",
    "bluecoat": "a Blue Coat proxy",
    "mcafee": "a McAfee Web Gateway",
    "fortigate": "a FortiGate firewall",
    "forcepoint": "a Forcepoint gateway",
    "mitmproxy": "mitmproxy",
}
_SIGN_IN_STATUS = 511
_OWNERS = {"library": "Ollama", "organization_owner": "LM Studio", "llamacpp": "llama.cpp", "vllm": "vLLM"}
_TITLES = {
    "open webui": "Open WebUI",
    "litellm": "LiteLLM",
    "welcome to nginx": "a page of nginx",
    "apache": "a page of Apache",
    "llama.cpp": "llama.cpp",
}
_SERVERS = {"nginx": "a page of nginx", "apache": "a page of Apache", "caddy": "a page of Caddy"}


@dataclass(frozen=True, slots=True)
class Look:
    """An answer to a look at some path of a server."""

    path: str
    status: int
    headers: httpx2.Headers
    body: str
    """Its beginning."""

    @property
    def json(self) -> Any:  # Any: JSON of a stranger
        """The answer as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a server that does not answer like the type it is taken for."""

    suggested_base_url: str = ""
    """Where it does; blank: nowhere."""
    server: str = ""
    """What it is, as the end of "it is …"; blank: not recognised."""
    is_ollama: bool = False
    openai_base_url: str = ""
    """Where it lists models as OpenAI's API does; blank: nowhere that was looked at."""


def find_proxy(answer: BadAnswer) -> str:
    """Return what stands in between and answered instead of the server, with its article; blank: nothing known does."""
    headers, body = answer.headers, answer.body
    named = next((noun for header, noun in _PROXY_HEADERS.items() if header in headers), "")
    server = headers.get("server", "").lower()
    named = named or next((noun for word, noun in _PROXY_SERVERS.items() if word in server), "")
    if named or answer.status == 407:
        return named or "a proxy"
    if answer.status == _SIGN_IN_STATUS:
        return "a network that wants a sign-in first"
    if headers.get("cf-mitigated", "").lower() == "challenge" or _is_challenge(server, body):
        return "Cloudflare, with a page that checks for a browser"
    # Many servers stand behind one that adds Via; it answered by itself when what came is a page.
    via = quote_foreign(headers.get("via", ""), longest=40)
    return f"a proxy ({via})" if via and looks_like_page(body) else ""


def _is_challenge(server: str, body: str) -> bool:
    return "cloudflare" in server and "<title>just a moment" in body.lower()


def recognise(look: Look) -> str:
    """Return what answered, as the end of "it is …"; blank: nothing that is known."""
    server = look.headers.get("server", "").lower()
    if look.body.startswith("Ollama is running"):
        return "Ollama"
    if "llama.cpp" in server:
        return "llama.cpp"
    if looks_like_page(look.body):
        return _recognise_page(look, server)
    found = look.json
    if isinstance(found, dict):
        return _recognise_object(look, found)
    return ""


def _recognise_page(look: Look, server: str) -> str:
    title = find_title(look.body)
    known = next((noun for word, noun in _TITLES.items() if word in title.lower()), "")
    known = known or (next((noun for word, noun in _SERVERS.items() if word in server), "") if not title else "")
    if known:
        return known
    return f"a web page titled “{title}”" if title else "a web page"


def _recognise_object(look: Look, found: Mapping[str, Any]) -> str:  # Any: JSON of a stranger
    data = found.get("data")
    owners = [entry.get("owned_by") for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
    for owner in owners:
        if isinstance(owner, str) and owner in _OWNERS:
            return _OWNERS[owner]
    if "Unexpected endpoint or method" in str(found.get("error", "")):
        return "LM Studio"
    if look.path == "/api/health" and {"status", "database", "migrations"} <= set(found):
        return "Benchtop itself"
    # Open WebUI has such an address too, but also a page of its own, which is looked at before.
    if look.path == "/api/version" and look.status == 200 and set(found) == {"version"}:
        return "Ollama"
    return ""


def is_openai_list(look: Look) -> bool:
    """Say whether this is a list of models as OpenAI's API has it."""
    found = look.json if look.status == 200 else None
    return isinstance(found, dict) and isinstance(found.get("data"), list)


NOTHING_SEEN = Sighting()
