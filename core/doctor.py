"""Looks at an installation without changing it: database, schema, encryption keys, providers, room on the disk.

What was never started stays so: a folder without a bundled PostgreSQL gets none by being looked at. One that has it
but is not running is started for the look, as an app would, and whoever holds `embedded` stops it again.
"""

import shutil
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.encryption import Keyring, read_key_file, split_keys
from core.errors import SecretError
from core.providers.builtin import availability
from core.providers.records import ValidationStatus
from core.providers.types import find_type
from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.embedded.binaries import find_binaries
from db.embedded.server_file import read_server_file
from db.errors import DatabaseError
from db.migrate import current_revision, head_revision
from db.queries import keys as key_queries
from db.queries import providers as provider_queries
from db.session import Database
from db.tables import ProviderRow

_MEBIBYTE = 1024 * 1024
_LOW_DISK_BYTES = 2048 * _MEBIBYTE
_FULL_DISK_BYTES = 256 * _MEBIBYTE


class Verdict(StrEnum):
    """How bad a finding is. A warning does not keep Benchtop from working; a problem keeps some of it from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(BaseModel):
    """One line of the examination. `hint` says what to do; blank when nothing is."""

    model_config = ConfigDict(frozen=True)

    subject: str
    verdict: Verdict
    message: str
    hint: str = ""


def examine(settings: Settings, *, embedded: EmbeddedPostgres | None, database: Database) -> Iterator[Finding]:
    """Yield the findings as they are made. `embedded` is None when DATABASE_URL names the server.

    What cannot be seen without the database, or at another version's schema, is left out.
    """
    yield examine_disk(settings.data_dir)
    try:
        yield from _examine_stored(settings, embedded=embedded, database=database)
    except DatabaseError as error:
        yield Finding(subject="database", verdict=Verdict.PROBLEM, message=error.message, hint=error.hint)


def _examine_stored(settings: Settings, *, embedded: EmbeddedPostgres | None, database: Database) -> Iterator[Finding]:
    finding = _examine_database(settings, embedded=embedded, database=database)
    yield finding
    if finding.verdict is not Verdict.OK:
        return
    finding = _examine_schema(database)
    yield finding
    if finding.verdict is not Verdict.OK:
        return
    with database.transaction() as session:
        sealed_with = sorted(key_queries.list_fingerprints_in_use(session))
        providers = [row for row, _ in provider_queries.list_providers(session)]
    yield _examine_keys(settings, sealed_with=sealed_with)
    yield from (_examine_provider(row) for row in providers)


def examine_disk(data_dir: Path, *, low_bytes: int = _LOW_DISK_BYTES, full_bytes: int = _FULL_DISK_BYTES) -> Finding:
    """Say how much room is left where the data folder is, or will be made."""
    there = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Finding(
            subject="disk",
            verdict=Verdict.PROBLEM,
            message=f"The data folder {data_dir} cannot be looked at: {error.strerror}.",
            hint="Check its owner and mode; BENCHTOP_DATA_DIR chooses another folder.",
        )
    verdict = Verdict.PROBLEM if free < full_bytes else Verdict.WARNING if free < low_bytes else Verdict.OK
    hint = "" if verdict is Verdict.OK else "Make room, or choose another folder with BENCHTOP_DATA_DIR."
    message = f"{free / _MEBIBYTE:,.0f} MiB free for the data folder {data_dir}."
    return Finding(subject="disk", verdict=verdict, message=message, hint=hint)


def _examine_database(settings: Settings, *, embedded: EmbeddedPostgres | None, database: Database) -> Finding:
    """Raises: DatabaseError: there is none."""
    subject, started = "database", time.perf_counter()
    if embedded is not None:
        if read_server_file(settings.data_dir) is None:
            find_binaries(None)
            message = "The bundled PostgreSQL was not set up here yet."
            hint = "The first start of Benchtop does it."
            return Finding(subject=subject, verdict=Verdict.WARNING, message=message, hint=hint)
        embedded.start()
    database.check()
    which = "The bundled PostgreSQL" if embedded is not None else "The PostgreSQL of DATABASE_URL"
    message = f"{which} answers ({time.perf_counter() - started:.2f} s)."
    return Finding(subject=subject, verdict=Verdict.OK, message=message)


def _examine_schema(database: Database) -> Finding:
    subject, head = "migrations", head_revision()
    with database.transaction() as session:
        at = current_revision(session.connection())
    if at == head:
        return Finding(subject=subject, verdict=Verdict.OK, message=f"At revision {head}, the newest.")
    if at is None:
        message, hint = "The database is empty.", "The next start of Benchtop makes its tables."
        return Finding(subject=subject, verdict=Verdict.WARNING, message=message, hint=hint)
    if at < head:  # revisions are numbered
        message = f"At revision {at}; this version needs {head}."
        hint = "The next start of Benchtop brings it there. Back up first."
        return Finding(subject=subject, verdict=Verdict.WARNING, message=message, hint=hint)
    message = f"At revision {at}, which this version of Benchtop (up to {head}) does not know."
    hint = "Use the newer Benchtop that made it, or point DATABASE_URL at another database."
    return Finding(subject=subject, verdict=Verdict.PROBLEM, message=message, hint=hint)


def _examine_keys(settings: Settings, *, sealed_with: list[str]) -> Finding:
    subject = "encryption keys"
    try:
        loaded, source = _find_loaded(settings)
    except SecretError as error:
        verdict = Verdict.PROBLEM if sealed_with else Verdict.WARNING
        return Finding(subject=subject, verdict=verdict, message=error.message, hint=error.hint)
    stored = f"sealed with: {', '.join(sealed_with) or 'nothing yet'}; loaded from {source}: {', '.join(loaded)}"
    missing = [fingerprint for fingerprint in sealed_with if fingerprint not in loaded]
    if missing:
        return Finding(
            subject=subject,
            verdict=Verdict.PROBLEM,
            message=f"Stored provider keys cannot be opened: {', '.join(missing)} is not loaded ({stored}).",
            hint="Add that key to ENCRYPTION_KEY, or enter those providers' keys again.",
        )
    return Finding(subject=subject, verdict=Verdict.OK, message=f"Every stored key can be opened ({stored}).")


def _find_loaded(settings: Settings) -> tuple[tuple[str, ...], str]:
    """Return the fingerprints an app would load and where from. Raises: SecretError: it would have none."""
    if settings.encryption_key is not None:
        return Keyring(split_keys(settings.encryption_key)).fingerprints, "ENCRYPTION_KEY"
    if settings.key_file.exists():
        return Keyring(read_key_file(settings.key_file)).fingerprints, str(settings.key_file)
    if settings.uses_bundled_database:
        message, hint = (
            f"The key file {settings.key_file} is gone.",
            "Put it back from a backup, or set ENCRYPTION_KEY.",
        )
    else:
        message, hint = "ENCRYPTION_KEY is not set, so no provider key can be stored.", "Make one with: make key"
    raise SecretError(message, hint=hint)


def _examine_provider(row: ProviderRow) -> Finding:
    subject, status = f"provider “{row.name}”", ValidationStatus(row.validation_status)
    builtin = availability()
    if not find_type(row.type).has_address and not builtin.is_available:
        return Finding(subject=subject, verdict=Verdict.PROBLEM, message=builtin.message, hint=builtin.hint)
    if status is ValidationStatus.ERROR:
        return Finding(
            subject=subject, verdict=Verdict.PROBLEM, message=row.validation_message, hint=row.validation_hint
        )
    if status is ValidationStatus.CONNECTED:
        return Finding(subject=subject, verdict=Verdict.OK, message="Connected when it was last checked.")
    hint = "Run: python cli.py providers check"
    return Finding(
        subject=subject, verdict=Verdict.WARNING, message=f"Its check is not over ({status.value}).", hint=hint
    )
