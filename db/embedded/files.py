"""Private files and inter-process locks in the data folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.errors import EmbeddedServerError

_POLL_SECONDS = 0.02


def open_private(path: Path, flags: int) -> int:
    """Open a file only its owner may read, made if missing, and return its descriptor.

    Root gives a file to the owner of the folder, so that the same data folder works later without root.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def replace_private(path: Path, text: str) -> None:
    """Write a private file so that a crash leaves either the old or the new content."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(open_private(beside, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_lock(path: Path, *, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock file alone. Raises: EmbeddedServerError: another process held it all the time."""
    descriptor = open_private(path, os.O_RDWR)
    try:
        _wait_for_lock(descriptor, path, timeout_seconds=timeout_seconds)
        yield
    finally:
        _unlock(descriptor)


def _wait_for_lock(descriptor: int, path: Path, *, timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"Another Benchtop has been starting or stopping the database for over {timeout_seconds:.0f} seconds.",
                hint=f"End the process that holds “{path}”, then start again.",
            )
        time.sleep(_POLL_SECONDS)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(descriptor: int) -> None:
    # Closing alone would leave the lock to a child that was forked meanwhile.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


class UserHold:
    """One app's use of the server. The kernel drops it when the app dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private(path, os.O_RDWR)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._descriptor)
            raise

    def is_last(self) -> bool:
        """Say whether no other app uses the server. Call under the start lock, then release."""
        return _try_lock(self._descriptor)

    def release(self) -> None:
        """Give the hold up."""
        _unlock(self._descriptor)
