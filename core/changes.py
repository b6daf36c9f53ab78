"""Partial changes: only the fields that are set change, and only if nobody was faster."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from core.errors import OutdatedError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def not_set() -> Any:  # Any: stands in for a default of every type
    """Return the default of a field that may be left out, but not be null unless its type says so.

    It reads as None whatever the field's type; `has` and `list_set` say which fields were given.
    """
    return Field(default_factory=lambda: None)


class Change(BaseModel):
    """What somebody wants to be different. A field that is not set stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def has(self, field: str) -> bool:
        """Say whether a field is to change."""
        return field in self.model_fields_set

    def list_set(self) -> dict[str, Any]:  # Any: a value of each field's type
        """Return the fields that were given, with their values."""
        return {field: getattr(self, field) for field in self.model_fields_set}


def write_moment(moment: datetime) -> str:
    """Return a moment as the number of its microseconds."""
    return str((moment - _EPOCH) // timedelta(microseconds=1))


class Versioned(Protocol):
    """A record that says which state of the thing it shows."""

    @property
    def name(self) -> str: ...

    @property
    def etag(self) -> str: ...


def require_etag(current: Versioned, expected_etag: str | None) -> None:
    """Raises: OutdatedError: the thing was changed since the state that was expected. None expects nothing."""
    if expected_etag is not None and expected_etag != current.etag:
        raise OutdatedError(
            f"“{current.name}” was changed by somebody else in the meantime.",
            hint="Read it again to see what changed, then change it from there.",
        )
