"""The places of answers: where any of several answers holds a plain value, and what each holds there."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.runs.comparing.field_order import Schemas, list_fields, list_items
from core.tasks.schemas.json_values import JsonObject

_PLAIN_NAME = re.compile(r"[\w-]+")


class Absent:
    """Stands for a value that is not there."""


class Opened:
    """Stands for an object or a list whose parts are places of their own."""

    def __init__(self, text: str) -> None:
        self.text = text


ABSENT: Final = Absent()
_OBJECT: Final = Opened("{…}")
_LIST: Final = Opened("[…]")


def walk_places(answers: Sequence[object], schema: JsonObject) -> Iterator[tuple[str, list[object]]]:
    """Yield each place with the value of each answer there, in the order of the schema, then as fields turn up.

    Objects are opened, and lists that hold objects; a list of plain values is one value. Where answers disagree about
    what a place is, it has a line of its own, on which what is opened is `Opened`.
    """
    return _walk("", list(answers), [schema], schema)


def _walk(place: str, values: list[object], schemas: Schemas, root: JsonObject) -> Iterator[tuple[str, list[object]]]:
    opens_objects = any(isinstance(value, dict) and value for value in values)
    opens_lists = any(isinstance(value, list) and _holds_objects(value) for value in values)
    if not opens_objects and not opens_lists:
        yield place, values
        return
    beside = [_see(value, opens_objects=opens_objects, opens_lists=opens_lists) for value in values]
    if any(not isinstance(value, Opened | Absent) for value in beside):
        yield place, beside
    if opens_objects:
        yield from _walk_fields(place, values, schemas, root)
    if opens_lists:
        yield from _walk_items(place, values, schemas, root)


def _see(value: object, *, opens_objects: bool, opens_lists: bool) -> object:
    if opens_objects and isinstance(value, dict):
        return _OBJECT
    return _LIST if opens_lists and isinstance(value, list) else value


def _walk_fields(
    place: str, values: list[object], schemas: Schemas, root: JsonObject
) -> Iterator[tuple[str, list[object]]]:
    objects = [value if isinstance(value, dict) else {} for value in values]
    there = dict.fromkeys(name for value in objects for name in value)
    known = list_fields(schemas, root=root)
    for name in (*(name for name in known if name in there), *(name for name in there if name not in known)):
        inner = [value.get(name, ABSENT) for value in objects]
        yield from _walk(_join(place, name), inner, known.get(name, ()), root)


def _walk_items(
    place: str, values: list[object], schemas: Schemas, root: JsonObject
) -> Iterator[tuple[str, list[object]]]:
    lists = [value if isinstance(value, list) else [] for value in values]
    items = list_items(schemas, root=root)
    for index in range(max(map(len, lists))):
        inner = [value[index] if index < len(value) else ABSENT for value in lists]
        yield from _walk(f"{place}[{index}]", inner, items, root)


def _holds_objects(items: list[object]) -> bool:
    return any(isinstance(item, dict) for item in items)


def _join(place: str, name: str) -> str:
    """Return the place of a field. A name with other signs is quoted, so that no two places are written alike."""
    if not _PLAIN_NAME.fullmatch(name):
        return f"{place}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{place}.{name}" if place else name
