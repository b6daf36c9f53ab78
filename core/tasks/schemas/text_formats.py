"""Which of the formats a schema can ask for a text is written in, by the judge's own measure."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from jsonschema_rs import Validator

from core.tasks.schemas.validators import compile_validator

_MAX_CHARACTERS = 500
# The judge takes more than a person would call by the name, `a:b` for a URL, so a text has to look the part as well.
_LOOKS: Final[Mapping[str, Callable[[str], object]]] = {
    "date-time": re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:").match,
    "date": re.compile(r"\d{4}-\d{2}-\d{2}$").match,
    "time": re.compile(r"\d{2}:\d{2}:\d{2}").match,
    "uuid": re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$").match,
    "email": re.compile(r"[^@\s\"]+@[^@\s.\[\]]+(\.[^@\s.\[\]]+)+$").match,
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/\s]").match,
}


def find_format(texts: Iterable[str]) -> str | None:
    """Return the one format that every text is valid in: date-time, date, time, uuid, email or uri; else None."""
    distinct = set(texts)
    return next((name for name in _LOOKS if distinct and all(_is_written_in(text, name) for text in distinct)), None)


def _is_written_in(text: str, name: str) -> bool:
    return len(text) <= _MAX_CHARACTERS and bool(_LOOKS[name](text)) and _validator(name).is_valid(text)


@cache
def _validator(name: str) -> Validator:
    return compile_validator({"format": name})
