"""Services beside those of the fixtures: a second process, other settings, or a database that may die."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import SQLModel

from core.encryption import make_key
from core.services import Services, install_services
from core.settings import Settings
from db.session import Database


@contextmanager
def running(settings: Settings, **changes: object) -> Iterator[Services]:
    """Start services with some settings changed, and stop them at the end."""
    services = Services(settings.model_copy(update=changes))
    services.start()
    try:
        yield services
    finally:
        services.stop()


def make_settings(database_url: str, folder: Path, **changes: object) -> Settings:
    """Return settings for a database, with a key of its own and no examples."""
    settings = Settings(
        database_url=SecretStr(database_url),
        encryption_key=SecretStr(make_key()),
        data_dir=folder / "data",
        seed_examples=False,
        allow_private_addresses=True,
        request_timeout_seconds=20,
    )
    return settings.model_copy(update=changes)


@contextmanager
def sharing(database_url: str, folder: Path) -> Iterator[Services]:
    """Start services on an emptied database, for many tests; the API finds them too."""
    empty(database_url)
    with running(make_settings(database_url, folder)) as services:
        install_services(services)
        yield services
        install_services(None)


def read_everything(database: Database) -> str:
    """Return every row of every table as text, as a dump of the database would show it."""
    with database.transaction() as session:
        connection = session.connection()
        rows = [
            row[0]
            for table in SQLModel.metadata.sorted_tables
            for row in connection.execute(text(f"SELECT row_to_json(t)::text FROM {table.name} t"))
        ]
    return "\n".join(rows)


def empty(database_url: str) -> None:
    """Remove every row of the database."""
    database = Database(lambda: database_url)
    tables = ", ".join(table.name for table in SQLModel.metadata.sorted_tables)
    with database.transaction() as session:
        session.connection().execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    database.close()


def execute(database: Database, statement: str, **values: object) -> None:
    """Run one SQL statement, as somebody with a shell would."""
    with database.transaction() as session:
        session.connection().execute(text(statement), values)
