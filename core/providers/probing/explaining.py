"""Says why a probe ended before its last question."""

from core.providers.checking.foreign_words import quote_foreign
from core.providers.outbound_errors import find_outbound_error
from core.providers.probing.asking import ProbeEnded

_SHOWN_CHARACTERS = 200
_NO_TURN = frozenset({408, 409, 425, 502, 503, 504, 529})


def end_by_status(status: int, *, said: str = "") -> None:
    """Return for answers that say something of the request. Raises: ProbeEnded: this one would come to any request."""
    if status in (401, 403):
        raise ProbeEnded(f"The server refused the key (HTTP {status}). Paste a current one, then probe again.")
    if status == 402:
        raise ProbeEnded("The server wants to be paid first (HTTP 402).")
    if status == 429:
        raise ProbeEnded("The server is limiting requests (HTTP 429). Probe again in a minute.")
    if 300 <= status < 400:
        raise ProbeEnded(f"The server redirects elsewhere (HTTP {status}), which is not followed. Check the address.")
    if status in _NO_TURN:
        raise ProbeEnded(f"The server could not answer (HTTP {status}). Probe again in a moment.{quote(said)}")


def end_by_error(error: BaseException) -> ProbeEnded:
    """Return what an error means for the probe, as the reason for its end."""
    outbound = find_outbound_error(error)
    if outbound is not None:
        return ProbeEnded(f"{outbound.sentence} Test the connection first.")
    return ProbeEnded(f"The server's answer could not be read ({type(error).__name__}). Test the connection first.")


def quote(said: str) -> str:
    """Return what a server said, shortened, as a sentence to append; blank for nothing."""
    shown = quote_foreign(said, longest=_SHOWN_CHARACTERS)
    return f" It said: {shown}" if shown else ""
