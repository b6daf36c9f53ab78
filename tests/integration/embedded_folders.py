"""Folders for servers of the bundled PostgreSQL in tests, and what tests do to them."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import make_url

from db.embedded.process import find_server
from db.embedded.server_file import read_server_file


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder every account can reach, unlike pytest's own; servers left below it are ended."""
    folder = Path(tempfile.mkdtemp(prefix="benchtop-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in folder.rglob("server.json"):
            clear_away(path.parent)
        shutil.rmtree(folder, ignore_errors=True)


def cluster_of(data_dir: Path) -> Path:
    server = read_server_file(data_dir)
    assert server is not None
    return data_dir / server.cluster


def clear_away(data_dir: Path) -> None:
    with suppress(AssertionError):
        kill_all_of(cluster_of(data_dir))
        if cluster_of(data_dir).parent != data_dir:
            shutil.rmtree(cluster_of(data_dir).parent)


def kill_all_of(cluster: Path) -> None:
    pid = find_server(cluster)
    if pid is None:
        return
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: find_server(cluster) is None)


def wait_until(condition: Callable[[], bool], *, timeout_seconds: float = 20) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


def query(url: str, statement: str, **changes: Any) -> list[tuple[Any, ...]]:  # Any: rows and libpq options vary
    parsed = make_url(url)
    options: dict[str, Any] = {"user": parsed.username, "password": parsed.password, "dbname": parsed.database}
    with psycopg.connect(host=parsed.host, port=parsed.port, **{**options, **changes}) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
