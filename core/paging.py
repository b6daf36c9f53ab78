"""Pages of a list: how many lines at once, and the cursor that says where the next page begins."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from core.errors import Detail, InvalidInputError
from core.names import PlainText, storable

MAX_PAGE = 1000
_MAX_OFFSET = 1_000_000_000
_MAX_NUMBER = 2**31 - 1

Item = TypeVar("Item")
Place = TypeVar("Place")

SearchText = Annotated[PlainText, Field(max_length=200)]
"""Words that must all occur, separated by white space, whatever their case."""


class Page(BaseModel, Generic[Item]):
    """Some lines of a list. `next_cursor` is None on the last page."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...]
    next_cursor: str | None = None
    total: int = Field(default=0, ge=0)
    """How many lines there are in all that fit the filter."""


def cap_limit(limit: int) -> int:
    """Return how many lines a page holds: 1 to 1,000."""
    return max(1, min(limit, MAX_PAGE))


def cap_offset(offset: int, *, cursor: str | None) -> int:
    """Return how many lines are skipped. Raises: InvalidInputError: a cursor says that already."""
    if offset and cursor is not None:
        raise InvalidInputError("A list begins at a cursor or at an offset, not at both.")
    return max(0, min(offset, _MAX_OFFSET))


def next_cursor(lines: Sequence[Item], write: Callable[[Item], str], *, limit: int) -> str | None:
    """Return the cursor after a page of at most `limit` lines, of which `lines` has one more if there is one."""
    return write(lines[limit - 1]) if len(lines) > limit else None


def write_cursor(list_name: str, *place: str) -> str:
    """Return the cursor after a line, which `place` says where to find in the list's order."""
    return base64.urlsafe_b64encode(json.dumps([list_name, *place]).encode()).decode()


def read_cursor(list_name: str, cursor: str | None, parse: Callable[..., Place]) -> Place | None:
    """Return the place a cursor stands for, as `parse` makes it of its words; None when there is no cursor.

    `parse` raises ValueError for words that are no place. Raises: InvalidInputError: no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        given, *words = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        if given != list_name or not all(isinstance(word, str) and word == storable(word) for word in words):
            raise ValueError("The cursor is of another list.")
        return parse(*words)
    except (ValueError, TypeError, RecursionError) as error:
        problem = "This page of the list is not known."
        details = [Detail(place="cursor", message=problem)]
        raise InvalidInputError(problem, hint="Start from the first page.", details=details) from error


def parse_name(word: str) -> str:
    """Return the name of a line. Raises: ValueError: no line has it."""
    if not word:
        raise ValueError("No name is blank.")
    return word


def parse_number(word: str) -> int:
    """Return the number of a version. Raises: ValueError: it cannot be one."""
    number = int(word)
    if not 0 < number <= _MAX_NUMBER:
        raise ValueError("No version has this number.")
    return number
