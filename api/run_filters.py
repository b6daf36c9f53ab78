"""The filters of runs, as they stand in an address: the same for the list, the export and the figures."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from api.fields import STORABLE, IdInPath, read_number
from api.price_fields import PRICE_PATTERN, PRICE_SCHEMA
from core.names import PlainText
from core.runs.records import RunFilter, RunStatus

_MAX_WORDS = 200
_MAX_SECONDS = 1_000_000_000
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_RATINGS = {"1": 1, "-1": -1}


def _read_moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    problem = "Write a moment like 2026-11-22T12:00:00Z; a plus sign is written %2B in an address."
    if not _MOMENT.fullmatch(value):
        raise ValueError(problem)
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError as error:  # no such day
        raise ValueError(problem) from error
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # a day before the first, or after the last
        return _EARLIEST if moment.year == 1 else _LATEST


def _read_amount(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(PRICE_PATTERN, value, re.ASCII):
        raise ValueError("Write an amount in plain digits, such as 0.15.")
    return value


def _read_rating(value: object) -> object:
    return _RATINGS.get(value, value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_read_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Amount = Annotated[Decimal, BeforeValidator(_read_amount), WithJsonSchema(PRICE_SCHEMA)]
Seconds = Annotated[float, Field(ge=0, le=_MAX_SECONDS), BeforeValidator(read_number)]
Rating = Annotated[Literal[1, -1], BeforeValidator(_read_rating), WithJsonSchema({"type": "integer", "enum": [1, -1]})]
Zone = Annotated[
    str,
    Query(
        description="The time zone whose days are meant, by its IANA name, such as `Europe/Berlin`.",
        pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$",
        max_length=64,
    ),
]
_STORABLE: dict[str, Any] = {"max_length": _MAX_WORDS, "json_schema_extra": STORABLE}  # Any: as Query takes them


class Order(StrEnum):
    """Which end of a list comes first."""

    ASCENDING = "asc"
    DESCENDING = "desc"


# A coroutine, since FastAPI would send a plain function to a thread of its own.
async def _read_filter(
    agent_id: Annotated[IdInPath | None, Query(description="Only runs of this agent.")] = None,
    task_id: Annotated[IdInPath | None, Query(description="Only runs on this task.")] = None,
    provider_id: Annotated[IdInPath | None, Query(description="Only runs that asked this provider.")] = None,
    status: Annotated[RunStatus | None, Query(description="Only runs with this status.")] = None,
    started_by: Annotated[PlainText | None, Query(description="Only runs that this name started.", **_STORABLE)] = None,
    since: Annotated[Moment | None, Query(description="Only runs queued then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Only runs queued before.")] = None,
    words: Annotated[
        PlainText, Query(description="Words, or beginnings of words, all in the input and result.", **_STORABLE)
    ] = "",
    min_cost_usd: Annotated[Amount | None, Query(description="Only runs that cost as much; in US dollars.")] = None,
    max_cost_usd: Annotated[Amount | None, Query(description="Only runs that cost no more.")] = None,
    min_seconds: Annotated[Seconds | None, Query(description="Only runs that took as long.")] = None,
    max_seconds: Annotated[Seconds | None, Query(description="Only runs that took no longer.")] = None,
    rating: Annotated[Rating | None, Query(description="Only runs rated good (1) or bad (-1).")] = None,
    comparison_id: Annotated[IdInPath | None, Query(description="Only runs of this comparison.")] = None,
) -> RunFilter:
    return RunFilter(
        agent_id=agent_id,
        task_id=task_id,
        provider_id=provider_id,
        status=status,
        started_by=started_by,
        since=since,
        until=until,
        words=words,
        min_cost_usd=min_cost_usd,
        max_cost_usd=max_cost_usd,
        min_seconds=min_seconds,
        max_seconds=max_seconds,
        rating=rating,
        comparison_id=comparison_id,
    )


Filtered = Annotated[RunFilter, Depends(_read_filter)]
"""Which runs are meant, as a parameter of a route."""
