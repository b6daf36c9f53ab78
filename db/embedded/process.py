"""The server as a process: is it ours, is it alive, start it, stop it."""

import os
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import psutil

from db.embedded.account import ENVIRONMENT, Account
from db.embedded.binaries import Binaries
from db.embedded.cluster import tail
from db.embedded.files import open_private
from db.embedded.server_file import HOST

_POLL_SECONDS = 0.01
_STATUS_LINE = 7  # of postmaster.pid, counted from 0
_LOG_AGE_SECONDS = 6 * 24 * 3600
_LOG_BYTES = 20_000_000

# Given on the command line, so that they hold whatever the cluster's own files say. Logs turn over weekly, and
# carry neither statements nor row values, since those hold prompts and answers.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    # Many rounds protect passwords that could be guessed. These are 32 random bytes, and each round costs a connection.
    "scram_iterations": "1",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "on",
    "log_destination": "stderr",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def find_server(cluster: Path) -> int | None:
    """Return the process id of the living server of this cluster; None when there is none."""
    lines = _pid_file_lines(cluster)
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    pid = abs(int(lines[0]))
    return pid if pid and _is_server_of(pid, cluster) else None


def is_ready(cluster: Path) -> bool:
    """Say whether the server has declared itself ready for connections."""
    lines = _pid_file_lines(cluster)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].startswith("ready")


def is_running(pid: int) -> bool:
    """Say whether the process lives; a zombie does not."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def launch_server(cluster: Path, *, binaries: Binaries, account: Account, port: int, log: Path) -> int:
    """Start the server apart from our terminal and files, and return its process id without waiting for it.

    A pid file here is removed: call this only when `find_server` found nothing, under the start lock.
    """
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    _prune_logs(cluster)
    settings = [part for name, value in {**_SETTINGS, "port": str(port)}.items() for part in ("-c", f"{name}={value}")]
    command = [str(binaries.program("postgres")), "-D", str(cluster), *settings]
    log_descriptor = open_private(log, os.O_WRONLY | os.O_TRUNC)
    try:
        # The shell ends at once and the server becomes nobody's child: it outlives us, and leaves us no zombie.
        # pg_ctl would do the same, but pastes the paths into a shell command, where quotes in them break it.
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_descriptor,
            check=True,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            **account.identity,
        )
    finally:
        os.close(log_descriptor)
    return int(shell.stdout)


def stop_server(cluster: Path, *, timeout_seconds: float) -> bool:
    """Stop the server in fast mode (as `pg_ctl stop -m fast`); False when it still runs after the time given."""
    pid = find_server(cluster)
    if pid is None:
        return True
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + timeout_seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def read_log_tail(cluster: Path, *, log: Path) -> str:
    """Return the last words of the server: from its own log, and from before that began."""
    own_logs = sorted((cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (log, *own_logs[-1:]) if path.exists()]
    return "\n".join(tail(text) for text in texts if text.strip())


def _prune_logs(cluster: Path) -> None:
    """Bound the logs: the server itself empties one of another week only when it runs at midnight."""
    for path in (cluster / "log").glob("*.log"):
        known = path.stat()
        if time.time() - known.st_mtime > _LOG_AGE_SECONDS or known.st_size > _LOG_BYTES:
            path.unlink(missing_ok=True)


def _pid_file_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _is_server_of(pid: int, cluster: Path) -> bool:
    if not is_running(pid):
        return False
    try:
        process = psutil.Process(pid)
        if "postgres" not in process.name():
            return False
        words = process.cmdline()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # cannot tell, so leave it alone
        return True
    folders = [Path(after) for word, after in pairwise(words) if word == "-D"]
    return any(folder.resolve() == cluster.resolve() for folder in folders) or _works_in(process, cluster)


def _works_in(process: psutil.Process, cluster: Path) -> bool:
    """For servers started by hand, whose command line may not name the cluster."""
    try:
        return Path(process.cwd()).resolve() == cluster.resolve()
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return False
