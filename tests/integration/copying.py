"""Runs agents in Benchtop, and the copied files of the same beside them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.providers.dialects import ServerDialect
from core.providers.records import ProviderRecord
from core.runs.code.python_file import python_file
from core.runs.records import RunRecord
from core.tasks.records import TaskRecord
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

Json = Any  # Any: arbitrary JSON

# Runs files one after the other as programs, so that pydantic-ai is imported once for all of them.
RUNNER = """
import contextlib, io, json, runpy, sys
for line in sys.stdin:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(line.strip(), run_name="__main__")
        except SystemExit as end:
            code = 1
            print(end.code, file=err)
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
KEY = "sk-of-the-environment"
KEY_VARIABLES = (
    "MODEL_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
)
ENVIRONMENT |= dict.fromkeys(KEY_VARIABLES, KEY) | {"MODEL_HEADER_X_TEAM": "the tests"}
CHAT = "/v1/chat/completions"


class Said(NamedTuple):
    """How a program ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


@contextmanager
def running_files() -> Iterator[Callable[[Path], Said]]:
    """Keep another interpreter, which runs files; each has a minute."""
    command = [sys.executable, "-W", "error", "-c", RUNNER]
    with subprocess.Popen(
        command, env=ENVIRONMENT, text=True, encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def run(path: Path) -> Said:
            assert process.stdin
            assert process.stdout
            limit = threading.Timer(60, process.kill)
            limit.start()
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
            said = Said(*json.loads(process.stdout.readline()))
            limit.cancel()
            return said

        yield run
        process.communicate()


class Copyist:
    """Runs an agent on a task in Benchtop, and the copied file of the same beside it."""

    def __init__(self, workshop: Workshop, server: FakeModelServer, path: Path, runner: Callable[[Path], Said]) -> None:
        self._workshop, self._server, self._path, self._runner = workshop, server, path, runner
        self.run: RunRecord
        self.requests: list[tuple[Json, Json]] = []
        """What was sent first by Benchtop, and by the file."""
        self.counts: tuple[int, int]
        self.source: str
        """The file."""

    def compare(self, schema: Json, mode: str, *, mends_answers: bool = True) -> Said:
        """Do both on a task with this schema, while the server behaves so; return what the file said."""
        provider = self._workshop.make_provider(self._server.base_url)
        agent = self._workshop.make_agent(provider, retries=1)
        task = self._workshop.make_task(schema, mends_answers=mends_answers)
        return self.compare_on(agent, task, provider, "Two of them.", mode=mode)

    def compare_on(
        self,
        agent: AgentRecord,
        task: TaskRecord,
        provider: ProviderRecord,
        given: Json,
        *,
        mode: str | None,
        dialect: ServerDialect | None = None,
    ) -> Said:
        """Do both; return what the file said. `mode` None: the model's name is the mode."""
        self._workshop.assign(agent, task)
        self._misbehave(mode)
        self.run = self._workshop.run(agent, task, given)
        asked = self._server.chat_requests
        self._misbehave(mode)
        self.source = python_file(agent, task, provider, given, dialect=dialect, request_timeout_seconds=20)
        self._path.write_text(self.source, encoding="utf-8")
        said = self._runner(self._path)
        copied = self._server.chat_requests
        self.counts = len(asked), len(copied)
        self.requests = [(one.body, other.body) for one, other in zip(asked[:1], copied[:1], strict=False)]
        return said

    def execute(self, source: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a file as somebody would who has pasted it somewhere else."""
        self._path.write_text(source, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-W", "error", str(self._path)],
            cwd=self._path.parent,
            env=ENVIRONMENT | variables,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    def errors(self) -> list[Json]:
        """Return what was wrong with the last answer in Benchtop."""
        return list(self._workshop.services.runs.list_attempts(LOCAL_USER, self.run.id)[-1].errors)

    def _misbehave(self, mode: str | None) -> None:
        self._server.reset()
        self._server.set_mode(mode, path=CHAT)
