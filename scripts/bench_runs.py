"""What a run costs in CPU beyond a bare call of pydantic-ai: both measured in this process, in one sitting.

The fake model server and PostgreSQL are processes of their own; what the latter takes is told separately.
"""

import asyncio
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import httpx2
import psutil
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_ai import Agent, NativeOutput, RunContext
from pydantic_ai.messages import AgentStreamEvent

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.events import ChangeEvent
from core.providers.dialects import ServerDialect
from core.providers.openai_models import build_compatible_model, open_openai_client
from core.providers.types.base import CallParts
from core.runs.records import StartRun
from core.services import Services
from core.settings import PROJECT_FOLDER, Settings
from core.tasks.records import TaskRecord
from db.embedded.process import find_server
from scripts.figures import Figure
from tests.factories import Workshop
from tests.integration.embedded_folders import cluster_of, reachable_folder

_RUNS = 200
_ROUNDS = 4  # of each kind in turn, so that what else the machine does falls on both
_WARM_UP = 20
_AT_ONCE = 20
_PROMPT = "The invoice is wrong."
_INSTRUCTIONS = "Sort the ticket."
_END_SECONDS = 60.0

BareAgent = Agent[None, "_Answer"]


class _Answer(BaseModel):
    """The same schema as the factories' task."""

    model_config = ConfigDict(extra="forbid")

    category: Literal["billing", "bug"]
    confidence: float = Field(ge=0, le=1)


@dataclass
class _Spent:
    """CPU seconds, of this process and of PostgreSQL."""

    own: float = 0.0
    database: float = 0.0


def measure_run_overhead() -> Iterator[Figure]:
    """Run the same call bare and through Benchtop, one by one and 20 at once; yield the CPU of each."""
    with reachable_folder() as folder, _model_server() as base_url:
        services = Services(Settings(data_dir=folder / "data", seed_examples=False))
        services.start()
        try:
            pair = Workshop(services).make_pair(base_url)
            for at_once in (1, _AT_ONCE):
                yield from _measure(services, base_url, pair, at_once=at_once)
        finally:
            services.stop()


def _measure(
    services: Services, base_url: str, pair: tuple[AgentRecord, TaskRecord], *, at_once: int
) -> Iterator[Figure]:
    cluster = cluster_of(services.settings.data_dir)
    bare, ours = _Spent(), _Spent()
    with _Runner(services) as runner:
        for number in range(_ROUNDS + 1):
            count = _RUNS // _ROUNDS if number else _WARM_UP
            spent = (_Spent(), _Spent()) if number == 0 else (bare, ours)
            with _watch(spent[0], find_server(cluster)):
                asyncio.run(_run_bare(base_url, count, at_once=at_once))
            with _watch(spent[1], find_server(cluster)):
                runner.run(*pair, count, at_once=at_once)
    how = "one by one" if at_once == 1 else f"{at_once} at once"
    yield Figure(f"a run, {how}: bare pydantic-ai (CPU)", bare.own / _RUNS * 1000, "ms")
    yield Figure(f"a run, {how}: through Benchtop (CPU)", ours.own / _RUNS * 1000, "ms")
    yield Figure(f"a run, {how}: Benchtop on top", (ours.own - bare.own) / _RUNS * 1000, "ms", "promised: 10 ms")
    yield Figure(f"a run, {how}: PostgreSQL beside it (CPU)", ours.database / _RUNS * 1000, "ms")


@contextmanager
def _watch(spent: _Spent, server_pid: int | None) -> Iterator[None]:
    own, database = time.process_time(), _read_cpu(server_pid)
    yield
    spent.own += time.process_time() - own
    spent.database += sum(seconds - database.get(pid, 0.0) for pid, seconds in _read_cpu(server_pid).items())


def _read_cpu(pid: int | None) -> dict[int, float]:
    if pid is None:
        return {}
    found = {}
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found[process.pid] = times.user + times.system
    return found


class _Runner:
    """Starts runs and waits for their ends as the announcements tell of them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ended: set[str] = set()
        self._changed = threading.Condition()

    def __enter__(self) -> "_Runner":
        self._unsubscribe = self._services.events.bus.subscribe(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        self._unsubscribe()

    def run(self, agent: AgentRecord, task: TaskRecord, count: int, *, at_once: int) -> None:
        """Run so many, never more than `at_once` at a time."""
        request = StartRun(agent_id=agent.id, task_id=task.id, input=_PROMPT)
        for start in range(0, count, at_once):
            several = range(min(at_once, count - start))
            self._wait([self._services.runs.start_run(LOCAL_USER, request).id for _ in several])

    def _hear(self, events: Sequence[ChangeEvent]) -> None:
        ended = [event.data["id"] for event in events if event.event == "ended"]
        if ended:
            with self._changed:
                self._ended.update(ended)
                self._changed.notify()

    def _wait(self, run_ids: Sequence[uuid.UUID]) -> None:
        wanted = {str(run_id) for run_id in run_ids}
        with self._changed:
            if not self._changed.wait_for(lambda: wanted <= self._ended, _END_SECONDS):
                raise TimeoutError("The runs did not end.")


async def _run_bare(base_url: str, count: int, *, at_once: int) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        sdk = open_openai_client(CallParts(base_url=base_url, http=http, api_key=SecretStr("none")))
        agent: BareAgent = Agent(
            build_compatible_model(sdk, model_name="ok", dialect=ServerDialect()),
            output_type=NativeOutput(_Answer),
            instructions=_INSTRUCTIONS,
            retries={"output": 2},
        )
        await _each(lambda: _ask(agent), count, at_once=at_once)


async def _ask(agent: BareAgent) -> None:
    await agent.run(_PROMPT, event_stream_handler=_listen)


async def _listen(_: RunContext[None], stream: AsyncIterable[AgentStreamEvent]) -> None:
    async for _event in stream:
        pass


async def _each(ask: Callable[[], Awaitable[None]], count: int, *, at_once: int) -> None:
    for start in range(0, count, at_once):
        await asyncio.gather(*(ask() for _ in range(min(at_once, count - start))))


@contextmanager
def _model_server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fake_model_server"]
    with subprocess.Popen(command, cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, text=True) as process:  # our own
        try:
            assert process.stdout is not None
            yield f"{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def main() -> None:
    for figure in measure_run_overhead():
        print(figure, flush=True)


if __name__ == "__main__":
    main()
