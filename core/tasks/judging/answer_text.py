"""Finding the JSON in what a model wrote: alone, in a code fence, or among prose."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

Json = Any  # Any: JSON of whatever shape

MAX_CHARACTERS: Final = 1024 * 1024
_MAX_FOUND = 20
_FENCE = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)```", re.DOTALL | re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]{}]")


class Found(NamedTuple):
    """A JSON value in a text, and whether it stood in a code fence."""

    value: Json
    is_fenced: bool


def read_json(text: str) -> tuple[bool, Json]:
    """Return whether the whole text is JSON, and its value. NaN, infinities and unreadable sizes are not JSON."""
    try:
        return True, _decode(text)
    except (ValueError, RecursionError):
        return False, None


def find_json(text: str) -> list[Found]:
    """Return the objects and lists that stand in a text: those in code fences if there are any, else those in prose.

    A part of something broken is never taken for a whole: after a bracket that opens no JSON, everything up to its
    closing one is passed over.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    fenced = [read_json(match.group(1)) for match in _FENCE.finditer(text)][:_MAX_FOUND]
    values = [value for is_json, value in fenced if is_json]
    if values:
        return [Found(value, True) for value in values]
    return [Found(value, False) for value in _among_prose(text)]


def _among_prose(text: str) -> Iterator[Json]:
    position = depth = tries = 0
    decoder = _decoder()
    while tries < _MAX_FOUND and (match := _BRACKETS.search(text, position)):
        position = match.end()
        if match.group() in "]}":
            depth = max(0, depth - 1)
            continue
        if depth == 0:
            tries += 1
            try:
                value, position = decoder.raw_decode(text, match.start())
            except (ValueError, RecursionError):
                depth = 1
            else:
                yield value
        else:
            depth += 1


def _decode(text: str) -> Json:
    return json.loads(text, parse_constant=_refuse, parse_float=_read_float)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=_refuse, parse_float=_read_float)


def _read_float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError("no JSON number")
