"""How large a JSON value is, in what makes it costly to judge."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from core.tasks.schemas.json_values import MAX_INTEGER_BITS

Json: TypeAlias = Any  # Any: JSON of whatever shape


class Measure(NamedTuple):
    """How many values, characters, squared words of long numbers, and values with the values below each."""

    values: float = 0
    characters: float = 0
    long_numbers: float = 0
    below: float = 0


class _Unusable(Exception):
    """The value holds something no JSON document may hold."""


def measure_whole(value: Json, *, max_depth: int, max_values: int, max_characters: int) -> Measure | None:
    """Return the measure of a value with all its parts, or None if it is too large, or not JSON all through.

    This runs on every answer, so it goes level by level and keeps no places; `find_unusable` says what is wrong.
    """
    values = below = characters = long_numbers = 0
    level, depth = [value], 0
    try:
        while level:
            depth += 1
            values += len(level)
            below += depth * len(level)
            if depth > max_depth + 1 or values > max_values or characters > max_characters:
                return None
            inner: list[Json] = []
            for node in level:
                if isinstance(node, str):
                    characters += _count_text(node)
                elif isinstance(node, dict):
                    characters += sum(map(_count_text, node))
                    inner.extend(node.values())
                elif isinstance(node, list):
                    inner.extend(node)
                elif node is not None and not isinstance(node, bool):
                    long_numbers += _count_number(node)
            level = inner
    except _Unusable:
        return None
    return Measure(values, characters, long_numbers, below) if characters <= max_characters else None


def _count_text(text: Json) -> int:
    if not isinstance(text, str):
        raise _Unusable
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _Unusable from None
    return len(text)


def _count_number(number: Json) -> int:
    if isinstance(number, int) and number.bit_length() <= MAX_INTEGER_BITS:
        words = number.bit_length() >> 6
        return words * words
    if isinstance(number, float) and math.isfinite(number):
        return 0
    raise _Unusable


@dataclass(slots=True)
class Container:
    """An object or a list of a value: what is measured of itself, of its names and of its plain parts together."""

    value: Json
    own: Measure = field(default=Measure())
    names: Measure = field(default=Measure())
    plain: Measure = field(default=Measure())
    inner: "dict[str | int, Container]" = field(default_factory=dict)


def build_containers(value: Json, *, max_containers: int) -> Container | None:
    """Return the containers of an object or a list, as a tree, or None if there are too many."""
    root = Container(value)
    order = [root]
    for container in order:  # grows while it is walked
        held = container.value
        pairs: Iterable[tuple[str | int, Json]] = held.items() if isinstance(held, dict) else enumerate(held)
        for key, part in pairs:
            if isinstance(part, dict | list):
                container.inner[key] = Container(part)
        order.extend(container.inner.values())
        if len(order) > max_containers:
            return None
    for container in reversed(order):
        _measure_container(container)
    return root


def _measure_container(container: Container) -> None:
    held = container.value
    characters = 0
    if isinstance(held, dict):
        characters = sum(map(len, held))
        container.names = Measure(len(held), characters, 0, len(held))
    parts: Iterable[Json] = held.values() if isinstance(held, dict) else held
    plain = [measure_plain(part) for part in parts if not isinstance(part, dict | list)]
    container.plain = Measure(*map(sum, zip(*plain, strict=True))) if plain else Measure()
    below = 1 + len(plain) + sum(part.own.below for part in container.inner.values())
    container.own = Measure(1 + len(held) / 4, characters, 0, below)


def measure_plain(part: Json) -> Measure:
    """Return the measure of a value without parts."""
    if isinstance(part, str):
        return Measure(1, len(part), 0, 1)
    return Measure(1, 0, (part.bit_length() >> 6) ** 2 if isinstance(part, int) else 0, 1)
