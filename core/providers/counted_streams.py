"""A connection that counts how often a server begins to answer one request.

HTTP lets a server send as many interim answers as it likes before the real one. They belong to no body, so no bound on
the body meets them, and reading them costs a whole processor until the deadline.
"""

import ssl

import httpcore2

from core.providers.outbound_errors import ConnectionLost

_MOST_INTERIM_ANSWERS = 20
_NEXT_HEAD = b"\r\n\r\nHTTP/1."


class CountedStream(httpcore2.AsyncNetworkStream):
    """Passes everything on, until a server begins too often."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream, *, host: str) -> None:
        self._inner = inner
        self._host = host
        self._heads = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore2's
        """Raises: ConnectionLost: the server sent more interim answers than any good one does."""
        data = await self._inner.read(max_bytes, timeout)
        # No answer in JSON holds these bytes: a line break within a text is escaped there.
        self._heads += data.count(_NEXT_HEAD)
        if self._heads > _MOST_INTERIM_ANSWERS:
            raise ConnectionLost(f"{self._host} begins to answer again and again, and never does.")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        """Write, which is how a request begins."""
        self._heads = 0
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> httpcore2.AsyncNetworkStream:
        """Return the encrypted connection, counted too: what is encrypted shows no heads."""
        return CountedStream(await self._inner.start_tls(ssl_context, server_hostname, timeout), host=self._host)

    def get_extra_info(self, info: str) -> object:
        """Return what the connection knows of itself."""
        return self._inner.get_extra_info(info)
