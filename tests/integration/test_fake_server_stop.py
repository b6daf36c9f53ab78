"""The fake model server lets go of every connection, also of one that is taken in the moment it is stopped."""

import gc
import socket
import sys
import threading
from typing import Any

import pytest

from tests.fake_model_server import FakeModelServer

_STOPS = 60
_CALLERS = 6


def _connect(server: FakeModelServer, connected: list[socket.socket]) -> None:
    for _ in range(_CALLERS):
        try:
            connected.append(socket.create_connection((server.host, server.port), timeout=1))
        except OSError:
            return


def test_no_connection_is_left_open_however_late_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Any] = []  # Any: what Python could not raise
    monkeypatch.setattr(sys, "unraisablehook", lambda found: left.append(found.exc_value))

    for _ in range(_STOPS):
        server, connected = FakeModelServer().start(), list[socket.socket]()
        caller = threading.Thread(target=_connect, args=(server, connected))
        caller.start()
        server.stop()
        caller.join()
        for each in connected:
            each.close()
        del server
    gc.collect()

    assert left == []
