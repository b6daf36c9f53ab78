"""The schema that examples of a value suggest: types, formats, choices, and which fields every example has.

What the examples leave open is taken as text: a field that is always null, and what an always empty list holds.
Objects are closed, since an agent is to answer with these fields and no others.
"""

import json
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from pydantic import JsonValue

from core.errors import Detail, InvalidInputError
from core.tasks.schemas.json_equality import type_word
from core.tasks.schemas.json_values import JsonObject, find_nul, find_unusable, to_pointer
from core.tasks.schemas.strict_json import strict_decoder
from core.tasks.schemas.text_formats import find_format

__all__ = ["infer_schema", "parse_examples"]

MAX_EXAMPLES_CHARACTERS = 4 * 1024 * 1024
MAX_EXAMPLES = 10_000
# A schema takes two levels of JSON for one of the value, and the gate takes 64 levels of schemas.
_MAX_DEPTH = 60
_MAX_NODES = 200_000
_MAX_FIELDS = 5_000

# A text field is offered as a choice when its values repeat like this.
_MIN_CHOICE_SEEN = 4
_MIN_CHOICE_EXAMPLES = 3
_MAX_CHOICES = 12
_MAX_CHOICE_CHARACTERS = 60

_HINT_OBJECT = 'Put it into a field of an object, like {"items": [1, 2]}: models answer with objects.'


class _Seen(NamedTuple):
    """A value and the number of the example it stands in."""

    example: int
    value: JsonValue


def infer_schema(examples: Sequence[JsonValue]) -> JsonObject:
    """Return a schema that accepts every one of the examples, each an object; its fields in order of appearance.

    A lone list or scalar is refused rather than wrapped: the wrapped schema would refuse the very example it was
    made from. Raises: InvalidInputError: there is no example, or one is not an object or holds what JSON cannot.
    """
    if not examples:
        raise InvalidInputError("There is no example. Give at least one JSON object.")
    if len(examples) > MAX_EXAMPLES:
        raise InvalidInputError(f"There are {len(examples):,} examples; at most {MAX_EXAMPLES:,} are read.")
    for number, example in enumerate(examples):
        _check_example(example, number, is_only=len(examples) == 1)
    return _infer([_Seen(number, example) for number, example in enumerate(examples)])


def parse_examples(text: str) -> list[JsonValue]:
    """Read pasted examples: one JSON value, a list of objects (each an example), or one value after another.

    Values may follow each other on lines of their own (JSON Lines), or parted by blanks or commas.
    Raises: InvalidInputError: it is empty or not JSON (with line and column), or a key stands twice in an object.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InvalidInputError("There is nothing to read. Paste a JSON object.")
    if len(text) > MAX_EXAMPLES_CHARACTERS:
        raise InvalidInputError(f"The text is longer than {MAX_EXAMPLES_CHARACTERS:,} characters. Paste fewer.")
    try:
        values = _read_values(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError(f"This is not JSON: {error.msg} at {where}.") from error
    except RecursionError as error:
        raise InvalidInputError("The JSON is nested too deep to read.") from error
    except ValueError as error:
        raise InvalidInputError("A number in the JSON is too long to read.") from error
    if len(values) == 1 and isinstance(values[0], list) and values[0] and all(isinstance(v, dict) for v in values[0]):
        return values[0]
    return values


def _read_values(text: str) -> list[JsonValue]:
    decoder = strict_decoder(InvalidInputError)
    values: list[JsonValue] = []
    position = _skip(text, 0, " \t\r\n")
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        values.append(value)
        end = _skip(text, position, " \t\r\n,")
        if end == position < len(text):
            raise json.JSONDecodeError("Unexpected text after a value", text, position)
        position = end
    return values


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _check_example(example: object, number: int, *, is_only: bool) -> None:
    name = "The example" if is_only else f"Example {number + 1}"
    if not isinstance(example, dict):
        raise InvalidInputError(f"{name} is not an object but {_kind_words(example)}.", hint=_HINT_OBJECT)
    unusable = find_unusable(example, max_depth=_MAX_DEPTH, max_nodes=_MAX_NODES)
    nul = None if unusable else find_nul(example)
    loc, reason = unusable or (nul or (), "holds a NUL character, which cannot be stored" if nul is not None else "")
    if reason:
        where = f" at {to_pointer(loc)}" if loc else ""
        raise InvalidInputError(f"{name} cannot be used{where}: it {reason}.", details=[_detail(loc, reason)])


def _detail(loc: Sequence[str | int], reason: str) -> Detail:
    return Detail(place=to_pointer(loc), message=reason)


def _infer(seen: list[_Seen]) -> JsonObject:
    """Return the schema of one place from all that stood there."""
    kinds = _kinds_of(seen)
    is_nullable = "null" in kinds
    named = [kind for kind in kinds if kind != "null"] or ["string"]
    if len(named) == 1 or not {"object", "array"} & set(named):
        types = [*named, "null"] if is_nullable else named
        return {"type": types[0] if len(types) == 1 else types, **_details(seen, named, is_nullable=is_nullable)}
    shapes = [{"type": kind, **_details(seen, [kind], is_nullable=False)} for kind in named]
    return {"anyOf": [*shapes, {"type": "null"}] if is_nullable else shapes}


def _details(seen: list[_Seen], kinds: list[str], *, is_nullable: bool) -> JsonObject:
    if kinds == ["object"]:
        return _object_details(seen)
    if kinds == ["array"]:
        items = [_Seen(one.example, item) for one in seen if isinstance(one.value, list) for item in one.value]
        return {"items": _infer(items)}
    return _text_details(seen, is_nullable=is_nullable) if kinds == ["string"] else {}


def _object_details(seen: list[_Seen]) -> JsonObject:
    objects = [_Seen(one.example, one.value) for one in seen if isinstance(one.value, dict)]
    fields: dict[str, list[_Seen]] = {}
    for example, value in objects:
        for name, inner in value.items() if isinstance(value, dict) else ():
            fields.setdefault(name, []).append(_Seen(example, inner))
    if not fields:
        return {}
    if len(fields) > _MAX_FIELDS:
        raise InvalidInputError(f"The examples have more than {_MAX_FIELDS:,} different fields in one object.")
    return {
        "properties": {name: _infer(values) for name, values in fields.items()},
        "required": [name for name, values in fields.items() if len(values) == len(objects)],
        "additionalProperties": False,
    }


def _text_details(seen: list[_Seen], *, is_nullable: bool) -> JsonObject:
    texts = [one.value for one in seen if isinstance(one.value, str)]
    found = find_format(texts)
    if found:
        return {"format": found}
    choices = list(dict.fromkeys(texts))
    where = {one.example for one in seen if isinstance(one.value, str)}
    is_choice = (
        len(texts) >= _MIN_CHOICE_SEEN
        and len(where) >= _MIN_CHOICE_EXAMPLES
        and 2 <= len(choices) <= min(_MAX_CHOICES, len(texts) // 2)
        and all(choice.strip() and len(choice) <= _MAX_CHOICE_CHARACTERS and "\n" not in choice for choice in choices)
    )
    return {"enum": list(chain(choices, [None] if is_nullable else []))} if is_choice else {}


def _kinds_of(seen: list[_Seen]) -> list[str]:
    kinds = list(dict.fromkeys(type_word(one.value) for one in seen))
    return [kind for kind in kinds if kind != "integer" or "number" not in kinds]


def _kind_words(value: object) -> str:
    words = {"null": "null", "boolean": "true or false", "string": "a text", "array": "a list", "object": "no JSON"}
    return words.get(type_word(value), "a number")
