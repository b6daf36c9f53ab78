"""Which private addresses may be called, where not all of them may: an exact list.

10.1.0.0/16         every port of a network, or of one address
192.168.1.5:11434   one port of one address; [fd00::5]:11434 for IPv6
ollama.lan:11434    one port of one name, to whatever private address it leads
"""

import functools
import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple

import httpx2

from core.providers.addresses import PRIVATE_REFUSAL, IPNetwork, find_literal, find_request_refusal
from core.providers.outbound_errors import DestinationRefused

SETTING = "BENCHTOP_ALLOW_PRIVATE_ADDRESSES"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_WITH_PORT = re.compile(r"(?P<host>\[[^\[\]]+\]|[^\[\]:]+):(?P<port>[0-9]{1,5})")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9])?")


class Allowance(NamedTuple):
    """One entry of the list: either a name or a network."""

    name: str
    network: IPNetwork | None
    port: int | None
    """None: every port."""

    def covers(self, host: str, port: int, address: str) -> bool:
        """Say whether a host may be called at a port, where it turned out to be this address."""
        if self.port is not None and self.port != port:
            return False
        if self.network is None:
            return clean_name(host) == self.name
        found = find_literal(address.partition("%")[0])
        return found is not None and found in self.network


@functools.lru_cache(maxsize=64)
def read_allowance(entry: str) -> Allowance:
    """Return what an entry of the list says. Raises: ValueError: a sentence on why it says nothing."""
    text = entry.strip()
    network = _find_network(text)
    if network is not None:
        return Allowance("", network, None)
    match = _WITH_PORT.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65_536:
        raise ValueError(_refuse(entry))
    network = _find_network(match["host"].strip("[]"))
    name = "" if network is not None else clean_name(match["host"])
    if (network is None and not _is_name(name)) or "/" in match["host"]:
        raise ValueError(_refuse(entry))
    return Allowance(name, network, int(match["port"]))


def is_covered(allowed: Sequence[str], *, host: str, port: int, address: str) -> bool:
    """Say whether an entry of the list covers a private address that a host leads to."""
    return any(read_allowance(entry).covers(host, port, address) for entry in allowed)


def require_callable(url: httpx2.URL, *, allow_private: bool, allowed: Sequence[str]) -> None:
    """Raises: DestinationRefused: by its text alone, the URL may not be called."""
    host, port = url.raw_host.decode("ascii"), url.port or _DEFAULT_PORTS.get(url.scheme, 0)
    may_be_private = allow_private or is_covered(allowed, host=host, port=port, address=host)
    refusal = find_request_refusal(url, allow_private=may_be_private)
    if refusal:
        raise make_refusal(refusal, host=host, port=port)


def make_refusal(sentence: str, *, host: str, port: int) -> DestinationRefused:
    """Return the refusal of an address. Where the setting can lift it, the hint says how."""
    if PRIVATE_REFUSAL not in sentence:
        return DestinationRefused(sentence)
    exact = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return DestinationRefused(
        sentence,
        hint=f"If it is meant to be called, whoever runs Benchtop sets {SETTING} to true, or to {exact} for it alone.",
    )


def clean_name(host: str) -> str:
    """Return a host name in the one spelling that names are compared in."""
    return host.lower().removesuffix(".")


def _find_network(text: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def _is_name(name: str) -> bool:
    # Numbers in place of a name are an odd spelling of an address, which nothing should ever be called by.
    last = name.rpartition(".")[2]
    return _NAME.fullmatch(name) is not None and not last.isdigit() and not last.startswith("0x")


def _refuse(entry: str) -> str:
    return f"“{entry[:60]}” is no address:port, name:port or network like 10.1.0.0/16."
