"""An internet in which every name and every address leads to one fake model server, with TLS and without.

For tests that make up addresses: they must reach nobody, and get an answer at once.
"""

import ssl
from collections.abc import Iterable, Sequence

import httpcore2
import pytest
from pydantic import SecretStr

from core.providers import transport
from core.providers.builtin import BuiltinEndpoint
from core.services import Services
from tests.fake_model_server import FakeModelServer

_SocketOptions = Iterable[httpcore2.SOCKET_OPTION] | None


class _PlainStream(httpcore2.AsyncNetworkStream):
    """A connection on which TLS is spoken of but not spoken."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore2's
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> httpcore2.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _FakeBackend(httpcore2.AsyncNetworkBackend):
    """Connects to the model server, whatever it is told."""

    def __init__(self, inner: httpcore2.AsyncNetworkBackend, server: FakeModelServer) -> None:
        self._inner = inner
        self._server = server

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
        local_address: str | None = None,
        socket_options: _SocketOptions = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _PlainStream(await self._inner.connect_tcp(self._server.host, self._server.port, timeout))


def lead_everything_to(server: FakeModelServer, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have whatever these services call answered by the server, the built-in model included."""
    backend = _FakeBackend(httpcore2.AnyIOBackend(), server)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [server.host]

    async def find_builtin() -> BuiltinEndpoint:
        return BuiltinEndpoint(base_url=server.base_url, api_key=SecretStr("any"))

    monkeypatch.setattr(transport, "resolve_with_system", resolve)
    monkeypatch.setattr(httpcore2, "AnyIOBackend", lambda: backend)
    monkeypatch.setattr(services.builtin, "endpoint", find_builtin)
