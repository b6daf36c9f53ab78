"""Somebody's shell, for tests of the command line: as a process of its own, or quicker, in this one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from core.settings import Settings

PROJECT = Path(__file__).parents[2]
_NOT_SET = ("DATABASE_URL", "ENCRYPTION_KEY")


class Shell:
    """Somebody's shell with the settings in its environment."""

    def __init__(self, variables: dict[str, str]) -> None:
        others = {name: value for name, value in os.environ.items() if not name.startswith("BENCHTOP_")}
        self.environment = {name: value for name, value in others.items() if name not in _NOT_SET} | variables

    def start(self, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *python, "cli.py", *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, python: tuple[str, ...] = ()) -> tuple[int, str, str]:
        """Return the exit code, stdout and stderr."""
        with self.start(*arguments, python=python) as process:
            out, err = process.communicate(timeout=60)
            assert "Traceback" not in err
            return process.returncode, out, err


def variables_of(settings: Settings) -> dict[str, str]:
    assert settings.database_url
    assert settings.encryption_key
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "ENCRYPTION_KEY": settings.encryption_key.get_secret_value(),
        "BENCHTOP_DATA_DIR": str(settings.data_dir),
        "BENCHTOP_EXAMPLES": "false",
        "BENCHTOP_ALLOW_PRIVATE_ADDRESSES": "true",
    }


@contextmanager
def invoking(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Call the command line in this process, which is quicker: `invoke("doctor", input="…", DATABASE_URL="…")`."""
    handler = signal.getsignal(signal.SIGTERM)

    def invoke(*arguments: str, input: str = "", **changes: str) -> Result:
        for name, value in (variables_of(settings) | changes).items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, arguments, input=input)

    try:
        yield invoke
    finally:
        signal.signal(signal.SIGTERM, handler)
