"""The services' way to the database: transactions, with database errors translated once."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DatabaseUnavailableError
from db.errors import DatabaseUnavailable
from db.session import Database, Session


class Store:
    """Hands out transactions. Every service method is one of them."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit at the end, roll back on an error.

        Raises: DatabaseUnavailableError; `db.errors.ConstraintViolated` passes through for the service to name.
        """
        try:
            with self.database.transaction() as session:
                yield session
        except DatabaseUnavailable as error:
            raise DatabaseUnavailableError(error.message, hint=error.hint) from error
