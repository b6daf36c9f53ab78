"""What every table is made of: the naming of constraints, and one spelling of each kind of column."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Index, MetaData, Numeric, Text, func, text
from sqlmodel import SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MAX_NAME_CHARACTERS = 120


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


# mypy cannot follow sa_type's many overloads; one spelling of each column kind lives here.
MOMENT: Any = DateTime(timezone=True)  # Any: SQLModel types sa_type as a class, instances work
JSON_TEXT: Any = JSON(none_as_null=True)  # Any: as above
TEXT: Any = Text()  # Any: as above
EXACT: Any = Numeric()  # Any: as above


def one_of(column: str, words: tuple[str, ...], *, name: str) -> CheckConstraint:
    """Return the constraint that a column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def name_check() -> CheckConstraint:
    """Return the constraint that a name is trimmed and of bearable length."""
    return CheckConstraint(f"btrim(name) = name AND length(name) BETWEEN 1 AND {MAX_NAME_CHARACTERS}", name="name")


def unique_name(table: str) -> Index:
    """Names are unique whatever their case, among what is not deleted."""
    return Index(f"uq_{table}_name", func.lower(text("name")), unique=True, postgresql_where=text("deleted_at IS NULL"))
