"""In which order runs are listed, and where in it a page begins.

Runs that have not what a list is ordered by come last either way, newest first, so that nobody has to look for the
shortest run behind a thousand that have no duration yet.
"""

import math
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.paging import read_cursor, write_cursor
from core.runs.records import RunSort, RunSummary
from db.queries.history import Stretch

_COLUMNS = {RunSort.DURATION: "duration_seconds", RunSort.COST: "cost_usd"}
# A cost is stored with as many digits as it came with; a tiny one is written with an exponent.
_COST = re.compile(r"[0-9]{1,40}(\.[0-9]{1,100})?(E[+-][0-9]{1,3})?")


@dataclass(frozen=True)
class Place:
    """The last line already seen: in which stretch, with which value there."""

    stretch: int
    value: Any  # Any: what the stretch's column holds
    run_id: uuid.UUID


@dataclass(frozen=True)
class RunOrder:
    """An order of runs, each of which is in one of its stretches."""

    sort: RunSort
    is_ascending: bool

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        if self.sort is RunSort.QUEUED_AT:
            return (Stretch("queued_at", is_ascending=self.is_ascending),)
        column = _COLUMNS[self.sort]
        return (Stretch(column, is_ascending=self.is_ascending), Stretch("queued_at", without=column))

    @property
    def _name(self) -> str:
        return f"runs.{self.sort.value}.{'up' if self.is_ascending else 'down'}"

    def write_cursor(self, last: RunSummary) -> str:
        """Return the cursor after a line."""
        value = getattr(last, self.stretches[0].by)
        if value is None:
            return write_cursor(self._name, "1", last.queued_at.isoformat(), str(last.id))
        said = value.isoformat() if isinstance(value, datetime) else str(value)
        return write_cursor(self._name, "0", said, str(last.id))

    def read_cursor(self, cursor: str | None) -> Place | None:
        """Return the place a cursor stands for. Raises: InvalidInputError: it is not one of this order."""
        return read_cursor(self._name, cursor, self._parse_place)

    def _parse_place(self, number: str, said: str, run_id: str) -> Place:
        if number not in ("0", "1")[: len(self.stretches)]:
            raise ValueError("The order has no such stretch.")
        parse = _PARSERS[self.stretches[int(number)].by]
        return Place(stretch=int(number), value=parse(said), run_id=uuid.UUID(run_id))


def _parse_moment(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    if moment.tzinfo is None:
        raise ValueError("A moment is of a zone.")
    return moment


def _parse_seconds(said: str) -> float:
    seconds = float(said)
    if not math.isfinite(seconds):
        raise ValueError("No run takes so long.")
    return seconds


def _parse_cost(said: str) -> Decimal:
    if not _COST.fullmatch(said):
        raise ValueError("No run costs so much.")
    return Decimal(said)


_PARSERS = {"queued_at": _parse_moment, "duration_seconds": _parse_seconds, "cost_usd": _parse_cost}
