"""What a task takes as its input: of which kind and size, and whether a value fits the request schema."""

import json

from core.errors import Detail, InvalidInputError
from core.tasks.judge import check
from core.tasks.schemas.json_values import JsonObject, find_nul, find_unusable, to_pointer

MAX_INPUT_CHARACTERS = 200_000
_MAX_DEPTH = 64
_MAX_VALUES = 100_000


def require_storable(value: object) -> None:
    """Raises: InvalidInputError: no task could ever take the value, or it cannot be stored; `details` say where."""
    if not isinstance(value, str | dict):
        raise _refusal("An input is text, or an object.")
    found = find_unusable(value, max_depth=_MAX_DEPTH, max_nodes=_MAX_VALUES)
    if found:
        raise _refusal(f"The input {found[1]}.", place=to_pointer(found[0]))
    nul = find_nul(value)
    if nul is not None:
        raise _refusal("The input holds a NUL character, which cannot be stored. Remove it.", place=to_pointer(nul))
    size = len(value) if isinstance(value, str) else len(json.dumps(value))
    if size > MAX_INPUT_CHARACTERS:
        raise _refusal(f"The input has {size:,} characters; at most {MAX_INPUT_CHARACTERS:,} are taken.")


def find_misfits(value: object, request_schema: JsonObject | None) -> tuple[Detail, ...]:
    """Return why a task would not take the value, at most 100 reasons; none when it would.

    A `request_schema` of None asks for plain text.
    """
    if request_schema is not None:
        errors = check(request_schema, value)
        return tuple(Detail(place=to_pointer(error.loc), message=error.message) for error in errors)
    if not isinstance(value, str):
        return (Detail(place="", message="This task takes plain text as its input."),)
    return () if value.strip() else (Detail(place="", message="The input is empty."),)


def _refusal(message: str, *, place: str = "") -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place=f"input{place}", message=message)])
