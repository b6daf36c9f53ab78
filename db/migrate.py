"""Bring the database to the schema of this version, once, however many apps start at the same time."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from db.errors import DatabaseError, DatabaseUnavailable
from db.session import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x42454E4348  # "BENCH": one key for every Benchtop that shares the database


class SchemaTooNew(DatabaseError):
    """The database was made by a newer Benchtop."""


def build_config() -> Config:
    """Return Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@lru_cache(maxsize=1)
def head_revision() -> str:
    """Return the newest revision this code knows."""
    return ScriptDirectory.from_config(build_config()).get_current_head() or ""


def current_revision(connection: Connection) -> str | None:
    """Return the revision the database is at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Say whether the database is at this code's schema. Raises: DatabaseUnavailable."""
    with database.transaction() as session:
        return current_revision(session.connection()) == head_revision()


def migrate(database: Database) -> None:
    """Apply what is missing, under an advisory lock.

    Raises: DatabaseUnavailable; SchemaTooNew: the database is at a revision this code does not know.
    """
    _check_encoding(database)
    if is_current(database):
        return
    try:
        _migrate(database)
    except ProgrammingError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise DatabaseUnavailable(
                "The role in DATABASE_URL may not create tables.",
                hint="Let it own the database, or grant it CREATE on the schema public. Then start Benchtop again.",
            ) from error
        raise


def _check_encoding(database: Database) -> None:
    with database.transaction() as session:
        encoding = session.connection().execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise DatabaseUnavailable(
            f"The database is encoded in {encoding}; Benchtop needs UTF8.",
            hint="Create one with: CREATE DATABASE benchtop ENCODING 'UTF8' TEMPLATE template0",
        )


def _migrate(database: Database) -> None:
    with database.transaction() as session:
        connection = session.connection()
        connection.execute(text("SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        connection.execute(text("SET LOCAL lock_timeout = '3s'"))
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    at = current_revision(connection)
    if at == head_revision():
        return
    config = build_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at is not None and at not in known:
        raise SchemaTooNew(
            f"The database is at revision {at}, which this version of Benchtop does not know.",
            hint="Start the newer Benchtop that made it, or point DATABASE_URL at another database.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
