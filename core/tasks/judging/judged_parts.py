"""Which schemas judge which parts of a value: what the estimates of the judge's work walk along."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.tasks.judging.measures import Json
from core.tasks.schemas.json_values import Loc
from core.tasks.schemas.schema_graph import SchemaGraph
from core.tasks.schemas.subschemas import subschemas

_WAYS = {
    **dict.fromkeys(("allOf", "then", "else", "dependentSchemas", "dependencies", "$ref"), "same"),
    **dict.fromkeys(("not", "if"), "silent_same"),
    **dict.fromkeys(("anyOf", "oneOf"), "options"),
    **dict.fromkeys(("patternProperties", "unevaluatedProperties"), "every_field"),
    "additionalProperties": "other_fields",
    "propertyNames": "names",
    "prefixItems": "first_items",
    **dict.fromkeys(("items", "additionalItems", "unevaluatedItems"), "items"),
    "contains": "silent_items",
}


@dataclass(slots=True)
class JudgedParts:
    """One schema: which schemas judge which parts of its value, by JSON pointer.

    `silent_same` and `silent_items` are those of `not`, `if` and `contains`, whose findings are never said.
    """

    same: list[str] = field(default_factory=list)
    silent_same: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    other_fields: list[str] = field(default_factory=list)
    every_field: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    first_items: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    silent_items: list[str] = field(default_factory=list)

    def add(self, steps: Loc, target: str) -> None:
        """Note that the schema at `steps` inside this one is judged by, too."""
        keyword = str(steps[0])
        if keyword == "properties":
            self.fields[str(steps[1])] = target
        elif keyword == "items" and len(steps) == 2:
            self.first_items.append(target)
        elif keyword in _WAYS:
            ways: list[str] = getattr(self, _WAYS[keyword])
            ways.append(target)

    def inner(self, value: Json) -> Iterator[tuple[str, Json]]:
        """Yield which schemas judge which parts of the value, alternatives and silent ones aside."""
        for target in self.same:
            yield target, value
        if isinstance(value, dict):
            if self.names or self.other_fields or self.every_field:
                yield from self._inner_of_all(value)
            else:
                yield from ((target, value[name]) for name, target in self.fields.items() if name in value)
        elif isinstance(value, list):
            yield from zip(self.first_items, value, strict=False)
            for target in self.items:
                for held in value:
                    yield target, held

    def _inner_of_all(self, value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
        for name, held in value.items():
            known = self.fields.get(name)
            yield from ((target, held) for target in ([known] if known is not None else self.other_fields))
            yield from ((target, held) for target in self.every_field)
            yield from ((target, name) for target in self.names)


def find_judged_parts(graph: SchemaGraph, pointer: str) -> JudgedParts:
    """Return where the schema at the pointer leads to."""
    node = graph.nodes[pointer]
    schema = node.place.schema
    parts = JudgedParts()
    if not isinstance(schema, dict):
        return parts
    steps: list[Loc] = [inner.steps for inner in subschemas(schema, draft_07=graph.draft_07)]
    # The edges follow the subschemas; what is left over are references.
    steps += [("$ref",)] * (len(node.edges) - len(steps))
    for (kind, target), way in zip(node.edges, steps, strict=True):
        if kind != "aside":
            parts.add(way, target)
    return parts
