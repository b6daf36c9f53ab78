"""Every error a person may see, in one tree.

DashboardError
├── InvalidInputError           what was typed cannot be used; `details` name the fields
│   └── InvalidSchemaError      the same for a JSON Schema; `details` carry JSON pointers
├── NotFoundError               the thing is not there (any more)
├── ConflictError               the request clashes with what is stored
│   ├── NameTakenError
│   ├── AlreadyAssignedError
│   ├── InUseError
│   └── StateConflictError      the thing has moved on, for example a run that ended
│       └── OutdatedError       somebody changed it since the state that was expected
├── ProviderError               a provider could not be reached or refused
│   ├── DestinationRefusedError the outbound guard refused the address
│   └── MissingPackageError     a package that this type of provider needs is not installed
├── SecretError                 a key cannot be sealed or unsealed
├── BuiltinModelError           the built-in model cannot run here
└── DatabaseUnavailableError    the database does not answer

Each carries `message` (a whole sentence for a person), `hint` (the next step) and `details`.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class Detail(BaseModel):
    """One place that is wrong. `place` is a field name or a JSON pointer ("" means the whole)."""

    model_config = ConfigDict(frozen=True)

    place: str
    message: str


class DashboardError(Exception):
    """Something went wrong that a person can act on."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "", details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)


class InvalidInputError(DashboardError):
    """What was given cannot be used."""

    code = "invalid_input"


class InvalidSchemaError(InvalidInputError):
    """The JSON Schema cannot be used."""

    code = "invalid_schema"


class NotFoundError(DashboardError):
    """The thing asked for is not there."""

    code = "not_found"


class ConflictError(DashboardError):
    """The request clashes with what is stored."""

    code = "conflict"


class NameTakenError(ConflictError):
    """Another one already has this name."""

    code = "name_taken"


class AlreadyAssignedError(ConflictError):
    """The agent is already assigned to the task."""

    code = "already_assigned"


class InUseError(ConflictError):
    """Something else still uses it."""

    code = "in_use"


class StateConflictError(ConflictError):
    """The thing has moved on since it was looked at."""

    code = "state_conflict"


class OutdatedError(StateConflictError):
    """Somebody changed it since the state that was expected."""

    code = "outdated"


class ProviderError(DashboardError):
    """A provider could not be reached or refused."""

    code = "provider_error"


class DestinationRefusedError(ProviderError):
    """The address may not be called."""

    code = "destination_refused"


class MissingPackageError(ProviderError):
    """A package that this type of provider needs is not installed."""

    code = "missing_package"


class SecretError(DashboardError):
    """A key cannot be sealed or unsealed."""

    code = "secret_error"


class BuiltinModelError(DashboardError):
    """The built-in model cannot run here."""

    code = "builtin_model_error"


class DatabaseUnavailableError(DashboardError):
    """The database does not answer."""

    code = "database_unavailable"
