"""Says what asks for each part of a request schema: which widget, which fields, which shapes. Knows no Streamlit."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.tasks.drafts.choices import read_choices
from core.tasks.drafts.field_types import is_null_schema, union_key
from core.tasks.schemas.json_values import JsonObject
from core.tasks.schemas.schema_merging import ANNOTATIONS, FlatSchemas, merge

ONE_LINE_LIMIT = 200
_SIGNS = {
    "object": ("properties", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems"),
    "string": ("maxLength", "minLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class Kind(StrEnum):
    """What asks for a part. JSON is for whatever nothing else fits."""

    TEXT = "text"
    LONG_TEXT = "long text"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    CONSTANT = "constant"
    DATE = "date"
    DATE_TIME = "date-time"
    TIME = "time"
    JSON = "json"
    OBJECT = "object"
    LIST = "list"
    SHAPES = "shapes"


_FORMATS = {"date": Kind.DATE, "date-time": Kind.DATE_TIME, "time": Kind.TIME}
_PLAIN = {"integer": Kind.INTEGER, "number": Kind.NUMBER}


@dataclass(frozen=True, slots=True)
class Part:
    """How a part of the schema is asked for.

    `words` are flat: without references and, as far as they can be laid together, without `allOf`. `takes_null` says
    that null is allowed beside what the kind asks for; a choice lists null among its `choices` instead. `trail` are
    the references that led here: a part `is_recursive` when the last of them had led here before.
    """

    kind: Kind
    words: JsonObject
    takes_null: bool = False
    choices: tuple[Any, ...] = ()  # Any: JSON the user wrote
    notes: tuple[str, ...] = ()
    shapes: tuple[Any, ...] = ()  # Any: JSON Schemas
    trail: frozenset[str] = frozenset({""})
    is_recursive: bool = False

    def as_json(self) -> "Part":
        """Return the same, asked for as JSON text."""
        return replace(self, kind=Kind.JSON, takes_null=False)


class Planner:
    """Plans the parts of one request schema, each when it is asked for, since schemas may be recursive."""

    def __init__(self, document: JsonObject) -> None:
        self._flat = FlatSchemas(document)

    def plan_root(self) -> Part:
        """Return how the whole input is asked for."""
        return self.plan(self._flat.root, trail=frozenset())

    def plan(self, schema: Any, *, trail: frozenset[str]) -> Part:  # Any: a JSON Schema
        """Return how a part is asked for that stands in one with this trail."""
        refs = set(self._refs(schema))
        words, takes_null = self._flat.flatten(schema), False
        while read_choices(words) is None and (key := union_key(words)) is not None:
            rest = {name: value for name, value in words.items() if name != key}
            shapes = [shape for shape in words[key] if not is_null_schema(self._flat.flatten(shape))]
            takes_null = takes_null or len(shapes) < len(words[key])
            merged = merge(self._flat.flatten(shapes[0]), rest) if len(shapes) == 1 else None
            if merged is None:
                made = Part(Kind.SHAPES, words, takes_null, shapes=tuple(_beside(shape, rest) for shape in shapes))
                return _placed(made, trail, refs)
            refs |= set(self._refs(shapes[0]))
            words = merged
        return _placed(_classify(words, takes_null=takes_null), trail, refs)

    def _refs(self, schema: Any) -> Iterator[str]:  # Any: a JSON Schema
        if not isinstance(schema, dict):
            return
        if "$ref" in schema:
            yield schema["$ref"]
            yield from self._refs(self._flat.target_of(schema["$ref"]))
        for part in schema.get("allOf", []):
            yield from self._refs(part)


def _placed(part: Part, trail: frozenset[str], refs: set[str]) -> Part:
    return replace(part, trail=trail | refs | {""}, is_recursive=bool(refs & trail))


def _beside(shape: Any, rest: JsonObject) -> Any:  # Any: a JSON Schema
    """Return the shape with what is said beside all shapes."""
    shared = {name: value for name, value in rest.items() if name not in ANNOTATIONS and name != "discriminator"}
    return {"allOf": [shape, shared]} if shared else shape


def _classify(words: JsonObject, *, takes_null: bool) -> Part:
    found = read_choices(words)
    if found is not None and found.values:
        null = (None,) if found.has_null or takes_null else ()
        return Part(Kind.CHOICE, words, choices=(*found.values, *null), notes=(*found.notes, *("" for _ in null)))
    if "const" in words:
        return Part(Kind.CONSTANT, words, takes_null)
    named = words.get("type")
    names = [name for name in named if name != "null"] if isinstance(named, list) else [named or _guess(words)]
    takes_null = takes_null or (isinstance(named, list) and "null" in named)
    if len(names) > 1:
        return Part(Kind.SHAPES, words, takes_null, shapes=tuple({**words, "type": name} for name in names))
    return _classify_one(words, names[0] if names else "null", takes_null=takes_null)


def _classify_one(words: JsonObject, name: object, *, takes_null: bool) -> Part:
    if name == "boolean":
        return Part(Kind.CHOICE, words, choices=(True, False, *((None,) if takes_null else ())))
    if name == "null":
        return Part(Kind.CONSTANT, {**words, "const": None})
    if name == "string":
        return Part(_text_kind(words), words, takes_null)
    if name == "object" and words.get("properties"):
        return Part(Kind.OBJECT, words, takes_null)
    if name == "array" and "prefixItems" not in words and isinstance(words.get("items", {}), dict):
        return Part(Kind.LIST, words, takes_null)
    kind = _PLAIN.get(str(name), Kind.JSON)
    return Part(kind, words, takes_null and kind is not Kind.JSON)


def _guess(words: JsonObject) -> str:
    return next((name for name, signs in _SIGNS.items() if not words.keys().isdisjoint(signs)), "")


def _text_kind(words: JsonObject) -> Kind:
    if words.get("format") in _FORMATS:
        return _FORMATS[words["format"]]
    limit = words.get("maxLength")
    is_short = bool(words.get("format")) or (isinstance(limit, int) and limit <= ONE_LINE_LIMIT)
    return Kind.TEXT if is_short else Kind.LONG_TEXT
