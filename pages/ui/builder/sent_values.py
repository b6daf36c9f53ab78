"""Reads what was typed into the controls of a form as the values of a field. Knows no Streamlit."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import InvalidInputError
from core.tasks.drafts.constraints import Bound, is_number
from core.tasks.drafts.field_types import TEXTUAL, FieldType, Number
from core.tasks.drafts.fields import Field
from core.tasks.drafts.nothing import NOTHING
from core.tasks.schemas.json_equality import json_mark
from core.tasks.schemas.json_values import find_unusable, show_value
from core.tasks.schemas.strict_json import strict_decoder

# Past this a browser's numbers are no longer exact, and a whole float would become a needlessly long integer.
LARGEST_EXACT: Final = 2**53
_MOST_LEVELS: Final = 64
_MOST_NODES: Final = 5_000
_JSON_LOOKS: Final = 'Write a text as "text", a number as 5, yes or no as true or false, a list as [1, 2].'
_DECODER: Final = strict_decoder(InvalidInputError)


class SentChoice(BaseModel):
    """One choice as the form sends it. `is_json` says that `text` is the JSON of a value that is no text."""

    model_config = ConfigDict(frozen=True, strict=True)

    text: str
    isJson: bool = False  # noqa: N815 - named as the browser sends it
    note: str | None = None


class _SentBound(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    value: int | float | str | None
    isExclusive: bool = False  # noqa: N815 - named as the browser sends it


class ReadChoices(NamedTuple):
    """The values of a choice with a note each, as the model takes them."""

    values: tuple[Any, ...]  # Any: JSON values
    notes: tuple[str, ...]


_CHOICES: Final = TypeAdapter(list[SentChoice])
_BOUND: Final = TypeAdapter(_SentBound)


def read_text(value: object) -> str:
    """Return a text. Raises: InvalidInputError: it is none."""
    if not isinstance(value, str):
        raise InvalidInputError("This takes a text.")
    return value


def read_flag(value: object) -> bool:
    """Return yes or no. Raises: InvalidInputError: it is neither."""
    if not isinstance(value, bool):
        raise InvalidInputError("This takes yes or no.")
    return value


def read_number(value: object) -> Number | None:
    """Return a number, also from its text; None for null and the blank. A whole one is an integer: 5.0 is 5.

    Raises: InvalidInputError: it is none.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    number = _decoded_number(value) if isinstance(value, str) else value
    if not isinstance(number, int | float) or not is_number(number) or find_unusable(number, max_depth=0, max_nodes=1):
        raise InvalidInputError(f"{show_value(value)} is not a number. Write one like 5 or 2.5.")
    is_whole = isinstance(number, float) and number.is_integer() and abs(number) <= LARGEST_EXACT
    return int(number) if is_whole else number


def read_bound(value: object) -> Bound | None:
    """Return a limit; None where its value is null or blank. Raises: InvalidInputError: its value is no number."""
    try:
        sent = _BOUND.validate_python(value)
    except ValidationError as error:
        raise InvalidInputError("A limit takes a number like 5 or 2.5.") from error
    number = read_number(sent.value)
    return None if number is None else Bound(number, sent.isExclusive)


def read_default(field: Field, value: object) -> Any:  # Any: a JSON value
    """Return the value whose JSON was typed, `NOTHING` for the blank. Raises: InvalidInputError: it is no JSON."""
    text = read_text(value)
    return read_value(field, text, known=(field.default,)) if text.strip() else NOTHING


def read_constant(field: Field, value: object) -> Any:  # Any: a JSON value
    """Return the value whose JSON was typed. Raises: InvalidInputError: it is blank or no JSON."""
    text = read_text(value)
    if not text.strip():
        raise InvalidInputError('A constant needs a value. Write "" for the empty text.')
    return read_value(field, text, known=(field.constant,))


def read_examples(field: Field, value: object) -> tuple[Any, ...]:  # Any: JSON values
    """Return the values whose JSON was typed, without the blank ones. Raises: InvalidInputError: one is no JSON."""
    if not isinstance(value, list):
        raise InvalidInputError("Examples are a list.")
    known = field.examples
    return tuple(read_value(field, text, known=known) for text in map(read_text, value) if text.strip())


def read_choices(value: object) -> ReadChoices:
    """Return the values and notes of a choice; blank ones stay. Raises: InvalidInputError: one cannot be read."""
    try:
        sent = _CHOICES.validate_python(value)
    except ValidationError as error:
        raise InvalidInputError("Choices are a list of values.") from error
    values = tuple(_read_json(choice.text) if choice.isJson else choice.text for choice in sent)
    if any(value is None for value in values):
        raise InvalidInputError("null is no choice. Tick “May be null” instead.")
    return ReadChoices(values, tuple(choice.note or "" for choice in sent))


def json_text(value: object) -> str:
    """Return the JSON of a value on one line, as the form shows it and as it is typed."""
    return json.dumps(value, ensure_ascii=False)


def read_value(field: Field, text: str, *, known: Iterable[object] = ()) -> Any:  # Any: a JSON value
    """Return the JSON value that was typed; where a text is meant, its quotation marks may be left out.

    `known` are the values that stand there now: what the form shows for one of them means it, even where it is of
    another type than the field. Raises: InvalidInputError: it is no JSON.
    """
    plain = text.strip()
    for value in known:
        if value is not NOTHING and plain == json_text(value):
            return value
    if plain.startswith('"'):
        return _read_json(plain)
    if field.type in TEXTUAL:
        return None if plain == "null" and field.nullable else text
    if field.type is FieldType.CHOICE:
        return _read_choice(field, plain)
    is_text = field.type is FieldType.CONSTANT and isinstance(field.constant, str) and not plain.startswith(("{", "["))
    return _read_leniently(plain) if is_text else _read_json(plain)


def lone_change(old: Sequence[object], new: Sequence[object]) -> int | None:
    """Return the index of the only entry that differs; None when several do, or one came or went."""
    if len(old) != len(new):
        return None
    places = [place for place, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    return places[0] if len(places) == 1 else None


def _read_choice(field: Field, text: str) -> Any:  # Any: a JSON value
    """Take what is one of the choices for that one: with the choices "1" and "2", 1 means "1"."""
    value = _read_leniently(text)
    known = {json_mark(choice) for choice in field.choices}
    is_meant_as_text = json_mark(value) not in known and json_mark(text) in known
    return text if is_meant_as_text else value


def _read_leniently(text: str) -> Any:  # Any: a JSON value
    try:
        return _read_json(text)
    except InvalidInputError:
        return text


def _read_json(text: str) -> Any:  # Any: a JSON value
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a plain ValueError
        raise InvalidInputError(f"{show_value(text, limit=40)} is not JSON. {_JSON_LOOKS}") from error
    found = find_unusable(value, max_depth=_MOST_LEVELS, max_nodes=_MOST_NODES)
    if found is not None:
        raise InvalidInputError(f"The value {found[1]}.")
    return value


def _decoded_number(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError, InvalidInputError):
        return None
