"""A stand-in for the app: a process of its own that uses the bundled PostgreSQL and obeys lines on stdin."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import psycopg

from db.embedded import EmbeddedPostgres
from db.errors import EmbeddedServerError

ROOT = Path(__file__).parents[2]


class AppProcess:
    """Runs this file as a process and talks to it.

    `uid` is the account it becomes once its imports are done, so that the account need not reach our Python;
    `binaries` are PostgreSQL programs that account can reach. `max_file_bytes` plays a full disk; 0 means none.
    """

    def __init__(
        self, data_dir: Path, *, uid: int | None = None, binaries: Path | None = None, max_file_bytes: int = 0
    ) -> None:
        options = {"data_dir": str(data_dir), "uid": uid, "binaries": binaries and str(binaries)}
        self._process = subprocess.Popen(
            [sys.executable, "-B", __file__, json.dumps({**options, "max_file_bytes": max_file_bytes})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PATH": os.environ["PATH"]},
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.signal_group(signal.SIGKILL)
        if not self._stdout.closed:
            self.read_to_end()

    def ask(self, verb: str) -> dict[str, Any]:
        """Send start, stop or listen, and return the answer: JSON of several shapes."""
        self.send(verb)
        return self.answer()

    def send(self, verb: str) -> None:
        self._stdin.write(f"{verb}\n")
        self._stdin.flush()

    def answer(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self._stdout.readline()))

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the process and its children, as a terminal does."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def read_to_end(self) -> str:
        """Read until nobody holds the other end of its stdout. Raises: TimeoutExpired: somebody does."""
        return self._process.communicate(timeout=20)[0]


def _obey(data_dir: Path, *, binaries: Path | None) -> None:
    embedded = EmbeddedPostgres(data_dir, binaries=binaries, start_timeout_seconds=60)
    listener = socket.socket()
    for line in sys.stdin:
        try:
            said = _carry_out(line.strip(), embedded, listener)
        except EmbeddedServerError as error:
            said = {"message": error.message, "hint": error.hint}
        print(json.dumps(said), flush=True)  # noqa: T201  # this is how it answers


def _carry_out(verb: str, embedded: EmbeddedPostgres, listener: socket.socket) -> dict[str, object]:
    if verb == "start":
        return {"url": embedded.start()}
    if verb == "stop":
        embedded.stop()
        return {"stopped": True}
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    listener.set_inheritable(True)
    return {"port": listener.getsockname()[1]}


def _become(uid: int) -> None:
    with suppress(psycopg.OperationalError):  # what psycopg imports late must be in before
        psycopg.connect(host="127.0.0.1", port=1)
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    if options["max_file_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["max_file_bytes"],) * 2)
    if options["uid"] is not None:
        _become(options["uid"])
    _obey(Path(options["data_dir"]), binaries=Path(options["binaries"]) if options["binaries"] else None)
