"""How the parts of a JSON Schema hang together: subschemas, local references, recursion and expanded size."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import unquote

from core.errors import Detail, InvalidSchemaError
from core.tasks.json_values import JsonObject, JsonSchema, Loc, copy_json, to_pointer
from core.tasks.validators import is_draft_07

# "same": judges the same value again; "inside": judges a part of it; "aside": only kept for references.
EdgeKind: TypeAlias = Literal["same", "inside", "aside"]

_ONE: dict[str, EdgeKind] = {
    **dict.fromkeys(("not", "if", "then", "else"), "same"),
    **dict.fromkeys(("items", "additionalItems", "contains", "additionalProperties", "propertyNames"), "inside"),
    **dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), "inside"),
    "contentSchema": "aside",
}
_LISTS: dict[str, EdgeKind] = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), "same"),
    "prefixItems": "inside",
    "items": "inside",
}
_MAPS: dict[str, EdgeKind] = {
    **dict.fromkeys(("properties", "patternProperties"), "inside"),
    **dict.fromkeys(("dependentSchemas", "dependencies"), "same"),
    **dict.fromkeys(("$defs", "definitions"), "aside"),
}
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)
_NOT_IN_A_FRAGMENT = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")
# Bounds the walk itself for schemas that never went through the gate.
_MAX_PLACES = 20_000
_MAX_WALK_DEPTH = 200


class Subschema(NamedTuple):
    """A schema inside another one, and the steps from the outer to the inner."""

    kind: EdgeKind
    steps: Loc
    schema: object


class Place(NamedTuple):
    """A schema, its steps from the document, and the steps of the resource (`$id`) its references start from."""

    schema: object
    loc: Loc
    base: Loc


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


def subschemas(schema: JsonObject, *, draft_07: bool) -> Iterator[Subschema]:
    """Yield the schemas directly inside; draft-07 ignores everything beside `$ref`."""
    only_aside = draft_07 and isinstance(schema.get("$ref"), str)
    for key, value in schema.items():
        for found in _subschemas_at(key, value):
            if not only_aside or found.kind == "aside":
                yield found


def _subschemas_at(key: str, value: object) -> Iterator[Subschema]:
    if key in _MAPS and isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | bool):
                yield Subschema(_MAPS[key], (key, name), inner)
    elif key in _LISTS and isinstance(value, list):
        for index, inner in enumerate(value):
            yield Subschema(_LISTS[key], (key, index), inner)
    elif key in _ONE and isinstance(value, dict | bool):
        yield Subschema(_ONE[key], (key,), value)


class SchemaGraph:
    """Every schema place of a document by JSON pointer, with its edges. `problems` name references that fail.

    Raises: InvalidSchemaError: nested too deep or with too many places to walk at all.
    """

    def __init__(self, document: JsonSchema) -> None:
        self.document = document
        self.draft_07 = is_draft_07(document)
        self.nodes: dict[str, Node] = {}
        self.problems: list[Detail] = []
        self._anchors: dict[Loc, dict[str, Place]] = {}
        todo = [Place(document, (), ())]
        while todo:
            place = todo.pop()
            pointer = to_pointer(place.loc)
            if pointer not in self.nodes:
                self.nodes[pointer] = node = Node(place)
                self._check_walk(place)
                todo.extend(reversed(list(self._leave(node, pointer))))

    def _check_walk(self, place: Place) -> None:
        if len(self.nodes) > _MAX_PLACES or len(place.loc) > _MAX_WALK_DEPTH:
            raise InvalidSchemaError("The schema is nested too deep or has too many parts. Make it smaller.")

    def _leave(self, node: Node, pointer: str) -> Iterator[Place]:
        schema = node.place.schema
        if not isinstance(schema, dict):
            return
        for kind, steps, inner in subschemas(schema, draft_07=self.draft_07):
            loc = (*node.place.loc, *steps)
            node.edges.append((kind, to_pointer(loc)))
            node.members += steps[0] in ("anyOf", "oneOf", "allOf")
            yield Place(inner, loc, _base_of(inner, loc, node.place.base))
        for keyword in ("$ref", "$dynamicRef"):
            reference = schema.get(keyword)
            if isinstance(reference, str):
                yield from self._follow(node, f"{pointer}/{keyword}", reference)

    def _follow(self, node: Node, pointer: str, reference: str) -> Iterator[Place]:
        target = self._resolve(reference, node.place.base)
        if isinstance(target, str):
            self.problems.append(Detail(place=pointer, message=target))
            return
        node.reference = to_pointer(target.loc)
        node.edges.append(("same", node.reference))
        yield target

    def _resolve(self, reference: str, base: Loc) -> Place | str:
        if reference and not reference.startswith("#"):
            return f"refers to “{reference[:100]}” outside this schema; only references starting with # are followed"
        fragment = reference[1:]
        if _NOT_IN_A_FRAGMENT.search(fragment):
            return f"refers to “{reference[:100]}”, which must be percent-encoded, for example %20 for a space"
        fragment = unquote(fragment)
        found = self._by_pointer(fragment, base) if fragment[:1] in ("", "/") else self._by_anchor(fragment, base)
        return found or f"refers to “{reference[:100]}”, which is not in this schema"

    def _by_pointer(self, fragment: str, base: Loc) -> Place | None:
        place = _place_at(self.document, base)
        for token in fragment.split("/")[1:]:
            place = _step(place, token.replace("~1", "/").replace("~0", "~")) if place else None
        return place if place and isinstance(place.schema, dict | bool) else None

    def _by_anchor(self, name: str, base: Loc) -> Place | None:
        if base not in self._anchors:
            self._anchors[base] = {name: place for place in self._resource(base) for name in self._names_of(place)}
        return self._anchors[base].get(name)

    def _resource(self, base: Loc) -> Iterator[Place]:
        todo = [_place_at(self.document, base)]
        while todo:
            place = todo.pop()
            if place and place.base == base and isinstance(place.schema, dict) and len(place.loc) <= _MAX_WALK_DEPTH:
                yield place
                for _, steps, inner in subschemas(place.schema, draft_07=self.draft_07):
                    loc = (*place.loc, *steps)
                    todo.append(Place(inner, loc, _base_of(inner, loc, place.base)))

    def _names_of(self, place: Place) -> Iterator[str]:
        if isinstance(place.schema, dict):
            keys = ("$id",) if self.draft_07 else ("$anchor", "$dynamicAnchor")
            names = (place.schema.get(key) for key in keys)
            yield from (name.removeprefix("#") for name in names if isinstance(name, str))

    def find_cycle(self, kinds: frozenset[EdgeKind], *, start: str | None = None) -> str | None:
        """Return the pointer where a walk along these edges comes back to itself, or None."""
        _, closings = self._walk([start] if start is not None else list(self.nodes), kinds)
        return closings[0] if closings else None

    def weigh(self) -> dict[str, Weight]:
        """Return by pointer what each place grows to with every reference written out; the document is at ""."""
        weights: dict[str, Weight] = {}
        order, _ = self._walk(list(self.nodes), frozenset({"same", "inside"}))
        for pointer in order:
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


def _base_of(schema: object, loc: Loc, base: Loc) -> Loc:
    identifier = schema.get("$id") if isinstance(schema, dict) else None
    return loc if isinstance(identifier, str) and not identifier.startswith("#") else base


def _place_at(document: JsonSchema, loc: Loc) -> Place | None:
    place: Place | None = Place(document, (), ())
    for step in loc:
        place = _step(place, step) if place else None
    return place


def _step(place: Place, token: str | int) -> Place | None:
    schema = place.schema
    inner: object = None
    step: str | int = token
    if isinstance(schema, dict) and token in schema:
        inner = schema[token]
    elif isinstance(schema, list) and str(token).isdecimal() and int(token) < len(schema):
        step = int(token)
        inner = schema[step]
    else:
        return None
    loc = (*place.loc, step)
    return Place(inner, loc, _base_of(inner, loc, place.base))
