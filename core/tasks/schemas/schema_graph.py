"""How the parts of a JSON Schema hang together: subschemas, local references, recursion and expanded size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.errors import Detail, InvalidSchemaError
from core.tasks.schemas.json_values import JsonObject, JsonSchema, copy_json, to_pointer
from core.tasks.schemas.reference_targets import MAX_WALK_DEPTH, Place, References, base_of
from core.tasks.schemas.subschemas import EdgeKind, subschemas
from core.tasks.schemas.validators import is_draft_07

__all__ = ["Node", "SchemaGraph", "Weight", "subschemas"]

_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)
# Bounds the walk itself for schemas that never went through the gate.
_MAX_PLACES = 20_000
_MAX_DETOURS = 20_000


@dataclass(slots=True)
class Node:
    """One schema place with what it leads to; `members` counts its anyOf, oneOf and allOf alternatives."""

    place: Place
    edges: list[tuple[EdgeKind, str]] = field(default_factory=list)
    reference: str | None = None
    members: int = 0


@dataclass(slots=True)
class Weight:
    """What a schema grows to when every reference is written out; recursion is cut where it closes."""

    nodes: int = 1
    depth: int = 1
    branches: int = 0


class SchemaGraph:
    """Every schema place of a document by JSON pointer, with its edges. `problems` name references that fail.

    Raises: InvalidSchemaError: nested too deep or with too many places to walk at all.
    """

    def __init__(self, document: JsonSchema) -> None:
        self.document = document
        self.draft_07 = is_draft_07(document)
        self.nodes: dict[str, Node] = {}
        self.problems: list[Detail] = []
        self._detours = 0
        self._references = References(document, draft_07=self.draft_07)
        todo = [Place(document, (), ())]
        while todo:
            place = todo.pop()
            pointer = to_pointer(place.loc)
            if pointer not in self.nodes:
                self.nodes[pointer] = node = Node(place)
                self._check_walk(place)
                todo.extend(reversed(list(self._leave(node, pointer))))

    def _check_walk(self, place: Place) -> None:
        if len(self.nodes) > _MAX_PLACES or len(place.loc) > MAX_WALK_DEPTH:
            raise _too_large()

    def _leave(self, node: Node, pointer: str) -> Iterator[Place]:
        schema = node.place.schema
        if not isinstance(schema, dict):
            return
        for kind, steps, inner in subschemas(schema, draft_07=self.draft_07):
            loc = (*node.place.loc, *steps)
            node.edges.append((kind, to_pointer(loc)))
            if len(node.edges) > _MAX_PLACES:
                raise _too_large()
            node.members += steps[0] in ("anyOf", "oneOf", "allOf")
            yield Place(inner, loc, base_of(inner, loc, node.place.base))
        for keyword in ("$ref", "$dynamicRef"):
            reference = schema.get(keyword)
            if isinstance(reference, str):
                yield from self._follow(node, f"{pointer}/{keyword}", reference)

    def _follow(self, node: Node, pointer: str, reference: str) -> Iterator[Place]:
        target = self._references.resolve(reference, node.place.base)
        if isinstance(target, str):
            self.problems.append(Detail(place=pointer, message=target))
            bundled = self._references.find_bundled(reference, node.place.base)
            yield from self._add_edges(node, [bundled] if bundled else [])
            return
        node.reference = to_pointer(target.loc)
        node.edges.append(("same", node.reference))
        yield target
        if pointer.endswith("/$dynamicRef"):
            others = [place for place in self._references.find_dynamic(reference) if place.loc != target.loc]
            yield from self._add_edges(node, others)

    def _add_edges(self, node: Node, targets: list[Place]) -> Iterator[Place]:
        self._detours += len(targets)
        if self._detours > _MAX_DETOURS:
            raise InvalidSchemaError("The schema has too many places a $dynamicRef may lead to. Name each by $ref.")
        node.edges.extend(("same", to_pointer(target.loc)) for target in targets)
        yield from targets

    def find_cycle(self, kinds: frozenset[EdgeKind], *, start: str | None = None) -> str | None:
        """Return the pointer where a walk along these edges comes back to itself, or None."""
        return next(iter(self.find_cycles(kinds, start=start)), None)

    def find_cycles(self, kinds: frozenset[EdgeKind], *, start: str | None = None) -> list[str]:
        """Return every pointer where a walk along these edges comes back to itself."""
        return self._walk([start] if start is not None else list(self.nodes), kinds)[1]

    def innermost_first(self, kinds: frozenset[EdgeKind]) -> list[str]:
        """Return every place, each after those it leads to along these edges; a cycle is cut where it closes."""
        return self._walk(list(self.nodes), kinds)[0]

    def weigh(self) -> dict[str, Weight]:
        """Return by pointer what each place grows to with every reference written out; the document is at ""."""
        weights: dict[str, Weight] = {}
        for pointer in self.innermost_first(frozenset({"same", "inside"})):
            weights[pointer] = _weigh_node(self.nodes[pointer], weights)
        return weights

    def _walk(self, starts: list[str], kinds: frozenset[EdgeKind]) -> tuple[list[str], list[str]]:
        """Return the reachable places, innermost first, and those where a cycle closes."""
        order: list[str] = []
        closings: list[str] = []
        state: dict[str, bool] = {}  # False while on the path, True when done
        todo = [(start, False) for start in reversed(starts)]
        while todo:
            pointer, leaving = todo.pop()
            if leaving:
                state[pointer] = True
                order.append(pointer)
            elif pointer not in state:
                state[pointer] = False
                todo.append((pointer, True))
                edges = reversed(self.nodes[pointer].edges)
                todo.extend((target, False) for kind, target in edges if kind in kinds)
            elif not state[pointer]:
                closings.append(pointer)
        return order, closings

    def inline(self, pointer: str = "") -> JsonSchema:
        """Return the schema with every reference written out. The caller made sure that nothing is recursive."""
        node = self.nodes[pointer]
        schema = node.place.schema
        if not isinstance(schema, dict):
            return bool(schema)
        dropped = {"$defs", "definitions", "$ref"} if node.reference is not None else {"$defs", "definitions"}
        written: JsonObject = {key: copy_json(value) for key, value in schema.items() if key not in dropped}
        for kind, steps, _ in subschemas(schema, draft_07=self.draft_07):
            if kind != "aside":
                inner = self.inline(to_pointer((*node.place.loc, *steps)))
                if len(steps) == 1:
                    written[str(steps[0])] = inner
                else:
                    written[str(steps[0])][steps[1]] = inner
        if node.reference is None:
            return written
        return _merge_reference(self.inline(node.reference), written, draft_07=self.draft_07)


def _too_large() -> InvalidSchemaError:
    return InvalidSchemaError("The schema is nested too deep or has too many parts. Make it smaller.")


def _weigh_node(node: Node, weights: Mapping[str, Weight]) -> Weight:
    weight = Weight(branches=node.members)
    for kind, target in node.edges:
        if kind == "aside":
            continue
        inner = weights.get(target, Weight())  # not weighed yet: a cycle closes here
        weight.nodes += inner.nodes
        weight.branches += inner.branches
        weight.depth = max(weight.depth, inner.depth + 1)
    return weight


def _merge_reference(target: JsonSchema, beside: JsonObject, *, draft_07: bool) -> JsonSchema:
    if not beside or (draft_07 and not beside.keys() <= _ANNOTATIONS):
        return target
    if isinstance(target, dict) and beside.keys() <= _ANNOTATIONS:
        return {**target, **beside}
    return {"allOf": [target], **beside}
