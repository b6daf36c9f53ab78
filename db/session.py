"""One engine per process, and the only way to a transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from db.errors import ConstraintViolated, DatabaseUnavailable

CONNECT_TIMEOUT_SECONDS = 3
TCP_TIMEOUT_MILLISECONDS = 10_000
POOL_TIMEOUT_SECONDS = 3
POOL_SIZE = 10
POOL_OVERFLOW = 5

__all__ = ["Database", "Session", "normalise_url"]
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
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,
        )

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Open a connection outside the pool, for session locks and for listening. The caller closes it."""
        connection = self._connect()
        connection.autocommit = autocommit
        return connection

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
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError as error:
            raise ConstraintViolated(_constraint_name(error)) from error
        except (OperationalError, InterfaceError, PoolTimeoutError, psycopg.OperationalError) as error:
            raise _explain(error) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseUnavailable("The connection to the database broke.", hint="Try again.") from error
            raise

    def check(self) -> None:
        """Ask the database for one value. Raises: DatabaseUnavailable."""
        with self.transaction() as session:
            session.connection().execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


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
    parsed = _parse(url)
    given = {key: value for key, value in parsed.query.items() if isinstance(value, str)}
    options = " ".join(part for part in (given.pop("options", ""), _SERVER_OPTIONS) if part)
    parameters: dict[str, Any] = {  # Any: libpq's options are text and numbers
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
    try:
        return psycopg.connect(**(parameters | given))
    except psycopg.ProgrammingError as error:  # an option libpq does not know
        raise _bad_url() from error


def _constraint_name(error: IntegrityError) -> str:
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
