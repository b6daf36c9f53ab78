"""How much work it would be to say everything that is wrong with a value, counted before any of it is done.

The validator makes all findings before it gives out the first, and each carries what it is about, as value and as
text: a list of strings against hundreds of alternatives takes gigabytes. So the pairs of a part of the schema and a
part of the value that may meet are counted first, each weighed by the size of that part of the value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from core.tasks.judging.judged_parts import JudgedParts, find_judged_parts
from core.tasks.judging.measures import Json
from core.tasks.schemas.schema_graph import SchemaGraph

# One unit is one finding about a small value: about 15 µs and 2 KB.
MAX_WORK = 10_000
_MAX_VISITS = 100_000
# A finding about alternatives holds those of each, which hold theirs: made and read by recursion.
_MAX_LEVELS = 60
_FIELDS_PER_VISIT = 16
# Measured: what a finding about a larger value costs more than one about a small one.
_NODES_PER_UNIT = 16
_CHARACTERS_PER_NODE = 64
_BITS_PER_NODE = 200

# These make no finding of their own; what is in them may, and is counted where it is.
_SILENT = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
    | {"$schema", "$id", "$anchor", "$dynamicAnchor", "$ref", "$dynamicRef", "$defs", "definitions", "allOf"}
    | {"properties", "patternProperties", "dependentSchemas", "if", "then", "else", "items", "prefixItems"}
)


@dataclass(slots=True)
class _Tally:
    """The work for one outermost set of alternatives, which a first finding about them takes whole."""

    work: int = 0


class _Pair(NamedTuple):
    """A schema that may judge a value; `alternatives` is None outside of anyOf and oneOf, `level` counts them."""

    pointer: str
    value: Json
    alternatives: _Tally | None
    level: int = 0


class Extent(Enum):
    """How much may be said about a value in bounded time."""

    ALL = auto()
    FIRST = auto()
    VERDICT = auto()


class Workload:
    """Foretells, for the values of one schema, how much there may be to say."""

    def __init__(self, graph: SchemaGraph) -> None:
        self._graph = graph
        self._parts: dict[str, JudgedParts] = {}
        self._own: dict[str, int] = {}
        self._leaf_works: dict[str, int] = {}

    def extent(self, value: Json) -> Extent:
        """Return how much may be said about the value. A first finding is costly only when it is about alternatives."""
        sizes = _measure_all(value)
        work = visits = 0
        todo: list[_Pair] = [_Pair("", value, None)]
        while todo:
            visits += 1
            pair = todo.pop()
            size = 1 + _size(pair.value, sizes) // _NODES_PER_UNIT
            alternatives = pair.alternatives
            if isinstance(pair.value, dict | list):
                done = self._own_work(pair, size=size)
                todo.extend(islice(self._inner(pair), _MAX_VISITS))
                visits += len(self._part(pair.pointer).fields) // _FIELDS_PER_VISIT
            else:
                done = self._leaf_work(pair.pointer) * size
                alternatives = alternatives or _Tally()
            work += done
            if alternatives is not None:
                alternatives.work += done
                if alternatives.work > MAX_WORK or pair.level > _MAX_LEVELS:
                    return Extent.VERDICT
            if visits + len(todo) > _MAX_VISITS:
                return Extent.VERDICT
        return Extent.ALL if work <= MAX_WORK else Extent.FIRST

    def _own_work(self, pair: "_Pair", *, size: int) -> int:
        part = self._part(pair.pointer)
        # A finding about a field's name carries the whole object.
        names = len(pair.value) if part.names else 0
        return (self._own[pair.pointer] + names) * size

    def _inner(self, pair: "_Pair") -> Iterator["_Pair"]:
        part = self._part(pair.pointer)
        for target, held in part.inner(pair.value):
            yield _Pair(target, held, pair.alternatives, pair.level)
        alternatives = pair.alternatives or _Tally()
        for target in part.options:
            yield _Pair(target, pair.value, alternatives, pair.level + 1)

    def _leaf_work(self, pointer: str) -> int:
        """Return the findings there may be about a value without parts: the same for each, so counted once."""
        if pointer not in self._leaf_works:
            work = 0
            todo = [pointer]
            while todo and work <= MAX_WORK:
                reached = todo.pop()
                part = self._part(reached)
                work += self._own[reached]
                todo += part.same + part.options
            self._leaf_works[pointer] = work
        return self._leaf_works[pointer]

    def _part(self, pointer: str) -> JudgedParts:
        part = self._parts.get(pointer)
        if part is None:
            part = self._parts[pointer] = find_judged_parts(self._graph, pointer)
            schema = self._graph.nodes[pointer].place.schema
            own = sum(_count_own(key, value) for key, value in schema.items()) if isinstance(schema, dict) else 1
            self._own[pointer] = max(1, own)
        return part


def _count_own(keyword: str, value: Json) -> int:
    if keyword in _SILENT:
        return 0
    if keyword == "required" and isinstance(value, list):
        return len(value)
    if keyword in ("dependentRequired", "dependencies") and isinstance(value, dict):
        return sum(len(names) for names in value.values() if isinstance(names, list))
    if keyword in ("enum", "const"):  # said with each finding
        return 1 + _size(value, _measure_all(value)) // _NODES_PER_UNIT
    return 1


def _size(value: Json, sizes: dict[int, int]) -> int:
    if isinstance(value, dict | list):
        return sizes[id(value)]
    if isinstance(value, str):
        return 1 + len(value) // _CHARACTERS_PER_NODE
    return 1 + value.bit_length() // _BITS_PER_NODE if isinstance(value, int) else 1


def _measure_all(value: Json) -> dict[int, int]:
    """Return the size of every object and list in the value, by its id."""
    order: list[Json] = []
    todo = [value]
    while todo:
        node = todo.pop()
        if isinstance(node, dict | list):
            order.append(node)
            todo.extend(node.values() if isinstance(node, dict) else node)
    sizes: dict[int, int] = {}
    for node in reversed(order):
        inside = node.values() if isinstance(node, dict) else node
        names = sum(len(name) for name in node) // _CHARACTERS_PER_NODE if isinstance(node, dict) else 0
        sizes[id(node)] = 1 + names + sum(_size(child, sizes) for child in inside)
    return sizes
