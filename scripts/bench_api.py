"""Measures the API and the sockets of a running Benchtop, from outside."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import psutil
from websockets.asyncio.client import connect

from core.services import Services
from scripts.figures import Figure, spread
from tests.e2e.conftest import BenchtopProcess
from tests.factories import Workshop

_AGENTS = 1000
_CLIENTS = 20
_REQUESTS = 25  # by each client
_SOCKETS = 1000
_ALL = "/api/agents?limit=1000"


def measure_api(process: BenchtopProcess, services: Services) -> Iterator[Figure]:
    """Fill the workspace up to 1,000 agents and call the API: alone, from 20 clients, and from 20 that never rest.

    Clients that never rest measure what the server can do at most: each then waits for the other nineteen.
    """
    provider_id = _fill(services)
    yield from _time("GET /api/agents, 1 client", process, lambda _: _get("/api/agents"), clients=1, p95="50 ms")
    yield from _time(
        "GET /api/agents?limit=1000, 1 client", process, lambda _: _get("/api/agents?limit=1000"), clients=1
    )
    for rest in (0.1, 0.0):
        name = "20 clients, 0.1 s between requests" if rest else "20 clients without rest"
        yield from _time(f"GET /api/agents, {name}", process, lambda _: _get("/api/agents"), rest=rest, p95="50 ms")
        yield from _time(f"POST /api/agents, {name}", process, lambda _: _post(provider_id), rest=rest, p95="50 ms")


def measure_sockets(process: BenchtopProcess) -> Iterator[Figure]:
    """Open 1,000 sockets that hear nothing, and see what they cost the server."""
    server = psutil.Process(process.process_id)
    before = server.memory_info().rss
    after = asyncio.run(_hold_sockets(process, server))
    yield Figure(f"memory of {_SOCKETS:,} idle sockets", (after - before) / 1e6, "MB", "promised: 100 MB")


def _fill(services: Services) -> uuid.UUID:
    workshop = Workshop(services)
    provider = workshop.make_provider(name="Bench API")
    for number in range(_AGENTS - 100):
        workshop.make_agent(provider, name=f"Bench API agent {number:04}")
    return provider.id


def _time(
    name: str,
    process: BenchtopProcess,
    build: Callable[[int], bytes],
    *,
    clients: int = _CLIENTS,
    rest: float = 0.0,
    p95: str = "",
) -> Iterator[Figure]:
    asyncio.run(_call(process.port, build, clients=clients, requests=5))
    requests = _REQUESTS * (1 if clients > 1 else 4)
    seconds = asyncio.run(_call(process.port, build, clients=clients, requests=requests, rest=rest))
    yield from spread(name, seconds, p95=p95)


async def _call(
    port: int, build: Callable[[int], bytes], *, clients: int, requests: int, rest: float = 0.0
) -> list[float]:
    async def call(number: int) -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        seconds = []
        await asyncio.sleep(rest * number / clients)
        for _ in range(requests):
            request = build(number)
            began = time.perf_counter()
            writer.write(request)
            status = await _read_answer(reader)
            seconds.append(time.perf_counter() - began)
            if status >= 300:
                raise RuntimeError(f"The API answered {status}.")
            await asyncio.sleep(rest)
        writer.close()
        return seconds

    return [each for part in await asyncio.gather(*map(call, range(clients))) for each in part]


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length: ")[2].split("\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(" ", 2)[1])


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _post(provider_id: uuid.UUID) -> bytes:
    agent = {
        "name": f"Posted {uuid.uuid4()}",
        "provider_id": str(provider_id),
        "model_name": "ok",
        "system_prompt": "Sort the ticket.",
    }
    body = json.dumps(agent)
    head = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"POST /api/agents HTTP/1.1\r\n{head}\r\n\r\n{body}".encode()


async def _hold_sockets(process: BenchtopProcess, server: psutil.Process) -> int:
    url = f"ws://127.0.0.1:{process.port}/ws?topics=agents,tasks,providers,runs"
    async with AsyncExitStack() as stack:
        for _ in range(_SOCKETS):
            await stack.enter_async_context(connect(url, compression=None))
        return int(server.memory_info().rss)
