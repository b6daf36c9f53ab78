"""One engine per process, and the only way to a transaction."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from db.errors import ConstraintViolated, DatabaseUnavailable
from db.events import store_announced

CONNECT_TIMEOUT_SECONDS = 3
TCP_TIMEOUT_MILLISECONDS = 10_000
POOL_TIMEOUT_SECONDS = 3
POOL_SIZE = 10
POOL_OVERFLOW = 5
_TRUSTED_SECONDS = 0.05

__all__ = ["Connection", "Database", "Session", "normalise_url"]
_SERVER_OPTIONS = "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"


def normalise_url(url: str) -> str:
    """Return the URL with the psycopg 3 driver, whichever common spelling of Postgres it came in."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


class Database:
    """Hands out transactions on one pool of connections.

    `find_url` is asked for every new connection, since a bundled server may come back on another port;
    `revive` is called once when a connection is refused, and may start that server again.
    """

    def __init__(self, find_url: Callable[[], str], *, revive: Callable[[], str] | None = None) -> None:
        self._find_url = find_url
        self._revive = revive
        self.engine: Engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            pool_recycle=1800,
            hide_parameters=True,
        )
        _check_idle_connections(self.engine)
        # Shares the pool.
        self._reading_engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Open a connection outside the pool, for session locks and for listening. The caller closes it."""
        connection = self._connect()
        connection.autocommit = autocommit
        return connection

    async def connect_async(self) -> psycopg.AsyncConnection:
        """Open a connection for an event loop, in autocommit. The caller closes it.

        Raises: DatabaseUnavailable; psycopg.OperationalError: it was refused.
        """
        try:
            return await _open_async(self._find_url())
        except psycopg.OperationalError:
            if self._revive is None:
                raise
            return await _open_async(await asyncio.to_thread(self._revive))

    def _connect(self) -> psycopg.Connection:
        try:
            return _open(self._find_url())
        except psycopg.OperationalError:
            if self._revive is None:
                raise
            return _open(self._revive())

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit when the block ends, roll back when it raises.

        Raises: DatabaseUnavailable: no connection could be had, or it broke. ConstraintViolated: a named
        constraint refused the change.
        """
        with _translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session
            store_announced(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read without a transaction, which saves two of three messages to the server: each query sees its own moment.

        Nothing is changed or locked here. Raises: DatabaseUnavailable.
        """
        with _translated(), Session(self._reading_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Lend a connection that commits each statement by itself: for what one statement can do.

        Raises: DatabaseUnavailable.
        """
        with _translated(), self._reading_engine.connect() as connection:
            yield connection

    def check(self) -> None:
        """Ask the database for one value. Raises: DatabaseUnavailable."""
        with self.transaction() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _check_idle_connections(engine: Engine) -> None:
    """Ask a connection whether it still lives before it is used, unless it was in use a moment ago."""

    @event.listens_for(engine, "checkin")
    def note(_: object, record: ConnectionPoolEntry) -> None:
        record.info["free_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        free_since = record.info.get("free_since")
        if free_since is None or time.monotonic() - free_since < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error  # the others are as old: all are opened anew


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConstraintViolated(_constraint_name(error)) from _without_values(error)
    except (OperationalError, InterfaceError, PoolTimeoutError, psycopg.OperationalError) as error:
        explained = _explain(error)
        raise explained from (_without_values(error) if isinstance(error, DBAPIError) else error)
    except DBAPIError as error:
        if error.connection_invalidated:
            broken = DatabaseUnavailable("The connection to the database broke.", hint="Try again.")
            raise broken from _without_values(error)
        _without_values(error)
        raise
    except psycopg.Error as error:  # of a cursor that SQLAlchemy knows nothing of
        _cut_details(error)
        raise


def _without_values(error: DBAPIError) -> DBAPIError:
    """Return the error saying what went wrong and in which statement, and nothing that was to be stored.

    PostgreSQL's details quote whole rows, which hold ciphertexts and prompts; whatever is raised may be logged.
    """
    if isinstance(error.orig, psycopg.Error):
        _cut_details(error.orig)
        error.args = (f"({type(error.orig).__name__}) {error.orig}", *error.args[1:])
    return error


def _cut_details(error: psycopg.Error) -> None:
    if error.diag.message_primary:  # else it was not the server that spoke
        error.args = (error.diag.message_primary,)


def _explain(error: Exception) -> DatabaseUnavailable:
    text = str(error)
    if "password authentication failed" in text or "no pg_hba.conf entry" in text:
        return DatabaseUnavailable(
            "The database refused the user or the password.", hint="Correct DATABASE_URL and start Benchtop again."
        )
    if "does not exist" in text:
        return DatabaseUnavailable(
            "The server answers, but the database or the role in DATABASE_URL does not exist.",
            hint="Create it, or correct DATABASE_URL and start Benchtop again.",
        )
    return DatabaseUnavailable(
        "The database does not answer.",
        hint="Benchtop goes on as soon as it is back. Check that it runs and that DATABASE_URL is right.",
    )


def _parse(url: str) -> URL:
    try:
        parsed = make_url(normalise_url(url))
    except (ArgumentError, ValueError):
        raise _bad_url() from None  # the cause holds pieces of the address, the password's among them
    if not parsed.drivername.startswith("postgresql"):
        raise _bad_url()
    return parsed


def _bad_url() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "DATABASE_URL is not the address of a PostgreSQL.",
        hint="It looks like postgresql://user:password@host:5432/name. Leave it unset for the bundled one.",
    )


def _open(url: str) -> psycopg.Connection:
    with _bad_options():
        return psycopg.connect(**_parameters(url))


async def _open_async(url: str) -> psycopg.AsyncConnection:
    with _bad_options():
        return await psycopg.AsyncConnection.connect(autocommit=True, **_parameters(url))


@contextmanager
def _bad_options() -> Iterator[None]:
    try:
        yield
    except psycopg.ProgrammingError as error:  # an option libpq does not know
        raise _bad_url() from error


def _parameters(url: str) -> dict[str, Any]:  # Any: libpq's options are text and numbers
    parsed = _parse(url)
    given = {key: value for key, value in parsed.query.items() if isinstance(value, str)}
    options = " ".join(part for part in (given.pop("options", ""), _SERVER_OPTIONS) if part)
    ours = {
        "host": parsed.host,
        "port": parsed.port,
        "user": parsed.username,
        "password": parsed.password,
        "dbname": parsed.database,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "tcp_user_timeout": TCP_TIMEOUT_MILLISECONDS,  # a silent network is noticed, not waited for
        "application_name": "benchtop",
        "options": options,
    }
    return ours | given


def _constraint_name(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
