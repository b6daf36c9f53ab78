"""Whether a provider's limit holds and is used, as its server sees it: 200 runs at once against 120 requests a minute.

The fake model server is a process of its own, and its arrival times are judged. It takes some three minutes.
Before that, what a request costs with and without limits in this process: `--cost` does nothing else.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx2

from core.actors import LOCAL_USER
from core.providers.clients import build_provider_client
from core.providers.connections import OpenedSecrets, ProviderConnection, build_connection
from core.providers.records import ProviderChange, ProviderLimits, ProviderRecord
from core.providers.transport import OutboundPolicy
from core.runs.records import RunRecord
from core.services import Services
from core.settings import PROJECT_FOLDER, Settings
from db.tables import ProviderRow
from scripts.figures import Figure
from tests.factories import Workshop, wait_until
from tests.integration.embedded_folders import reachable_folder

_PER_MINUTE = 120
_ROUNDS = 3  # minutes in which the limit is full from the first to the last second
_AT_ONCE = 200
_MINUTE = 60.0
_CALLS = 1_000
_CALLS_AT_ONCE = (1, 20)
_AMPLE = ProviderLimits(requests_per_minute=1_000_000, tokens_per_minute=10_000_000_000, max_concurrency=10_000)


def measure_rates() -> Iterator[Figure]:
    """Start more runs than the limit lets pass in three minutes, and yield what arrived at the server."""
    with _services() as services, _model_server() as root_url:
        workshop = Workshop(services)
        agent, task = workshop.make_pair(f"{root_url}/v1")
        provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)
        _limit(services, provider, ProviderLimits(requests_per_minute=_PER_MINUTE))
        runs = [workshop.start_run(agent, task) for _ in range(_PER_MINUTE * (_ROUNDS + 1))]
        ended = [workshop.wait_for_end(run.id, seconds=_MINUTE * (_ROUNDS + 2)) for run in runs]
        yield from _judge(_read_arrivals(root_url), ended)


def _judge(arrivals: Sequence[float], runs: Sequence[RunRecord]) -> Iterator[Figure]:
    most = max(sum(1 for other in arrivals if start <= other < start + _MINUTE) for start in arrivals)
    # The first request of a minute may come a minute after the first one of the minute before, at the earliest.
    needed = arrivals[_PER_MINUTE * _ROUNDS] - arrivals[0]
    failed = sum(1 for run in runs if run.status != "passed")
    yield Figure(f"{len(runs)} runs, {_AT_ONCE} at once: most in any 60 s", most, "", f"allowed: {_PER_MINUTE}")
    yield Figure("share of the limit used", _ROUNDS * _MINUTE / needed * 100, "%", "promised: 95 %")
    yield Figure("runs that did not pass", failed, "", "promised: 0")


def measure_cost() -> Iterator[Figure]:
    """Send the same requests without and with limits that never refuse; yield the CPU of each in this process."""
    with _services() as services, _model_server() as root_url:
        provider = Workshop(services).make_provider(f"{root_url}/v1")
        for at_once in _CALLS_AT_ONCE:
            spent = dict.fromkeys((False, True), 0.0)
            for is_limited in (False, True, True, False) * 2:
                connection = _limit(services, provider, _AMPLE if is_limited else ProviderLimits())
                started = time.process_time()
                services.background.submit(_call(services, connection, at_once=at_once)).result()
                spent[is_limited] += time.process_time() - started
            bare, limited = (spent[each] / 4 / _CALLS * 1000 for each in (False, True))
            yield Figure(f"a request, {at_once} at once: without limits (CPU)", bare, "ms")
            yield Figure(f"a request, {at_once} at once: limits on top (CPU)", limited - bare, "ms")


async def _call(services: Services, connection: ProviderConnection, *, at_once: int) -> None:
    services.limiter.note_limits(connection.provider_id, connection.limits)
    policy = OutboundPolicy(allow_private=True)
    body = {"model": "ok", "messages": []}
    async with build_provider_client(connection, OpenedSecrets(), policy=policy, limiter=services.limiter) as client:
        for _ in range(_CALLS // at_once):
            url = f"{connection.base_url}/chat/completions"
            await asyncio.gather(*(client.post(url, json=body) for _ in range(at_once)))


def _limit(services: Services, provider: ProviderRecord, limits: ProviderLimits) -> ProviderConnection:
    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(limits=limits))
    wait_until(
        lambda: services.providers.get_provider(LOCAL_USER, provider.id).validation_status.is_settled,
        what="the check of the provider",
    )
    with services.store.reading() as session:
        row = session.get(ProviderRow, provider.id)
        assert row is not None
        return build_connection(row)


def _read_arrivals(root_url: str) -> list[float]:
    requests = httpx2.get(f"{root_url}/__requests", trust_env=False).json()
    return sorted(each["arrived_at"] for each in requests if each["path"] == "/v1/chat/completions")


@contextmanager
def _services() -> Iterator[Services]:
    with reachable_folder() as folder:
        settings = Settings(data_dir=folder / "data", seed_examples=False, max_concurrent_runs=_AT_ONCE)
        services = Services(settings)
        services.start()
        try:
            yield services
        finally:
            services.stop()


@contextmanager
def _model_server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fake_model_server"]
    with subprocess.Popen(command, cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, text=True) as process:  # our own
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    for figure in measure_cost():
        print(figure, flush=True)
    if "--cost" not in sys.argv:
        for figure in measure_rates():
            print(figure, flush=True)


if __name__ == "__main__":
    main()
