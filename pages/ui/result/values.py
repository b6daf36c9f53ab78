"""Reads single values of an answer the way a person reads them, by what the schema says of them."""

import json
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from pages.ui.result.schema_parts import Schema

_WORDS = {
    "integer": "integer",
    "number": "number",
    "boolean": "yes or no",
    "string": "text",
    "null": "null",
    "object": "object",
    "array": "list",
}
_FORMATS = {
    "date": "date",
    "date-time": "date and time",
    "time": "time",
    "duration": "duration",
    "email": "email",
    "uri": "URL",
    "uuid": "UUID",
}


class Look(StrEnum):
    """How a value is drawn."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    QUIET = "quiet"
    """Said in words of ours: null, empty, left out."""


class ReadValue(NamedTuple):
    """A value as text, how it looks, and the word for its type."""

    text: str
    look: Look
    kind: str


LEFT_OUT = "left out"
NULL = "null"


def read_value(value: object, schema: Schema) -> ReadValue:
    """Read a value that is neither an object nor a list; those come as JSON."""
    kind = kind_of(value, schema)
    if value is None:
        return ReadValue(NULL, Look.QUIET, kind)
    if is_choice(schema):
        return ReadValue(_say(value), Look.CHOICE, kind)
    if isinstance(value, str):
        return _read_text(value, schema, kind)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return ReadValue(_say(value), Look.NUMBER if is_number else Look.TEXT, kind)


def kind_of(value: object, schema: Schema) -> str:
    """Return the word for a value's type: `date`, `list of integer`."""
    if value is None:
        return kind_asked(schema)
    if is_choice(schema):
        return "choice"
    if isinstance(value, str):
        return _FORMATS.get(str(schema.get("format")), "text")
    return _WORDS[_type_word(value)]


def kind_asked(schema: Schema) -> str:
    """Return the word for the type a schema asks for; blank when it asks for none or several."""
    if is_choice(schema):
        return "choice"
    named = schema.get("type")
    rest = [word for word in (named if isinstance(named, list) else [named]) if word != "null"]
    word = str(rest[0]) if len(rest) == 1 else ""
    return _FORMATS.get(str(schema.get("format")), "text") if word == "string" else _WORDS.get(word, "")


def is_choice(schema: Schema) -> bool:
    """Return whether the schema names the values it takes."""
    return isinstance(schema.get("enum"), list) or "const" in schema


def parse_date(value: str) -> date | None:
    """Return the day a text names, if it names one."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _read_text(value: str, schema: Schema, kind: str) -> ReadValue:
    if not value:
        return ReadValue("empty text", Look.QUIET, kind)
    if not value.strip():
        return ReadValue(f"white space only ({len(value):,})", Look.QUIET, kind)
    match schema.get("format"):
        case "date" if day := parse_date(value):
            return ReadValue(_say_day(day), Look.TEXT, kind)
        case "date-time":
            return ReadValue(_say_moment(value), Look.TEXT, kind)
    return ReadValue(value, Look.TEXT, kind)


def _say_day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _say_moment(value: str) -> str:
    """Return a moment as it was written, in its own zone; an unreadable one as it is."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    precision = "milliseconds" if moment.microsecond else "seconds"
    clock = moment.time().isoformat(timespec=precision)
    return f"{_say_day(moment.date())}, {clock}{_say_zone(moment)}"


def _say_zone(moment: datetime) -> str:
    offset = moment.utcoffset()
    if offset is None:
        return ""
    return " UTC" if not offset else f" UTC{moment.isoformat()[-6:]}"


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _type_word(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, list):
        return "array"
    return "number" if isinstance(value, float) else "object"
