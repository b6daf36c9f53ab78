"""What a filter of runs is to the database."""

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.errors import Detail, InvalidInputError
from core.names import storable
from core.runs.records import RunFilter
from db.queries import history as history_queries

MAX_WORDS_CHARACTERS = 1_000
_MAX_USD = Decimal(10) ** 15


def check_filter(run_filter: RunFilter) -> None:
    """Make sure that the database can compare with what a filter holds.

    Raises: InvalidInputError: it cannot; `details` name the field.
    """
    for name, value in run_filter:
        if isinstance(value, datetime) and value.tzinfo is None:
            raise _refuse(name, "The moment needs a time zone.")
        if isinstance(value, Decimal) and not (value.is_finite() and abs(value) <= _MAX_USD):
            raise _refuse(name, "No run costs so much.")
        if isinstance(value, float) and not math.isfinite(value):
            raise _refuse(name, "The number of seconds has to be finite.")
    if len(run_filter.words) > MAX_WORDS_CHARACTERS:
        raise _refuse("words", f"A search has at most {MAX_WORDS_CHARACTERS:,} characters.")


def build_filters(run_filter: RunFilter) -> dict[str, Any]:  # Any: a value for each filter's name
    """Return the filters that narrow a list, but for the words, which only the database can take apart."""
    filters = {name: value for name, value in run_filter if name in history_queries.FILTERS and value is not None}
    if run_filter.status is not None:
        filters["status"] = run_filter.status.value
    if run_filter.started_by is not None:
        filters["started_by"] = storable(run_filter.started_by)
    return filters


def _refuse(place: str, problem: str) -> InvalidInputError:
    return InvalidInputError(problem, hint="Change the filter.", details=[Detail(place=place, message=problem)])
