"""Which Benchtop processes live: each holds a session lock, which the server drops when a process dies."""

import uuid

import psycopg
from sqlalchemy import text

from db.errors import DatabaseUnavailable
from db.session import Database, Session

_CLASS = 0x42454E  # "BEN": keeps these locks apart from any other advisory lock


def _key_of(instance_id: uuid.UUID) -> int:
    return instance_id.int & 0x7FFFFFFF


class InstanceLock:
    """The lock this process holds for as long as it lives."""

    def __init__(self, database: Database, instance_id: uuid.UUID) -> None:
        self._database = database
        self._instance_id = instance_id
        self._connection: psycopg.Connection | None = None

    def hold(self) -> bool:
        """Take the lock, or take it again after the connection broke; say whether it had to be taken.

        Raises: DatabaseUnavailable.
        """
        try:
            if self._connection is not None:
                self._connection.execute("SELECT 1")
                return False
        except psycopg.Error:
            self.release()
        try:
            connection = self._database.connect(autocommit=True)
            connection.execute("SELECT pg_advisory_lock(%s, %s)", (_CLASS, _key_of(self._instance_id)))
        except psycopg.Error as error:
            raise DatabaseUnavailable("The database does not answer.") from error
        self._connection = connection
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def is_alive(session: Session, instance_id: uuid.UUID) -> bool:
    """Say whether a process still holds its lock."""
    statement = text("SELECT pg_try_advisory_xact_lock(:class, :key)")
    values = {"class": _CLASS, "key": _key_of(instance_id)}
    return not session.connection().execute(statement, values).scalar_one()
