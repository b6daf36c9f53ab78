"""Connect to a host, but only to addresses that may be called."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore2

from core.providers.addresses import find_address_refusal, find_literal
from core.providers.allowances import is_covered, make_refusal
from core.providers.counted_streams import CountedStream
from core.providers.outbound_errors import (
    ConnectionRefused,
    ConnectTimedOut,
    DestinationRefused,
    HostUnreachable,
    NameNotResolved,
)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Turns a host and a port into IP addresses. Raises: OSError."""

_TRIED_ADDRESSES = 6


async def resolve_with_system(host: str, port: int) -> Sequence[str]:
    """Ask the operating system for the addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a host once, checks every address, and connects to one of exactly those."""

    def __init__(
        self,
        *,
        allow_private: bool,
        connect_timeout_seconds: float,
        resolver: Resolver,
        allowed: Sequence[str] = (),
        inner: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """`allowed` private addresses may be called all the same. `inner` makes the connections; None: real ones."""
        self._allow_private = allow_private
        self._allowed = allowed
        self._connect_timeout_seconds = connect_timeout_seconds
        self._resolver = resolver
        self._inner = inner or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect within the timeout, resolving included. Raises: OutboundError."""
        seconds = timeout or self._connect_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolve(host, port)
                self._check(host, port, addresses)
                return CountedStream(await self._connect(host, port, addresses, seconds), host=host)
        except TimeoutError as error:
            raise ConnectTimedOut(f"{host}:{port} did not answer within {seconds:g} s.") from error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises: DestinationRefused."""
        raise DestinationRefused("Local sockets are not called.")

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        literal = find_literal(host)
        if literal is not None:
            return [str(literal)]
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise NameNotResolved(f"The name {host} could not be found. Check the base URL.") from error
        if not addresses:
            raise NameNotResolved(f"The name {host} has no address. Check the base URL.")
        return addresses

    def _check(self, host: str, port: int, addresses: Sequence[str]) -> None:
        for address in addresses:
            may_be_private = self._allow_private or is_covered(self._allowed, host=host, port=port, address=address)
            reason = find_address_refusal(address, allow_private=may_be_private)
            if reason:
                raise make_refusal(f"{host} is not called: it leads to {address}; {reason}.", host=host, port=port)

    async def _connect(
        self, host: str, port: int, addresses: Sequence[str], seconds: float
    ) -> httpcore2.AsyncNetworkStream:
        tried = addresses[:_TRIED_ADDRESSES]
        last: Exception | None = None
        for address in tried:
            try:
                return await self._inner.connect_tcp(address, port, timeout=seconds / len(tried))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        if isinstance(last, httpcore2.ConnectTimeout):
            raise TimeoutError from last
        if _is_refusal(last):
            raise ConnectionRefused(f"Nothing answers at {host}:{port}. Is the server running?") from last
        raise HostUnreachable(f"{host}:{port} cannot be reached from here.") from last


def _is_refusal(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.ECONNREFUSED:
            return True
        error = error.__cause__ or error.__context__
    return False
