"""What is looked for in the history, as an address says it: read the same by the page, its rows and its exports."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.names import PlainText
from core.runs.records import RunFilter, RunStatus
from pages.ui.text import find_zone

MAX_WORDS = 200
MAX_NAME = 200
MAX_COST_USD = 1_000_000
MAX_SECONDS = 1_000_000
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


class TimeSpan(StrEnum):
    """How far back runs are looked for."""

    HOUR = "hour"
    TODAY = "today"
    WEEK = "7d"
    MONTH = "30d"
    DATES = "dates"


SPAN_WORDS = {
    TimeSpan.HOUR: "Last hour",
    TimeSpan.TODAY: "Today",
    TimeSpan.WEEK: "Last 7 days",
    TimeSpan.MONTH: "Last 30 days",
    TimeSpan.DATES: "From – to",
}
_LENGTHS = {
    TimeSpan.HOUR: timedelta(hours=1),
    TimeSpan.WEEK: timedelta(days=7),
    TimeSpan.MONTH: timedelta(days=30),
}

TITLES = {
    "q": "Search",
    "agent": "Agent",
    "task": "Task",
    "status": "Status",
    "time": "Time",
    "from": "From",
    "to": "To",
    "provider": "Provider",
    "who": "Who",
    "rating": "Rating",
    "min_cost": "Cost from",
    "max_cost": "Cost to",
    "min_seconds": "Duration from",
    "max_seconds": "Duration to",
}
"""What the filters are called on screen, by their names in an address, which are the keys of their widgets too."""
MORE = ("provider", "who", "rating", "min_cost", "max_cost", "min_seconds", "max_seconds")
"""Those that stand behind “More filters”."""

_Cost = Annotated[Decimal, Field(ge=0, le=MAX_COST_USD)]
_Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
_Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class HistoryQuery(BaseModel):
    """A view of the history; what is None or blank does not matter. `zone` is where its days begin and end."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    words: Annotated[PlainText, Field(max_length=MAX_WORDS)] = Field(default="", alias="q")
    agent_id: uuid.UUID | None = Field(default=None, alias="agent")
    task_id: uuid.UUID | None = Field(default=None, alias="task")
    status: RunStatus | None = None
    span: TimeSpan | None = Field(default=None, alias="time")
    first_day: _Day | None = Field(default=None, alias="from")
    """Both days count only with the time span of that name; the last one is included."""
    last_day: _Day | None = Field(default=None, alias="to")
    provider_id: uuid.UUID | None = Field(default=None, alias="provider")
    started_by: Annotated[PlainText, Field(max_length=MAX_NAME)] | None = Field(default=None, alias="who")
    rating: Literal["good", "bad"] | None = None
    min_cost_usd: _Cost | None = Field(default=None, alias="min_cost")
    max_cost_usd: _Cost | None = Field(default=None, alias="max_cost")
    min_seconds: _Seconds | None = None
    max_seconds: _Seconds | None = None
    zone: Annotated[str, Field(max_length=60)] = "UTC"

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, given: Any) -> Any:  # Any: whatever is to be validated
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value not in ("", None)}

    @property
    def is_open(self) -> bool:
        """True when nothing is looked for: every run fits."""
        return not self.params()

    def params(self) -> dict[str, str]:
        """Return what stands in an address for this view, without the zone: that is the viewer's own."""
        given = self.model_dump(by_alias=True, mode="json", exclude_defaults=True)
        if self.span is not TimeSpan.DATES:
            given = {name: value for name, value in given.items() if name not in ("from", "to")}
        return {name: str(given[name]) for name in TITLES if given.get(name, "") != ""}

    def widget_values(self) -> dict[str, Any]:  # Any: what a widget of each kind holds
        """Return the value of each filter's widget, by its name in an address; None where nothing is looked for."""
        given: dict[str, Any] = self.model_dump(by_alias=True, exclude={"zone"})  # Any: as above
        for name, value in given.items():
            if isinstance(value, Decimal):
                given[name] = float(value)
            elif isinstance(value, uuid.UUID | StrEnum):
                given[name] = str(value)
        return given

    def encode(self) -> str:
        """Return the query string that the routes of rows and exports are asked with."""
        return urlencode({**self.params(), "zone": self.zone})

    def to_filter(self, *, now: datetime | None = None) -> RunFilter:
        """Return the filter that means the same at this moment."""
        since, until = self._find_times(now or datetime.now(UTC), find_zone(self.zone))
        ratings: dict[str | None, Literal[1, -1]] = {"good": 1, "bad": -1}
        return RunFilter(
            agent_id=self.agent_id,
            task_id=self.task_id,
            provider_id=self.provider_id,
            status=self.status,
            started_by=self.started_by,
            since=since,
            until=until,
            words=self.words,
            min_cost_usd=self.min_cost_usd,
            max_cost_usd=self.max_cost_usd,
            min_seconds=self.min_seconds,
            max_seconds=self.max_seconds,
            rating=ratings.get(self.rating),
        )

    def _find_times(self, now: datetime, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        if self.span is None:
            return None, None
        if self.span is TimeSpan.TODAY:
            return _midnight(now.astimezone(zone).date(), zone), None
        if self.span is TimeSpan.DATES:
            since = None if self.first_day is None else _midnight(self.first_day, zone)
            until = None if self.last_day is None else _midnight(self.last_day + timedelta(days=1), zone)
            return since, until
        return now - _LENGTHS[self.span], None


def read_address(params: Mapping[str, str], *, zone: str) -> tuple[HistoryQuery, tuple[str, ...]]:
    """Return the view of an address, and the titles of those of its filters that cannot be read and are left out."""
    given = {name: params[name] for name in TITLES if name in params}
    try:
        return HistoryQuery.model_validate({**given, "zone": zone}), ()
    except ValidationError as error:
        wrong = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors())
    readable = {name: value for name, value in given.items() if name not in wrong}
    return HistoryQuery.model_validate({**readable, "zone": zone}), tuple(TITLES[name] for name in wrong)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
