"""A Benchtop process to be killed: starts the services, does what stdin says, and answers in JSON lines."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from core.settings import Settings

ROOT = Path(__file__).parents[2]


class AppProcess:
    """Runs this file as a process of its own on the database of some settings."""

    def __init__(self, settings: Settings, *, max_concurrent_runs: int = 64) -> None:
        assert settings.database_url
        assert settings.encryption_key
        options = {
            "database_url": settings.database_url.get_secret_value(),
            "encryption_key": settings.encryption_key.get_secret_value(),
            "data_dir": str(settings.data_dir),
            "seed_examples": False,
            "allow_private_addresses": settings.allow_private_addresses,
            "max_concurrent_runs": max_concurrent_runs,
        }
        self._process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        assert self._read() == {"ready": True}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start_run(self, *, agent_id: uuid.UUID, task_id: uuid.UUID) -> uuid.UUID:
        """Have the process start a run."""
        request = {"agent_id": str(agent_id), "task_id": str(task_id), "input": "From the other process."}
        self._stdin.write(json.dumps(request) + "\n")
        self._stdin.flush()
        return uuid.UUID(self._read()["run_id"])

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._process.kill()
        self._process.communicate(timeout=20)

    def _read(self) -> dict[str, Any]:  # Any: JSON of several shapes
        return cast("dict[str, Any]", json.loads(self._stdout.readline()))


def _obey(settings: Settings) -> None:
    from core.actors import LOCAL_USER
    from core.runs.records import StartRun
    from core.services import Services

    services = Services(settings)
    services.start()
    print(json.dumps({"ready": services.readiness().is_ready}), flush=True)  # noqa: T201  # this is how it answers
    for line in sys.stdin:
        run = services.runs.start_run(LOCAL_USER, StartRun.model_validate_json(line))
        print(json.dumps({"run_id": str(run.id)}), flush=True)  # noqa: T201  # as above


if __name__ == "__main__":
    _obey(Settings.model_validate(json.loads(sys.argv[1])))
