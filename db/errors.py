"""What can go wrong with the database; `core` turns these into errors for people.

DatabaseError
├── DatabaseUnavailable       no connection, or it broke
│   └── EmbeddedServerError   the bundled PostgreSQL cannot run
└── ConstraintViolated        a named constraint refused a change
"""


class DatabaseError(Exception):
    """Something is wrong with the database. `message` is a sentence, `hint` the next step."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class DatabaseUnavailable(DatabaseError):
    """No connection could be had, or it broke."""


class EmbeddedServerError(DatabaseUnavailable):
    """The bundled PostgreSQL cannot run."""


class ConstraintViolated(DatabaseError):
    """A named constraint refused a change; `constraint` is its name."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"The database refused the change: {constraint}.")
        self.constraint = constraint
