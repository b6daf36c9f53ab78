"""ETag and If-Match: nobody overwrites what somebody else changed in between."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Protocol

from fastapi import Header
from pydantic import WithJsonSchema

from core.errors import Detail, InvalidInputError, OutdatedError

_TAG = r'(W/)?"[!#-~]*"'
_LIST = rf"{_TAG}( *, *{_TAG})*"
_ANY = "*"
_MAX_CHARACTERS = 1000
_SCHEMA: dict[str, Any] = {  # Any: JSON Schema
    "anyOf": [
        {"const": _ANY, "title": "Any state"},
        {"type": "string", "pattern": f"^{_LIST}$", "maxLength": _MAX_CHARACTERS, "title": "One of these states"},
    ]
}

IfMatch = Annotated[
    str | None,
    WithJsonSchema(_SCHEMA),
    Header(
        description="The `ETag` of what you read. The change is refused (412) if it was changed since. "
        "`*` matches whatever is there.",
        openapi_examples={"as read": {"value": '"3.1.1763841600000000"'}},
    ),
]


class Tagged(Protocol):
    """A record that says which state of the thing it shows."""

    @property
    def etag(self) -> str: ...


def write_etag(record: Tagged) -> dict[str, str]:
    """Return the header that names the state of a thing."""
    return {"ETag": f'"{record.etag}"'}


def read_expected(if_match: str | None, find_current: Callable[[], Tagged]) -> str | None:
    """Return the state a change expects, None for any.

    Raises: InvalidInputError; OutdatedError: it is in none of the states that are listed; what `find_current` raises.
    """
    if if_match is None or if_match.strip() == _ANY:
        return None
    if len(if_match) > _MAX_CHARACTERS or not re.fullmatch(_LIST, if_match.strip()):
        problem = 'If-Match holds an ETag in quotation marks, such as "3".'
        raise InvalidInputError(problem, details=[Detail(place="header.if-match", message=problem)])
    # A weak tag never matches: it promises too little to write by.
    listed = [tag.group() for tag in re.finditer(_TAG, if_match) if not tag.group(1)]
    if len(listed) == 1:
        return listed[0].strip('"')
    current = find_current().etag
    if f'"{current}"' not in listed:
        raise OutdatedError("It was changed in the meantime.", hint="Read it again to see what changed.")
    return current
