"""Why an outbound call failed, told apart.

OutboundError (httpx2.TransportError)
├── DestinationRefused (httpx2.ConnectError)    the guard does not let the address be called
├── NameNotResolved (httpx2.ConnectError)       the host name leads nowhere
├── ConnectionRefused (httpx2.ConnectError)     nothing listens there
├── HostUnreachable (httpx2.ConnectError)       no way leads there
├── ConnectTimedOut (httpx2.ConnectTimeout)     nobody answers there
├── TlsFailed (httpx2.ConnectError)             no secure connection, for example an unknown certificate
├── RequestNotSendable (httpx2.LocalProtocolError)  a header holds what no header may hold
├── ConnectionLost (httpx2.ReadError)           the connection ended before the answer did
├── DeadlineExceeded (httpx2.ReadTimeout)       the answer was not whole when the time was up
├── BodyTooLarge (httpx2.ReadError)             the answer does not end soon enough
├── UnsupportedEncoding (httpx2.ReadError)      the answer is compressed though that was not asked for
└── LimitsUnknown (httpx2.PoolTimeout)          nothing was sent, since the provider's limits could not be looked up

They are httpx2's own kinds too, so every library on httpx2 treats them as it treats those.
"""

import httpx2


class OutboundError(httpx2.TransportError):
    """A call failed; `sentence` says it to a person and holds no secret."""

    is_worth_retrying = False
    """Whether another attempt may go better, as long as no part of an answer has come."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class DestinationRefused(OutboundError, httpx2.ConnectError):
    """The guard does not let this address be called."""

    def __init__(self, sentence: str, *, hint: str = "Give the provider another address.") -> None:
        super().__init__(sentence)
        self.hint = hint
        """The next step: for a private address, the setting that would allow it."""


class NameNotResolved(OutboundError, httpx2.ConnectError):
    """The host name leads nowhere."""


class ConnectionRefused(OutboundError, httpx2.ConnectError):
    """Nothing listens there."""

    is_worth_retrying = True


class HostUnreachable(OutboundError, httpx2.ConnectError):
    """No way leads there."""

    is_worth_retrying = True


class ConnectTimedOut(OutboundError, httpx2.ConnectTimeout):
    """Nobody answers there."""

    is_worth_retrying = True


class TlsFailed(OutboundError, httpx2.ConnectError):
    """No secure connection could be made."""


class RequestNotSendable(OutboundError, httpx2.LocalProtocolError):
    """A header holds what no header may hold, for example an API key with a line break."""


class ConnectionLost(OutboundError, httpx2.ReadError):
    """The connection ended before the answer did, or what came is not HTTP."""

    is_worth_retrying = True


class DeadlineExceeded(OutboundError, httpx2.ReadTimeout):
    """The answer was not whole when the time was up."""


class BodyTooLarge(OutboundError, httpx2.ReadError):
    """The answer is longer than allowed."""


class UnsupportedEncoding(OutboundError, httpx2.ReadError):
    """The answer is compressed though that was not asked for."""


class LimitsUnknown(OutboundError, httpx2.PoolTimeout):
    """Nothing was sent: what the provider's limits leave room for could not be looked up."""


def find_outbound_error(error: BaseException | None) -> OutboundError | None:
    """Return the outbound error an exception is, or was raised from; None if there is none."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, OutboundError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None
