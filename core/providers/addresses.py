"""Which addresses may be called. Pure: nothing is resolved or connected here.

Three kinds: public ones may always be called; private ones (loopback, local networks, carrier networks) only when
private addresses are allowed, all of them or this one (`allowances.py`); the rest (cloud metadata, link-local,
multicast, reserved, 0.0.0.0) never. An IPv6 address that carries an IPv4 one is judged by the strictest of both.
"""

import ipaddress
from collections.abc import Iterator

import httpx2

PRIVATE_REFUSAL = "it is a private address, which BENCHTOP_ALLOW_PRIVATE_ADDRESSES does not allow"
"""The one refusal that a setting can lift."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*blocks: str) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(block) for block in blocks)


# Before the kinds below, since some of these lie in private or even public space.
_METADATA = _networks(
    "169.254.0.0/16",  # link-local; AWS, GCP, Azure and most others answer at 169.254.169.254
    "100.100.100.200/32",  # Alibaba
    "168.63.129.16/32",  # Azure's host agent, in public space
    "192.0.0.192/32",  # Oracle
    "fd00:ec2::/32",  # AWS
    "fd00:c1::a9fe:a9fe/128",  # Oracle
    "fd00:42::42/128",  # Scaleway
    "fd20:ce::254/128",  # GCP
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local, the retired form of it
)
_NEVER = _networks(
    "0.0.0.0/8",  # "this host": Linux connects 0.0.0.0 to loopback
    "192.0.0.0/24",  # protocol assignments
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
    "::/128",
    "64:ff9b:1::/48",  # translation inside one network: where it ends cannot be told
    "100::/64",  # discard
    "2001::/32",  # Teredo: tunnels to an address of the peer's choosing
    "2001:db8::/32",  # documentation
    "3fff::/20",  # documentation
    "ff00::/8",  # multicast
)
_PRIVATE = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",  # carriers, and overlay networks
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "::1/128",
    "fc00::/7",
)
_LOW_32_BITS = _networks(
    "::/96",  # IPv4-compatible
    "::ffff:0:0/96",  # IPv4-mapped
    "::ffff:0:0:0/96",  # IPv4-translated
    "64:ff9b::/96",  # NAT64
)
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def find_address_refusal(address: str, *, allow_private: bool) -> str | None:
    """Return why an IP address may not be called, as the end of a sentence; None when it may.

    `address` is what a resolver gives; anything that is not an IP address is refused.
    """
    try:
        outer = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "it is not an address"
    refusals = [_find_refusal(one, allow_private=allow_private) for one in (outer, *_embedded(outer))]
    return next((refusal for refusal in refusals if refusal), None)


def find_url_refusal(url: str, *, allow_private: bool) -> str | None:
    """Return a whole sentence on why a base URL cannot be called, None when nothing speaks against it.

    Looks at the text only: a name may still turn out to lead to a refused address when it is connected.
    """
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        return f"This is not a usable URL: {error}."
    return find_request_refusal(parsed, allow_private=allow_private)


def find_request_refusal(url: httpx2.URL, *, allow_private: bool) -> str | None:
    """Return a whole sentence on why a parsed URL cannot be called, None when nothing speaks against it."""
    if url.scheme not in ("http", "https"):
        return f"Only http:// and https:// can be called, not {url.scheme or 'a URL without a scheme'}."
    if url.userinfo:
        return "A URL with a user name or password in it is not called; put the key into its own field."
    host = url.raw_host.decode("ascii")
    if not host:
        return "The URL names no host."
    if find_literal(host) is None:
        return None
    reason = find_address_refusal(host, allow_private=allow_private)
    return f"{host} is not called: {reason}." if reason else None


def find_literal(host: str) -> IPAddress | None:
    """Return the IP address a host is written as; None for a name or one of the odd spellings."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _find_refusal(address: IPAddress, *, allow_private: bool) -> str | None:
    if _is_in(address, _METADATA):
        return "it belongs to link-local or cloud metadata services, which are never called"
    if address in _SIX_TO_FOUR or _is_in(address, _LOW_32_BITS):
        # Judged by the address inside, except ::1, which only looks like one of these.
        return _find_refusal_of_loopback(address, allow_private=allow_private)
    if _is_in(address, _NEVER):
        return "it is not the address of a single host"
    if _is_in(address, _PRIVATE):
        return None if allow_private else PRIVATE_REFUSAL
    return None if address.is_global and not address.is_reserved else "it is reserved"


def _find_refusal_of_loopback(address: IPAddress, *, allow_private: bool) -> str | None:
    if address.is_unspecified:
        return "it is not the address of a single host"
    if address.is_loopback and not allow_private:
        return PRIVATE_REFUSAL
    return None


def _is_in(address: IPAddress, networks: tuple[IPNetwork, ...]) -> bool:
    return any(address in network for network in networks)


def _embedded(address: IPAddress) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses an IPv6 address would be translated or tunnelled to."""
    if address.version == 4 or address == ipaddress.IPv6Address("::1"):
        return
    bits = int(address)
    low = ipaddress.IPv4Address(bits & 0xFFFFFFFF)
    if _is_in(address, _LOW_32_BITS) or (bits >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        yield low
    if address in _SIX_TO_FOUR:
        yield ipaddress.IPv4Address((bits >> 80) & 0xFFFFFFFF)
