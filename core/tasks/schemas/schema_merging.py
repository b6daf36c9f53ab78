"""A schema's references made absolute and its `allOf` parts laid together, for whoever turns schemas into types."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from core.tasks.schemas.json_values import JsonObject, JsonSchema, copy_json, to_pointer
from core.tasks.schemas.schema_graph import SchemaGraph

Json = Any  # Any: JSON of whatever shape

ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
    | {"contentMediaType", "contentEncoding", "contentSchema"}
)
_LOCATORS = frozenset({"$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary", "$defs", "definitions"})
_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# Words that lose their meaning beside another one's.
_TOGETHER = (frozenset({"if", "then", "else"}), frozenset({"contains", "minContains", "maxContains"}))
_ALL_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")


class FlatSchemas:
    """Reads the parts of one document as flat words: 2020-12 keywords without `$ref` and without `allOf`.

    The document must have passed the gate (`check_schema`): references are local, and none leads back to itself
    without reading a part of the value.
    """

    def __init__(self, document: JsonSchema) -> None:
        self._graph = SchemaGraph(document)
        self.root = self._absolute("")

    def target_of(self, reference: str) -> Json:
        """Return the schema that a reference of this document leads to."""
        return self._absolute(reference)

    def flatten(self, schema: Json) -> JsonObject:
        """Return the words of a schema. At `allOf` stand only those parts that could not be laid into them."""
        if not isinstance(schema, dict):
            return {} if schema else {"not": {}}
        words = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        parts = [self.target_of(schema["$ref"])] if "$ref" in schema else []
        lost: list[Json] = []
        for part in [*parts, *schema.get("allOf", [])]:
            merged = merge(self.flatten(part), words)
            if merged is None:
                lost.append(part)
            else:
                words = merged
        return {**words, "allOf": [*words.get("allOf", []), *lost]} if lost else words

    def _absolute(self, pointer: str) -> Json:
        """Return the schema at a pointer, each reference in it replaced by the pointer it leads to."""
        top = copy_json(self._graph.nodes[pointer].place.schema)
        todo = [(pointer, top)]
        while todo:
            place, schema = todo.pop()
            if not isinstance(schema, dict):
                continue
            node = self._graph.nodes[place]
            # A subschema is a child of this one; an edge of a reference leads elsewhere and is written as such.
            inner = [(to_pointer((*node.place.loc, *steps)), held) for steps, held in _children(schema)]
            todo += [(target, held) for target, held in inner if target in self._graph.nodes]
            self._rewrite(schema, node.reference)
        return top

    def _rewrite(self, schema: JsonObject, reference: str | None) -> None:
        if self._graph.draft_07:
            _modernize(schema)
        for key in (*_LOCATORS, "$dynamicRef", "$ref"):
            schema.pop(key, None)
        if reference is not None:
            schema["$ref"] = reference


def _children(schema: JsonObject) -> list[tuple[tuple[str | int, ...], Json]]:
    found: list[tuple[tuple[str | int, ...], Json]] = []
    for key, value in schema.items():
        if key in _LOCATORS:
            continue
        if isinstance(value, dict):
            found.append(((key,), value))
            found += [((key, name), held) for name, held in value.items()]
        elif isinstance(value, list):
            found += [((key, index), held) for index, held in enumerate(value)]
    return found


def _modernize(schema: JsonObject) -> None:
    """Rewrite draft-07 words as those of 2020-12; beside `$ref` everything is ignored but what annotates."""
    if isinstance(schema.get("$ref"), str):
        for key in [key for key in schema if key not in ANNOTATIONS and key != "$ref"]:
            del schema[key]
    if isinstance(schema.get("items"), list):
        schema["prefixItems"] = schema.pop("items")
        if "additionalItems" in schema:
            schema["items"] = schema["additionalItems"]
    schema.pop("additionalItems", None)
    for name, needed in schema.pop("dependencies", {}).items():
        key = "dependentRequired" if isinstance(needed, list) else "dependentSchemas"
        schema.setdefault(key, {})[name] = needed
    for key in ("unevaluatedItems", "unevaluatedProperties", "minContains", "maxContains"):
        schema.pop(key, None)


def merge(inner: JsonObject, outer: JsonObject) -> JsonObject | None:
    """Return the words that say what both say, the outer annotations winning; None when one schema cannot say it."""
    if "unevaluatedProperties" in inner or "unevaluatedItems" in inner:
        return None  # looks only at its own part of the value's fields
    if any(inner.keys() & group and outer.keys() & group for group in _TOGETHER):
        return None
    left, right = _closed_to(inner, outer), _closed_to(outer, inner)
    if left is None or right is None:
        return None
    merged: JsonObject = {**left}
    for key, value in right.items():
        if key not in merged or key in ANNOTATIONS or merged[key] == value:
            merged[key] = value
            continue
        joined = _join(key, merged[key], value)
        if joined is None:
            return None
        merged[key] = joined
    if "items" in merged and "prefixItems" in merged and ("prefixItems" in inner) != ("prefixItems" in outer):
        return None
    return merged


def _closed_to(schema: JsonObject, other: JsonObject) -> JsonObject | None:
    """Return the schema with what it says of fields it does not name said of those that the other one names."""
    rest = schema.get("additionalProperties", True)
    named = schema.get("properties", {})
    foreign = [name for name in other.get("properties", {}) if name not in named]
    if rest is True or rest == {}:
        return schema
    if "patternProperties" in schema or "patternProperties" in other:
        return None
    return {**schema, "properties": {**named, **dict.fromkeys(foreign, rest)}} if foreign else schema


def _join(key: str, left: Json, right: Json) -> Json:
    """Return what a keyword says when it says both, or None."""
    if key in _LARGEST:
        return max(left, right)
    if key in _SMALLEST:
        return min(left, right)
    joiner = _JOINERS.get(key)
    return joiner(left, right) if joiner else None


def _join_types(left: Json, right: Json) -> Json:
    both = types_of({"type": left}) & types_of({"type": right})
    return [name for name in _ALL_TYPES if name in both and not (name == "integer" and "number" in both)] or None


def types_of(words: JsonObject) -> set[str]:
    """Return the JSON types the words allow; “number” brings “integer” along."""
    named = words.get("type", list(_ALL_TYPES))
    names = set(named if isinstance(named, list) else [named])
    return names | {"integer"} if "number" in names else names


def _join_properties(left: JsonObject, right: JsonObject) -> JsonObject:
    both = {name: {"allOf": [left[name], right[name]]} for name in left if name in right and left[name] != right[name]}
    return {**left, **right, **both}


_JOINERS: Mapping[str, Callable[[Json, Json], Json]] = {
    "type": _join_types,
    "properties": _join_properties,
    "required": lambda left, right: [*left, *(name for name in right if name not in left)],
    "enum": lambda left, right: _join_enums(left, right),
    "items": lambda left, right: {"allOf": [left, right]},
    "additionalProperties": lambda left, right: False if False in (left, right) else {"allOf": [left, right]},
    "allOf": lambda left, right: [*left, *right],
    "uniqueItems": lambda left, right: left or right,
}


def json_identity(value: Json) -> str:
    """Return a text that is equal for the same JSON value: 1 is 1.0, and neither is true."""
    return json.dumps(_with_whole_floats(value), sort_keys=True)


def _with_whole_floats(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _with_whole_floats(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_with_whole_floats(held) for held in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _join_enums(left: list[Json], right: list[Json]) -> list[Json] | None:
    others = {json_identity(value) for value in right}
    return [value for value in left if json_identity(value) in others] or None
