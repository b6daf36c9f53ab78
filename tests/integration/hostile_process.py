"""A Benchtop process that calls hostile servers, and says in JSON lines how long that took and how much memory."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from pydantic import BaseModel

from core.settings import Settings

ROOT = Path(__file__).parents[2]
_MEBIBYTE = 1024 * 1024


class Suffered(BaseModel):
    """What became of a check and a run at a hostile server."""

    check_seconds: float
    diagnosis: str
    check_message: str
    run_seconds: float
    run_status: str
    run_reason: str
    run_message: str
    grown_mebibytes: float


class HostileProcess:
    """Runs this file as a process of its own."""

    def __init__(self, settings: Settings, *, warm_url: str) -> None:
        """`warm_url` leads to a good server: what is only loaded once must not count as growth."""
        assert settings.database_url
        assert settings.encryption_key
        options = settings.model_dump(mode="json") | {
            "database_url": settings.database_url.get_secret_value(),
            "encryption_key": settings.encryption_key.get_secret_value(),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.hostile_process", json.dumps(options), warm_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout
        assert json.loads(self._process.stdout.readline()) == {"ready": "passed"}

    def suffer(self, base_url: str, *, type_name: str = "openai") -> Suffered:
        """Check a provider at an address and run an agent on it, both at once."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"base_url": base_url, "type": type_name}) + "\n")
        self._process.stdin.flush()
        return Suffered.model_validate_json(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate(timeout=20)


class _Memory:
    """The most memory this process held since it was last asked."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def read(self) -> float:
        """Return the resident size now, in MiB, and begin a new peak with it."""
        self._peak = self._process.memory_info().rss
        return self._peak / _MEBIBYTE

    @property
    def peak_mebibytes(self) -> float:
        return self._peak / _MEBIBYTE

    def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, self._process.memory_info().rss)
            time.sleep(0.004)


def main() -> None:
    """Do what stdin says until it closes."""
    from core.services import Services

    services = Services(Settings.model_validate(json.loads(sys.argv[1])))
    services.start()
    victim = _Victim(services)
    warm = victim.run({"base_url": sys.argv[2], "type": "openai"})
    print(json.dumps({"ready": warm["run_status"]}), flush=True)  # noqa: T201  # this is how it answers
    memory = _Memory()
    for line in sys.stdin:
        before = memory.read()
        found = victim.suffer(json.loads(line))
        suffered = Suffered(grown_mebibytes=memory.peak_mebibytes - before, **found)
        print(suffered.model_dump_json(), flush=True)  # noqa: T201  # as above


class _Victim:
    def __init__(self, services: Any) -> None:  # Any: imported late, so that the parent need not load it
        from tests.factories import Workshop

        self._services = services
        self._workshop = Workshop(services)
        self._task = self._workshop.make_task()

    def suffer(self, place: dict[str, str]) -> dict[str, Any]:  # Any: words and figures
        with ThreadPoolExecutor(2) as threads:
            both = threads.submit(self.check, place), threads.submit(self.run, place)
            return both[0].result() | both[1].result()

    def check(self, place: dict[str, str]) -> dict[str, Any]:  # Any: as above
        from tests.integration.test_providers import settled

        started = time.perf_counter()
        provider = self._workshop.make_provider(place["base_url"], provider_type=place["type"])
        found = settled(self._services, provider.id)
        seconds = time.perf_counter() - started
        return {
            "check_seconds": seconds,
            "diagnosis": str(found.diagnosis or ""),
            "check_message": found.validation_message,
        }

    def run(self, place: dict[str, str]) -> dict[str, Any]:  # Any: as above
        provider = self._workshop.make_provider(place["base_url"], provider_type=place["type"])
        agent = self._workshop.make_agent(provider, retries=0)
        self._workshop.assign(agent, self._task)
        started = time.perf_counter()
        run = self._workshop.run(agent, self._task)
        seconds = time.perf_counter() - started
        return {
            "run_seconds": seconds,
            "run_status": run.status.value,
            "run_reason": str(run.reason or ""),
            "run_message": run.message,
        }


if __name__ == "__main__":
    main()
