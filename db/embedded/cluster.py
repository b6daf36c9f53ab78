"""Make and check the cluster: the folder PostgreSQL keeps its data in."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from db.embedded.account import Account
from db.embedded.binaries import Binaries
from db.embedded.files import sync_folder
from db.embedded.server_file import ADMIN_ROLE, APP_ROLE, ServerFile
from db.errors import EmbeddedServerError

_UNFINISHED_PREFIX = ".init-"
_STATE_FOLDER = Path("/var/lib/benchtop")


def choose_home(data_dir: Path, account: Account) -> Path:
    """Return the folder for the cluster: the data folder, or one under /var/lib when the account cannot get in.

    Only root runs the server as another account, so only root ever gets the second.
    """
    if account.uid is None or account.can_enter(data_dir):
        return data_dir
    return _STATE_FOLDER / hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]


def make_data_folder(folder: Path, *, account: Account) -> None:
    """Make the data folder if it is missing: private, but passable when the server runs as another account."""
    folder.mkdir(mode=0o700 if account.uid is None else 0o711, parents=True, exist_ok=True)


def make_home(home: Path) -> None:
    """Make a folder under /var/lib passable whatever the umask; the data folder is left as it is."""
    if home.parent == _STATE_FOLDER:
        home.mkdir(parents=True, exist_ok=True)
        _STATE_FOLDER.chmod(0o711)
        home.chmod(0o711)


def refuse_other_major(home: Path, *, major: int) -> None:
    """Raises: EmbeddedServerError: the data here were made by another major version only."""
    found = {path.parent: path.read_text().strip() for path in home.glob("pg[0-9]*/PG_VERSION")}
    own = home / f"pg{major}"
    if not found or found.get(own) == str(major):
        return
    folder = own if own in found else max(found)
    version = found[folder]
    raise EmbeddedServerError(
        f"The data in “{folder}” were made by PostgreSQL {version}, but the programs here are PostgreSQL {major}.",
        hint=f"Nothing was changed. Export them with pg_dump of PostgreSQL {version}, or start Benchtop with "
        f"PostgreSQL {version}; to begin anew, move the folder away. Or set DATABASE_URL to a server of yours.",
    )


def remove_unfinished(home: Path) -> None:
    """Clear away what a killed start left."""
    for folder in home.glob(f"{_UNFINISHED_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def create_cluster(
    cluster: Path, *, binaries: Binaries, account: Account, admin_password: str, timeout_seconds: float
) -> None:
    """Make the cluster aside, then put it in its place in one step.

    Raises: EmbeddedServerError: initdb failed; its last words are in the hint.
    """
    aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED_PREFIX, dir=cluster.parent))
    try:
        password_file = aside / "password"
        password_file.write_text(admin_password)
        account.give(password_file)
        account.give(aside)
        made = aside / "cluster"
        _run_initdb(made, binaries=binaries, account=account, timeout_seconds=timeout_seconds)
        made.rename(cluster)
        sync_folder(cluster.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _run_initdb(made: Path, *, binaries: Binaries, account: Account, timeout_seconds: float) -> None:
    initdb = binaries.program("initdb")
    command: list[str | Path] = [initdb, "-D", made, "-U", ADMIN_ROLE, f"--pwfile={made.parent / 'password'}"]
    command += ["--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--encoding=UTF8"]
    command += ["--data-checksums", "--no-sync", "--no-instructions"]
    said = ""
    for locale in _locale_choices(binaries.major):
        result = account.run([*command, *locale], timeout_seconds=timeout_seconds)
        if result.returncode == 0:
            # Faster than syncing file by file while they are made, and just as safe before the rename.
            account.run([initdb, "--sync-only", "-D", made], timeout_seconds=timeout_seconds).check_returncode()
            return
        said = result.stdout
    raise EmbeddedServerError(
        f"The bundled PostgreSQL could not prepare its data folder “{made.parent.parent}”.",
        hint="Check the free space and the permissions there, or set DATABASE_URL to a server of yours. "
        "initdb said:\n" + tail(said),
    )


def _locale_choices(major: int) -> list[list[str]]:
    if major >= 17:  # C.UTF-8 comes with the server, so that every system sorts and lower-cases alike
        return [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
    return [["--locale=C.UTF-8"], ["--locale=C"]]


def reset_passwords(
    cluster: Path, *, binaries: Binaries, account: Account, server: ServerFile, timeout_seconds: float
) -> None:
    """Give both roles new passwords while the server is down, for when server.json was lost."""
    statements = [
        f"ALTER ROLE {role} PASSWORD '{password}'"
        for role, password in ((ADMIN_ROLE, server.admin_password), (APP_ROLE, server.password))
    ]
    account.run(
        [binaries.program("postgres"), "--single", "-D", cluster, "postgres"],
        stdin="\n".join(statements) + "\n",
        timeout_seconds=timeout_seconds,
    )


def tail(text: str, *, lines: int = 12) -> str:
    """Return the last lines, those with something in them."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])
