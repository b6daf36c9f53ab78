"""Connections that are noted: loopback is really dialled, every other address leads nowhere, so no test leaves home."""

import errno
import ipaddress
from collections.abc import Iterable, Sequence

import httpcore2
import pytest

from core.providers import transport


class Switchboard(httpcore2.AsyncNetworkBackend):
    """Notes which addresses are dialled."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self._real = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to loopback only."""
        self.dialled.append(host)
        if ipaddress.ip_address(host).is_loopback:
            return await self._real.connect_tcp(host, port, timeout)
        raise httpcore2.ConnectError from ConnectionRefusedError(errno.ECONNREFUSED, "Nobody is there.")


def install_switchboard(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> Switchboard:
    """Have every call of this process dialled here. Names lead to the answers in turn, over and over."""
    switchboard = Switchboard()
    asked = 0

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return answers[(asked - 1) % len(answers)]

    if answers:
        monkeypatch.setattr(transport, "resolve_with_system", resolve)
    monkeypatch.setattr(httpcore2, "AnyIOBackend", lambda: switchboard)
    return switchboard
