"""The Unix account the server runs as: our own, or an unprivileged one when we are root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from db.errors import EmbeddedServerError

# PostgreSQL refuses to run as root; a packaged PostgreSQL brings the first, every system has the second.
_UNPRIVILEGED_NAMES = ("postgres", "nobody")

# Neither the app's secrets nor stray PG… variables reach the server. A set locale keeps macOS from starting
# threads in it, and English messages can be recognised.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """`uid` and `gid` are None when the server runs as the account we already are."""

    uid: int | None = None
    gid: int | None = None

    @property
    def identity(self) -> _Identity:
        """The arguments that make a subprocess run as this account."""
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(
        self, command: Sequence[str | Path], *, timeout_seconds: float, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account and return what it said."""
        return subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd="/",  # our own working folder may be closed to the account
            env=ENVIRONMENT,
            timeout=timeout_seconds,
            **self.identity,
        )

    def can_enter(self, folder: Path) -> bool:
        """Say whether this account can reach things in the folder."""
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], timeout_seconds=10).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Say whether this account can execute the program."""
        if self.uid is None:
            return True
        try:
            return self.run([program, "--version"], timeout_seconds=10).returncode == 0
        except OSError:
            return False

    def give(self, folder: Path) -> None:
        """Make this account the owner of a folder of ours."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def choose_account(cluster: Path | None) -> Account:
    """Return the owner of the cluster when we are root, else an unprivileged account, else ourselves.

    Raises: EmbeddedServerError: we are root and there is no such account.
    """
    if os.geteuid() != 0:
        return Account()
    if cluster is not None and cluster.is_dir() and (owner := cluster.stat()).st_uid != 0:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    for name in _UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root, and this computer has neither an account postgres nor nobody.",
        hint="Start Benchtop as a normal user, or set DATABASE_URL to a server of yours.",
    )
