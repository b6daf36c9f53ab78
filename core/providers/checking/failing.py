"""Says why no answer came: a sentence for a person, and the next step."""

import ipaddress
from urllib.parse import urlsplit

import httpx2

from core.providers.base_urls import host_of
from core.providers.checking.exploring import find_certificate_error
from core.providers.checking.outcomes import failed
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.outbound_errors import (
    BodyTooLarge,
    ConnectionLost,
    ConnectionRefused,
    ConnectTimedOut,
    DeadlineExceeded,
    DestinationRefused,
    HostUnreachable,
    NameNotResolved,
    OutboundError,
    RequestNotSendable,
    TlsFailed,
    UnsupportedEncoding,
    find_outbound_error,
)

_CONTAINER_HINT = (
    "If Benchtop runs in a container, localhost means the container itself: use the host's name there, "
    "for example host.docker.internal."
)
_PROXY_HINT = (
    "The environment of Benchtop names a proxy, which Benchtop does not use: this machine has to reach the server "
    "directly."
)
_DIAGNOSES: dict[type[OutboundError], Diagnosis] = {
    DestinationRefused: Diagnosis.DESTINATION_REFUSED,
    NameNotResolved: Diagnosis.NAME_NOT_RESOLVED,
    ConnectionRefused: Diagnosis.REFUSED,
    HostUnreachable: Diagnosis.UNREACHABLE,
    ConnectTimedOut: Diagnosis.TIMED_OUT,
    DeadlineExceeded: Diagnosis.TIMED_OUT,
    TlsFailed: Diagnosis.TLS_FAULT,
}
_HINTS: dict[type[OutboundError], str] = {
    HostUnreachable: "Check that this machine is in that server's network, for example by its VPN.",
    ConnectTimedOut: "Check host and port, and that no firewall swallows what is sent there.",
    DeadlineExceeded: "Check that the server is not stuck or too busy to answer, then test again.",
    ConnectionLost: "Check that the server runs and that the address is right, then test again.",
    BodyTooLarge: "Check that the address leads to the server's API: a list of models is much shorter.",
    UnsupportedEncoding: "Have what stands in front of that server send its answers as they are.",
    RequestNotSendable: "Edit the provider and enter the key and the headers again.",
}
_BEYOND_A_PROXY = (NameNotResolved, ConnectionRefused, HostUnreachable, ConnectTimedOut)
_EXPIRED, _NOT_YET_VALID = 10, 9
_UNKNOWN_ISSUERS = frozenset({2, 18, 19, 20, 21})
_OTHER_HOSTS = frozenset({62, 63, 64})


def explain_failure(
    error: httpx2.HTTPError | httpx2.InvalidURL, connection: ProviderConnection, *, names_proxy: bool = False
) -> CheckOutcome:
    """Say why no answer came. `names_proxy`: whether the environment asks for a proxy."""
    if isinstance(error, httpx2.InvalidURL):
        return failed(Diagnosis.UNREACHABLE, "The address cannot be called.", "Edit it.")
    outbound = find_outbound_error(error)
    if outbound is None:
        message = f"The connection to {host_of(connection.base_url)} broke off."
        return failed(Diagnosis.UNREADABLE, message, "Test again; if it stays so, look at that server.")
    if isinstance(outbound, TlsFailed):
        return _explain_tls(outbound, connection)
    diagnosis = _DIAGNOSES.get(type(outbound), Diagnosis.UNREADABLE)
    hint = _hint_for(outbound, connection)
    if names_proxy and isinstance(outbound, _BEYOND_A_PROXY) and not _is_near(connection.base_url):
        return failed(Diagnosis.PROXY, outbound.sentence, f"{_PROXY_HINT} {hint}")
    return failed(diagnosis, outbound.sentence, hint)


def _explain_tls(error: TlsFailed, connection: ProviderConnection) -> CheckOutcome:
    host = host_of(connection.base_url)
    refused = find_certificate_error(error)
    code = None if refused is None else refused.verify_code
    if code == _EXPIRED:
        message, hint = f"The certificate of {host} has expired.", "Have it renewed there."
    elif code == _NOT_YET_VALID:
        message, hint = f"The certificate of {host} is not valid yet.", "Compare the clocks of both machines."
    elif code in _OTHER_HOSTS:
        message = f"The certificate of {host} was made out for another name."
        hint = "Use the name that the certificate holds, or have a new one made there."
    elif code in _UNKNOWN_ISSUERS:
        message = f"The certificate of {host} was signed by nobody this machine trusts."
        hint = (
            "It may be self-signed, or a gateway in between breaks the connection open. Have the server use a "
            "certificate of a known authority, or http:// within a network you trust."
        )
    else:
        message = error.sentence
        hint = "Check that the address should begin with https://, and what TLS versions that server speaks."
    return failed(Diagnosis.TLS_FAULT, message, hint)


def _hint_for(error: OutboundError, connection: ProviderConnection) -> str:
    if isinstance(error, DestinationRefused):
        return error.hint
    if isinstance(error, ConnectionRefused):
        preset = connection.kind.find_preset(connection.preset)
        start = (preset.start_hint if preset is not None else "") or connection.kind.start_hint
        told = _CONTAINER_HINT if _is_loopback(connection.base_url) else "Check host and port."
        return f"{start} {told}".strip()
    if isinstance(error, NameNotResolved):
        return _hint_for_name(urlsplit(connection.base_url).hostname or "")
    return _HINTS.get(type(error), "Check that the server runs and is reachable from here, then test again.")


def _hint_for_name(host: str) -> str:
    if host.endswith(".docker.internal"):
        return "This name is known inside containers only: where Benchtop runs without one, write localhost."
    hint = "Check the spelling of the host, and that this machine can reach that network."
    if "." in host:
        return hint
    return f"{hint} A name without a dot is known only within its own network, such as one of containers."


def _is_loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(base_url: str) -> bool:
    """Say whether the host is one that is called without a proxy even where others are called through one."""
    host = urlsplit(base_url).hostname or ""
    if _is_loopback(base_url) or "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
