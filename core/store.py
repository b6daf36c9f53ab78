"""The services' way to the database: transactions, with database errors translated once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from core.errors import DashboardError, DatabaseUnavailableError, Detail, NameTakenError
from db.errors import ConstraintViolated, DatabaseUnavailable
from db.session import Connection, Database, Session

_before_commit: ContextVar[Callable[[Session], None] | None] = ContextVar("before_commit", default=None)


@contextmanager
def before_each_commit(act: Callable[[Session], None]) -> Iterator[None]:
    """Have a function called in each transaction of the block before it commits.

    What it writes stands or falls with the transaction. The block's own thread counts, and what it runs in the server's
    thread pool; what it leaves to the background does not.
    """
    token = _before_commit.set(act)
    try:
        yield
    finally:
        _before_commit.reset(token)


class Store:
    """Hands out transactions. Every service method is one of them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def is_watched(self) -> bool:
        """Whether something has to be written before each commit here, so that one statement alone will not do."""
        return _before_commit.get() is not None

    @contextmanager
    def transaction(self, *, refusals: Mapping[str, DashboardError] | None = None) -> Iterator[Session]:
        """Commit at the end, roll back on an error.

        `refusals` says what to raise when a named constraint refuses the change.
        Raises: DatabaseUnavailableError; the errors of `refusals`.
        """
        try:
            with _translated(), self.database.transaction() as session:
                yield session
                act = _before_commit.get()
                if act is not None:
                    act(session)
        except ConstraintViolated as error:
            if refusals and error.constraint in refusals:
                raise refusals[error.constraint] from error
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read without a transaction: quicker, and each query sees its own moment. Raises: DatabaseUnavailableError."""
        with _translated(), self.database.reading() as session:
            yield session

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Lend a connection that commits each statement by itself. Raises: DatabaseUnavailableError."""
        with _translated(), self.database.single() as connection:
            yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        raise DatabaseUnavailableError(error.message, hint=error.hint) from error


def name_taken(noun: str, name: str, *, table: str) -> dict[str, DashboardError]:
    """Return what to raise when the unique index on a table's names refuses."""
    refusal = NameTakenError(
        f"Another {noun} is called “{name}”.",
        hint="Choose another name.",
        details=[Detail(place="name", message="This name is taken.")],
    )
    return {f"uq_{table}_name": refusal}
