"""What the tests of the outbound transport share."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2
import pytest

from core.providers.connecting import Resolver
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy, build_client
from tests.fake_model_server import FakeModelServer

LOCAL = OutboundPolicy(allow_private=True, deadline_seconds=20)
STRICT = OutboundPolicy(allow_private=False, deadline_seconds=20)


class Listener:
    """Counts the connections that reach loopback."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections += 1
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    listener = Listener(server.sockets[0].getsockname()[1])
    async with server:
        yield listener


def resolve_to(*answers: Sequence[str]) -> Resolver:
    """Give one answer after the other, the last one for ever."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def fail_to_call(
    url: str, *, policy: OutboundPolicy = LOCAL, resolver: Resolver | None = None, model: str = "ok"
) -> Exception:
    """Return the exception a request for a chat completion ends with."""
    async with build_client(policy=policy, retry=NO_RETRIES, resolver=resolver) as client:
        with pytest.raises((httpx2.TransportError, httpx2.InvalidURL)) as caught:
            await client.post(url, json={"model": model, "messages": []})
    return caught.value


def chat_url(server: FakeModelServer) -> str:
    return f"{server.base_url}/chat/completions"
