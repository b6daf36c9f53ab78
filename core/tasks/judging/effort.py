"""How much work a verdict takes, counted before it is asked for: the validator itself cannot be stopped.

Each part of the schema that meets a part of the value costs something by itself, by the characters there, and so
on. A bound that needs no walk is tried first: every part of the schema meets every part of the value. Only when that
is too much, and always for recursive schemas, the pairs that do meet are counted, each with what lies below it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.tasks.judging.judged_parts import JudgedParts, find_judged_parts
from core.tasks.judging.measures import Container, Json, Measure, build_containers, measure_plain
from core.tasks.judging.pattern_sizes import pattern_size
from core.tasks.schemas.json_values import JsonObject
from core.tasks.schemas.schema_graph import SchemaGraph
from core.tasks.schemas.subschemas import EdgeKind

# One unit is about 20 ns.
MAX_EFFORT = 25_000_000
_MAX_VISITS = 50_000
_MAX_CONTAINERS = 20_000
_FIELDS_PER_VISIT = 16
_HUGE = float(10**15)
# A reference out of the document leads to a metaschema, or nowhere.
_METASCHEMA = 500

_UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")


class Rates(NamedTuple):
    """What a schema costs for each of what a value's measure counts."""

    value: float = 1.0
    character: float = 0.0
    long_number: float = 0.0
    below: float = 0.0

    def plus(self, other: "Rates") -> "Rates":
        return Rates(
            self.value + other.value,
            self.character + other.character,
            self.long_number + other.long_number,
            self.below + other.below,
        )

    def cost(self, measure: Measure) -> float:
        work = (
            self.value * measure.values
            + self.character * measure.characters
            + self.long_number * measure.long_numbers
            + self.below * measure.below
        )
        return work if work <= _HUGE else _HUGE  # past all numbers, it may be none


_NOTHING = Rates(value=0.0)


class _Cost(NamedTuple):
    """What judging takes, and what it takes once more when an unevaluated… keyword asks what was looked at.

    That judges the value by every alternative again, and each alternative may ask in turn.
    """

    verdict: float
    again: float


@dataclass(slots=True)
class _Ahead:
    """What a pair leads to: pairs with containers, and what all parts that are none cost together."""

    pairs: list[tuple[str, Container]] = field(default_factory=list)
    plain: float = 0


class _Pair(NamedTuple):
    """A schema that judges a container; `ahead` is None until it was looked at."""

    pointer: str
    held: Container
    ahead: _Ahead | None


class Effort:
    """Foretells, for the values of one schema, how long a verdict takes."""

    def __init__(self, graph: SchemaGraph) -> None:
        self._graph = graph
        self._parts: dict[str, JudgedParts] = {}
        self._own: dict[str, Rates] = {}
        self._on_leaf: dict[str, Rates] = {}
        self._unresolved = {detail.place for detail in graph.problems}
        # The validator remembers what a reference that closes a cycle said of a value.
        self._remembered = frozenset(graph.find_cycles(frozenset({"same", "inside"}), start=""))
        self.on_each = self._sum_rates(frozenset({"same", "inside"}))[""]

    def is_too_much(self, value: Json, whole: Measure) -> bool:
        """Say whether a verdict on the value, whose measure is given, may take longer than half a second or so."""
        if not self._remembered and self.on_each.cost(whole) <= MAX_EFFORT:
            return False
        return self._walk(value) > MAX_EFFORT

    def _sum_rates(self, kinds: frozenset[EdgeKind]) -> dict[str, Rates]:
        """Return by pointer what a place costs with all it leads to, were all of it judged on one value."""
        verdicts: dict[str, Rates] = {}
        agains: dict[str, Rates] = {}
        for pointer in self._graph.innermost_first(kinds):
            node = self._graph.nodes[pointer]
            verdict = again = self._own_rates(pointer)
            for kind, target in node.edges:
                if kind in kinds:
                    verdict = verdict.plus(verdicts.get(target, _NOTHING))
                if kind == "same":
                    again = again.plus(verdicts.get(target, _NOTHING)).plus(agains.get(target, _NOTHING))
            verdicts[pointer] = verdict.plus(again) if _asks_again(node.place.schema) else verdict
            agains[pointer] = again
        return verdicts

    def _walk(self, value: Json) -> float:
        """Count the pairs that meet, each once however often it is met; returns the work for the whole."""
        if not isinstance(value, dict | list):
            return self._leaf_rates("").cost(measure_plain(value))
        root = build_containers(value, max_containers=_MAX_CONTAINERS)
        if root is None:
            return _HUGE
        costs: dict[tuple[str, int], _Cost] = {}
        todo: list[_Pair] = [_Pair("", root, None)]
        visits = 0
        least = remembered = 0.0
        while todo:
            pair = todo.pop()
            key = (pair.pointer, id(pair.held))
            if key in costs:
                continue
            if pair.ahead is not None:
                costs[key] = self._add_up(pair, costs)
                if pair.pointer in self._remembered:
                    remembered += costs[key].verdict + costs[key].again
                    costs[key] = _Cost(1, 1)
                continue
            visits += 1 + len(self._part(pair.pointer).fields) // _FIELDS_PER_VISIT
            ahead = _Ahead()
            self._look_ahead(pair, ahead)
            least += self._own_rates(pair.pointer).cost(pair.held.own) + ahead.plain
            todo.append(pair._replace(ahead=ahead))
            todo.extend(_Pair(target, held, None) for target, held in ahead.pairs)
            if visits + len(todo) > _MAX_VISITS or least > MAX_EFFORT:
                return _HUGE
        return costs["", id(root)].verdict + remembered

    def _add_up(self, pair: "_Pair", costs: dict[tuple[str, int], "_Cost"]) -> "_Cost":
        ahead = pair.ahead or _Ahead()
        again = self._own_rates(pair.pointer).cost(pair.held.own)
        verdict = again + ahead.plain
        for target, held in ahead.pairs:
            known = costs.get((target, id(held)), _Cost(_HUGE, _HUGE))
            verdict += known.verdict
            again += known.verdict + known.again if held is pair.held else 0
        if _asks_again(self._graph.nodes[pair.pointer].place.schema):
            verdict += again
        return _Cost(min(_HUGE, verdict), min(_HUGE, again))

    def _look_ahead(self, pair: "_Pair", ahead: "_Ahead") -> None:
        """Note which schemas judge the container again or one inside it, and what its plain parts cost."""
        part, held = self._part(pair.pointer), pair.held
        ahead.pairs += [(target, held) for target in (*part.same, *part.options, *part.silent_same)]
        if isinstance(held.value, dict):
            ahead.plain += sum(self._leaf_rates(target).cost(held.names) for target in part.names)
            singly: Iterable[tuple[str | int, str]] = part.fields.items()
            throughout = [*part.other_fields, *part.every_field]
        else:
            singly = enumerate(part.first_items)
            throughout = [*part.items, *part.silent_items]
        for key, target in singly:
            if key in held.inner:
                ahead.pairs.append((target, held.inner[key]))
            elif key in held.value if isinstance(held.value, dict) else int(key) < len(held.value):
                ahead.plain += self._leaf_rates(target).cost(measure_plain(held.value[key]))
        for target in throughout:
            ahead.plain += self._leaf_rates(target).cost(held.plain)
            ahead.pairs += [(target, inner) for inner in held.inner.values()]
            if len(ahead.pairs) > _MAX_VISITS:
                return

    def _leaf_rates(self, pointer: str) -> Rates:
        if not self._on_leaf:
            self._on_leaf = self._sum_rates(frozenset({"same"}))
        return self._on_leaf[pointer]

    def _part(self, pointer: str) -> JudgedParts:
        if pointer not in self._parts:
            self._parts[pointer] = find_judged_parts(self._graph, pointer)
        return self._parts[pointer]

    def _own_rates(self, pointer: str) -> Rates:
        if pointer not in self._own:
            schema = self._graph.nodes[pointer].place.schema
            document: JsonObject = schema if isinstance(schema, dict) else {}
            rates = Rates()
            for keyword, setting in document.items():
                rates = rates.plus(_rate(keyword, setting, document))
                if f"{pointer}/{keyword}" in self._unresolved:
                    rates = rates.plus(Rates(below=_METASCHEMA))
            self._own[pointer] = rates
        return self._own[pointer]


def _asks_again(schema: Json) -> bool:
    return isinstance(schema, dict) and any(keyword in schema for keyword in _UNEVALUATED)


def _rate(keyword: str, setting: Json, schema: JsonObject) -> Rates:
    """Return what one keyword costs, subschemas aside. The factors are measured."""
    match keyword, setting:
        case ("enum", list()) | ("const", _):
            options = setting if keyword == "enum" else [setting]
            if all(isinstance(option, str) for option in options):  # looked up
                return Rates()
            return Rates(value=sum(_compared(option) for option in options))
        case ("required", list()):
            return Rates(value=4 * len(setting))
        case ("dependentRequired" | "dependencies", dict()):
            return Rates(value=sum(2 + len(names) for names in setting.values() if isinstance(names, list)))
        case ("pattern", str()):
            return Rates(character=0.75 * pattern_size(setting))
        case ("patternProperties", dict()):
            times = 2 if "additionalProperties" in schema else 1
            return Rates(value=5 * len(setting), character=times * 0.75 * sum(map(pattern_size, setting)))
        case ("format" | "minLength" | "maxLength", _):
            return Rates(value=1, character=0.25)
        case ("multipleOf", _):
            return Rates(value=1, long_number=4)
        case ("uniqueItems", True):
            return Rates(value=1, character=0.1, below=8)
        case _:
            return Rates(value=1)


def _compared(option: Json) -> float:
    """Return what comparing with an option of an enum costs at most."""
    if not isinstance(option, dict | list):
        return 1
    total, todo = 0, [option]
    while todo:
        node = todo.pop()
        total += 5
        if isinstance(node, dict | list):
            todo.extend(node.values() if isinstance(node, dict) else node)
    return total
