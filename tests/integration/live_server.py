"""The parts of the app that programs talk to, served over real HTTP and real sockets by uvicorn in a thread."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from api.guard import OriginGuard
from tests.factories import wait_until


@dataclass(frozen=True)
class LiveServer:
    """Where it listens, and the loop's own server."""

    port: int
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"


@contextmanager
def serving(routes: Sequence[BaseRoute]) -> Iterator[LiveServer]:
    """Serve routes behind the guard until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = OriginGuard(Starlette(routes=list(routes)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws_per_message_deflate=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="live-server")
    thread.start()
    try:
        wait_until(lambda: server.started, what="the server to start")
        yield LiveServer(port=listener.getsockname()[1], server=server)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
