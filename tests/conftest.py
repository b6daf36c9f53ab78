"""What every test level shares: one real PostgreSQL, services on an empty database, and fake model servers."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from pydantic import SecretStr
from sqlmodel import SQLModel
from streamlit.testing.v1 import AppTest

import db.tables  # noqa: F401  the import fills the metadata
from core.encryption import make_key
from core.services import Services, install_services
from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.embedded_folders import reachable_folder

# The same made-up cases each time: a test that fails now and then, whatever was changed, is noise.
hypothesis.settings.register_profile("benchtop", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("benchtop")

# Deleting the few rows of a test takes a tenth of the time of TRUNCATE, which makes every table's files anew.
_EMPTY = "; ".join(
    [
        *(f"DELETE FROM {table.name}" for table in reversed(SQLModel.metadata.sorted_tables)),
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)
PAGES = Path(__file__).parent.parent / "pages"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A migrated database on a PostgreSQL of the test run's own."""
    with reachable_folder() as folder:
        server = EmbeddedPostgres(folder / "data")
        url = server.start()
        database = Database(lambda: url)
        migrate(database)
        database.close()
        yield url
        server.stop()


@pytest.fixture(scope="session")
def kept_database(postgres_url: str) -> Iterator[Database]:
    """The database with whatever the last test left in it; its connection serves all of them."""
    database = Database(lambda: postgres_url)
    yield database
    database.close()


@pytest.fixture
def database(kept_database: Database) -> Database:
    """The database, emptied."""
    with kept_database.transaction() as session:
        session.connection().exec_driver_sql(_EMPTY)
    return kept_database


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    """Settings for a process on the test database, with a key of its own and no examples."""
    return Settings(
        database_url=SecretStr(postgres_url),
        encryption_key=SecretStr(make_key()),
        data_dir=tmp_path / "data",
        seed_examples=False,
        allow_private_addresses=True,
        request_timeout_seconds=20,
        run_timeout_seconds=60,
    )


@pytest.fixture
def services(database: Database, settings: Settings) -> Iterator[Services]:
    """Started services on an empty database; pages and API find them too."""
    services = Services(settings)
    services.start()
    install_services(services)
    yield services
    install_services(None)
    services.stop()


@pytest.fixture
def workshop(services: Services) -> Workshop:
    """Makes providers, agents, tasks and runs; a test states only what it is about."""
    return Workshop(services)


@pytest.fixture
def model_server() -> Iterator[FakeModelServer]:
    """A fake model server; a model's name chooses how it behaves."""
    with FakeModelServer() as server:
        yield server


@pytest.fixture
def unused_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def open_page(services: Services) -> Callable[..., AppTest]:
    """Open a page by its script's name, as a browser would, without one: `open_page("providers", edit="…")`."""

    def open_page(name: str = "home", **query: str) -> AppTest:
        app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=20)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        if name != "home":
            app.switch_page(str(PAGES / f"{name}.py")).run()
        return app

    return open_page
