"""Reads an answer that is still being written: what is there already, and which part is being written."""

import re
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

Place = tuple[str | int, ...]

_MAX_STARTS: Final = 8
_MAX_DEPTH: Final = 100
_SIGN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],]', re.DOTALL)


class PartialAnswer(NamedTuple):
    """An object as far as it has come. `writing` is the place of the part being written, () once it is whole."""

    value: dict[str, Any]  # Any: JSON the model wrote
    writing: Place = ()


def read_partial(text: str) -> PartialAnswer | None:
    """Return the object that a text begins to hold, after prose or in a code fence; None when there is none so far.

    What is broken or nested a hundred levels deep counts as no object. Takes time linear in the text.
    """
    start = -1
    for _ in range(_MAX_STARTS):
        start = text.find("{", start + 1)
        if start < 0:
            return None
        found = _read_object(text, start)
        if found is not None:
            return found
    return None


def _read_object(text: str, start: int) -> PartialAnswer | None:
    walked = _walk(text, start)
    if walked is None:
        return None
    end, writing = walked
    try:
        value = from_json(text[start:end], allow_partial="trailing-strings", allow_inf_nan=False)
    except ValueError:
        return None
    is_begun = bool(value) or _is_blank(text[start + 1 :])
    return PartialAnswer(value, writing) if isinstance(value, dict) and is_begun else None


def _is_blank(rest: str) -> bool:
    """Return whether an empty object may be one: nothing, its end, or the beginning of its first name comes."""
    begun = rest.lstrip()
    return not begun or begun[0] in '"}'


def _walk(text: str, start: int) -> tuple[int, Place] | None:
    """Return where the value that begins at `start` ends, and the place that is open there; None past the depth."""
    names: list[str | int | None] = []
    for match in _SIGN.finditer(text, start):
        sign = match.group()
        if sign == "{":
            names.append(None)
        elif sign == "[":
            names.append(0)
        elif sign in "}]":
            names.pop()
            if not names:
                return match.end(), ()
        elif sign == ",":
            names[-1] = _next(names[-1])
        elif sign == '"':  # a text that has not ended: nothing after it counts
            break
        elif names[-1] is None:
            names[-1] = _read_name(sign)
        if len(names) > _MAX_DEPTH:
            return None
    return len(text), _open_place(names)


def _next(name: str | int | None) -> int | None:
    return name + 1 if isinstance(name, int) else None


def _read_name(token: str) -> str:
    try:
        return str(from_json(token))
    except ValueError:
        return token[1:-1]


def _open_place(names: list[str | int | None]) -> Place:
    place = list[str | int]()
    for name in names:
        if name is None:
            break
        place.append(name)
    return tuple(place)
