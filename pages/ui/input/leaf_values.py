"""Turns a JSON value into what a widget holds, and back. Knows no Streamlit."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, TypeGuard

from core.errors import InvalidInputError
from core.tasks.schemas.json_equality import same_json
from core.tasks.schemas.strict_json import strict_decoder
from pages.ui.input.plan import Kind, Part


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Nothing: a field that is left out, which differs from null."""
UNFIT: Final = _Missing()
"""What a widget would hold of a value that it cannot hold."""
_LARGEST_NUMBER = 2**53 - 1
_DECODER = strict_decoder(InvalidInputError)


@dataclass(frozen=True)
class Unreadable:
    """Why what stands in a widget is no value."""

    reason: str


def to_raw(part: Part, value: object, *, zone: tzinfo) -> object:
    """Return what the part's widget holds for a value, UNFIT when it cannot hold it."""
    return _TO_RAW[part.kind](part, value, zone)


def from_raw(part: Part, raw: object, *, zone: tzinfo) -> object:
    """Return the value of what a widget holds: MISSING for a blank one, Unreadable for a text that is no JSON."""
    if part.kind is Kind.CONSTANT:
        return part.words["const"]
    if raw is None or (isinstance(raw, str) and not raw):
        return MISSING
    return _FROM_RAW.get(part.kind, _same)(part, raw, zone)


def write_json(value: object) -> str:
    """Return a value as JSON text for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def read_json(text: str) -> object:
    """Return the value of a JSON text, MISSING for a blank one, or Unreadable with line and column."""
    if not text.strip():
        return MISSING
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return Unreadable(f"This is not JSON at line {error.lineno}, column {error.colno}: {error.msg}.")
    except InvalidInputError as error:
        return Unreadable(error.message)
    except (ValueError, RecursionError):
        return Unreadable("This is not JSON.")
    return value


def said(choice: object, *, is_flag: bool = False) -> str:
    """Return a choice or a constant as it is shown; of a plain yes-or-no field (`is_flag`) in these words."""
    if is_flag and isinstance(choice, bool):
        return "yes" if choice else "no"
    return choice if isinstance(choice, str) else json.dumps(choice, ensure_ascii=False)


def is_plain_number(value: object) -> TypeGuard[int | float]:
    """Return whether a number field can hold it: browsers count exactly up to 2**53."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_NUMBER


def are_words(value: object) -> TypeGuard[list[str]]:
    """Return whether a choice of words can hold it: short texts, each of them once."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        return False
    return len(set(value)) == len(value) and all(
        word.strip() and len(word) <= 60 and "\n" not in word for word in value
    )


def _text(part: Part, value: object, zone: tzinfo) -> object:
    return value if isinstance(value, str) else UNFIT


def _line(part: Part, value: object, zone: tzinfo) -> object:
    return value if isinstance(value, str) and "\n" not in value else UNFIT


def _integer(part: Part, value: object, zone: tzinfo) -> object:
    return value if isinstance(value, int) and is_plain_number(value) else UNFIT


def _number(part: Part, value: object, zone: tzinfo) -> object:
    return float(value) if is_plain_number(value) else UNFIT


def _choice(part: Part, value: object, zone: tzinfo) -> object:
    places = [place for place, choice in enumerate(part.choices) if same_json(choice, value)]
    return places[0] if places else UNFIT


def _constant(part: Part, value: object, zone: tzinfo) -> object:
    return said(value) if same_json(part.words["const"], value) else UNFIT


def _date(part: Part, value: object, zone: tzinfo) -> object:
    return _parsed(date.fromisoformat, value)


def _date_time(part: Part, value: object, zone: tzinfo) -> object:
    found = _parsed(datetime.fromisoformat, value)
    if not isinstance(found, datetime) or found.tzinfo is None or found.second or found.microsecond:
        return UNFIT
    try:
        return found.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return UNFIT


def _time(part: Part, value: object, zone: tzinfo) -> object:
    found = _parsed(time.fromisoformat, value)
    is_utc = isinstance(found, time) and found.utcoffset() == timedelta(0)
    return found.replace(tzinfo=None) if is_utc and isinstance(found, time) and not _has_seconds(found) else UNFIT


def _has_seconds(found: time) -> bool:
    return bool(found.second or found.microsecond)


def _parsed(parse: Callable[[str], object], value: object) -> object:
    try:
        return parse(value) if isinstance(value, str) else UNFIT
    except ValueError:
        return UNFIT


def _json(part: Part, value: object, zone: tzinfo) -> object:
    return write_json(value)


def _same(part: Part, raw: object, zone: tzinfo) -> object:
    return raw


def _chosen(part: Part, raw: object, zone: tzinfo) -> object:
    is_place = isinstance(raw, int) and 0 <= raw < len(part.choices)
    return part.choices[raw] if is_place and isinstance(raw, int) else MISSING


def _moment(part: Part, raw: object, zone: tzinfo) -> object:
    if not isinstance(raw, datetime):
        return MISSING
    written = raw.replace(tzinfo=zone).isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written


_TO_RAW: dict[Kind, Callable[[Part, Any, tzinfo], object]] = {  # Any: JSON of every shape
    Kind.TEXT: _line,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.CONSTANT: _constant,
    Kind.DATE: _date,
    Kind.DATE_TIME: _date_time,
    Kind.TIME: _time,
    Kind.JSON: _json,
}
_FROM_RAW: dict[Kind, Callable[[Part, Any, tzinfo], object]] = {  # Any: what the kind's widget holds
    Kind.CHOICE: _chosen,
    Kind.DATE: lambda part, raw, zone: raw.isoformat(),
    Kind.DATE_TIME: _moment,
    Kind.TIME: lambda part, raw, zone: raw.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"),
    Kind.JSON: lambda part, raw, zone: read_json(raw),
}
