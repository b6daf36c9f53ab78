"""Which Python type a schema asks for."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol

from core.tasks.judge import check
from core.tasks.python_code.python_text import literal, quote, singular
from core.tasks.python_code.python_types import (
    PythonType,
    can_carry,
    list_type,
    map_type,
    number_type,
    string_type,
    union_of,
)
from core.tasks.schemas.json_values import JsonObject
from core.tasks.schemas.schema_merging import ANNOTATIONS, FlatSchemas, json_identity, merge, types_of

Json = Any  # Any: JSON of whatever shape

ANYTHING = PythonType("Any", needs=frozenset({"Any"}))
NOTHING = PythonType("None")
_ORDER = ("object", "array", "string", "integer", "number", "boolean", "null")
_OBJECT_WORDS = frozenset(
    {"properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties"}
    | {"maxProperties", "dependentRequired", "dependentSchemas", "unevaluatedProperties"}
)
_ARRAY_WORDS = frozenset(
    {"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"}
)
_WORDS = {
    "object": _OBJECT_WORDS,
    "array": _ARRAY_WORDS,
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
}
# What no type can say, whatever the value; the last two only mean something beside the first.
_UNTYPED = ("allOf", "not", "if", "then", "else")
_MAX_PARTS = 6_000
_MAX_DEPTH = 70
_MAX_DISTRIBUTED = 50
_MAX_COMPARED = 40
_LONG_LITERAL = 60
_LONG_LINE = 100
_LONG_WORDS = 8_000


class Definitions(Protocol):
    """Where named parts of the code are kept."""

    def define_class(self, words: JsonObject, name: str) -> PythonType:
        """Return the class for an object with named fields."""

    def define_alias(self, found: PythonType, name: str) -> PythonType:
        """Return the name given to a type."""

    def define_target(self, reference: str) -> PythonType:
        """Return the type at a reference."""


class TypeReader:
    """Turns schemas of one document into types, naming what must have a name in `definitions`."""

    def __init__(self, flat: FlatSchemas, definitions: Definitions, *, is_draft_07: bool) -> None:
        self._flat = flat
        self._definitions = definitions
        self._is_draft_07 = is_draft_07
        self._parts = self._depth = self._distributed = 0

    def read(self, schema: Json, name: str) -> PythonType:
        """Return the type for a schema; `name` is what a class or an alias in it will be called after."""
        if isinstance(schema, dict) and "$ref" in schema and schema.keys() - ANNOTATIONS == {"$ref"}:
            return self._definitions.define_target(schema["$ref"])
        self._parts += 1
        if self._parts > _MAX_PARTS or self._depth > _MAX_DEPTH:
            return replace(ANYTHING, missing=("everything (it is too large)",))
        self._depth += 1
        try:
            return self.read_words(self._flat.flatten(schema), name)
        finally:
            self._depth -= 1

    def read_words(self, words: JsonObject, name: str) -> PythonType:
        """Return the type for flat words."""
        found, left = self._read_alternatives(words, name)
        untyped = untyped_words(words) | left
        if words.get("not") == {}:
            return replace(found, extra={**found.extra, "not": {}}, unchecked=(*found.unchecked, "false"))
        return found.annotated().with_extra(untyped, is_draft_07=self._is_draft_07) if untyped else found

    def _read_alternatives(self, words: JsonObject, name: str) -> tuple[PythonType, JsonObject]:
        """Return the type, and those of anyOf and oneOf that it does not tell."""
        left: JsonObject = {}
        for key in ("anyOf", "oneOf"):
            if key not in words:
                continue
            rest = {word: value for word, value in words.items() if word != key}
            branches = None if left else self._distribute(rest, words[key])
            if branches is None:
                left[key] = words[key]
                continue
            other = "oneOf" if key == "anyOf" else "anyOf"
            if other in rest:
                left[other] = rest[other]
            if key == "oneOf" and not self._are_apart(branches):
                left["oneOf"] = words["oneOf"]
            return union_of([self._read_branch(one, name, index) for index, one in enumerate(branches)]), left
        return self._read_typed(words, name), left

    def _read_branch(self, words: JsonObject, name: str, index: int) -> PythonType:
        title = words.get("title")
        return self.read_words(words, title if isinstance(title, str) and title else f"{name} {index + 1}")

    def _distribute(self, rest: JsonObject, branches: list[Json]) -> list[JsonObject] | None:
        """Return each alternative with the words beside it laid in; None when that cannot be said or says too much."""
        rest = {key: value for key, value in rest.items() if key not in (*ANNOTATIONS, *_UNTYPED, "anyOf", "oneOf")}
        if rest.keys() & {"unevaluatedProperties", "unevaluatedItems"}:
            return None  # what a value's fields are judged by depends on which alternatives it fits
        found = []
        for branch in branches:
            words = self._flat.flatten(branch)
            if rest and not words.keys() - ANNOTATIONS - {"required"}:
                return None  # only asks for fields: a class for each would repeat all the others
            merged = merge(words, rest) if rest else words
            if merged is None:
                return None
            found.append(merged)
        if "properties" in rest:
            self._distributed += len(found)
        return None if self._distributed > _MAX_DISTRIBUTED else found

    def _are_apart(self, words: list[JsonObject]) -> bool:
        """Say whether no value can fit two of these."""
        if len(words) > _MAX_COMPARED:
            return False
        return all(self._differ(left, right) for index, left in enumerate(words) for right in words[:index])

    def _differ(self, left: JsonObject, right: JsonObject) -> bool:
        if not types_of(left) & types_of(right):
            return True
        choices, others = _choice_set(left), _choice_set(right)
        if choices is not None and others is not None:
            return choices.isdisjoint(others)
        if types_of(left) != {"object"} or types_of(right) != {"object"}:
            return False
        shared = set(left.get("required", ())) & set(right.get("required", ()))
        for name in shared:
            one, other = (_choice_set(side.get("properties", {}).get(name)) for side in (left, right))
            if one is not None and other is not None and one.isdisjoint(other):
                return True
        return False

    def _read_typed(self, words: JsonObject, name: str) -> PythonType:
        choices = _choices(words)
        if choices is not None:
            return self._read_choices(choices, words, name)
        allowed = types_of(words)
        if "number" in allowed:
            allowed = allowed - {"integer"}
        is_open = len(allowed) == len(_ORDER) - 1
        if is_open and not any(words.keys() & group for group in _WORDS.values()):
            return ANYTHING
        return union_of([self._read_one(one, words, name) for one in _ORDER if one in allowed])

    def _read_one(self, kind: str, words: JsonObject, name: str) -> PythonType:
        match kind:
            case "object":
                return self._read_object(words, name)
            case "array":
                return self._read_array(words, name)
            case "string":
                return string_type(words, is_draft_07=self._is_draft_07)
            case "integer" | "number":
                return number_type(words, whole=kind == "integer", is_draft_07=self._is_draft_07)
        return PythonType("bool") if kind == "boolean" else NOTHING

    def _read_object(self, words: JsonObject, name: str) -> PythonType:
        if words.get("properties") or words.get("required"):
            return self._definitions.define_class(words, name)
        others, extra = self.read_other_fields(words, name)
        extra = {key: value for key, value in extra.items() if key not in ("minProperties", "maxProperties")}
        if others is None:
            words = {**words, "maxProperties": 0}
        found = map_type(others or ANYTHING, words, is_draft_07=self._is_draft_07)
        return found.with_extra(extra, is_draft_07=self._is_draft_07)

    def read_other_fields(self, words: JsonObject, name: str) -> tuple[PythonType | None, JsonObject]:
        """Return the type of the fields without a description, None when there may be none, and what is left to say."""
        counted = ("propertyNames", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas")
        extra = {key: words[key] for key in counted if key in words}
        others = words.get("additionalProperties", words.get("unevaluatedProperties", True))
        is_judged_elsewhere = "additionalProperties" not in words and (
            words.keys() & {"if", "dependentSchemas", "anyOf", "oneOf", "allOf"}
        )
        if words.get("patternProperties") or is_judged_elsewhere:
            keys = ("patternProperties", "additionalProperties", "unevaluatedProperties")
            extra |= {key: words[key] for key in keys if key in words}
            return ANYTHING, extra
        if others is False:
            return None, extra
        return (ANYTHING if others in (True, {}) else self.read(others, f"{name} value")), extra

    def _read_array(self, words: JsonObject, name: str) -> PythonType:
        keys = ("prefixItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems")
        extra: JsonObject = {key: words[key] for key in keys if key in words}
        if not extra.get("uniqueItems"):
            extra.pop("uniqueItems", None)
        if extra.keys() <= {"minContains", "maxContains"}:
            extra = {}
        items = words.get("items", True)
        if "prefixItems" in extra:  # what follows the first ones has its own schema
            extra |= {"items": items} if items is not True else {}
            items = True
        if items is False:
            words = {**words, "maxItems": 0}
        item = ANYTHING if isinstance(items, bool) else self.read(items, singular(name))
        return list_type(item, words, is_draft_07=self._is_draft_07).with_extra(extra, is_draft_07=self._is_draft_07)

    def _read_choices(self, choices: list[Json], words: JsonObject, name: str) -> PythonType:
        fitting = _fitting(choices, words)
        if not fitting:
            return replace(ANYTHING, extra={"not": {}}, unchecked=("enum",))
        texts = list(dict.fromkeys(value for value in fitting if isinstance(value, str)))
        numbers = [value for value in fitting if isinstance(value, int | float) and not isinstance(value, bool)]
        held = [value for value in fitting if isinstance(value, dict | list)]
        found = [self._literal(texts, name)] * bool(texts)
        if numbers:
            is_whole = all(isinstance(value, int) for value in numbers)
            found.append(_one_of("int" if is_whole else "float", numbers))
        if any(isinstance(value, bool) for value in fitting):
            flags = sorted({value for value in fitting if isinstance(value, bool)})
            found.append(PythonType("bool") if len(flags) == 2 else _one_of("bool", flags))
        found += [self._held_choice(kind, held) for kind in (list, dict) if any(isinstance(v, kind) for v in held)]
        return union_of([*found, *([NOTHING] if None in fitting else [])])

    def _held_choice(self, kind: type[Json], held: Iterable[Json]) -> PythonType:
        values = [value for value in held if isinstance(value, kind)]
        if not can_carry(values, is_draft_07=False):
            return replace(ANYTHING, missing=("enum",))
        found = _one_of("list[Any]" if kind is list else "dict[str, Any]", values)
        return replace(found, needs=found.needs | {"Any"})

    def _literal(self, texts: list[str], name: str) -> PythonType:
        written = [quote(one) for one in texts]
        text = f"Literal[{', '.join(written)}]"
        if len(text) > _LONG_LINE:
            text = "Literal[\n" + "".join(f"    {one},\n" for one in written) + "]"
        found = PythonType(text, needs=frozenset({"Literal"}))
        return self._definitions.define_alias(found, name) if len(text) > _LONG_LITERAL else found


def untyped_words(words: JsonObject) -> JsonObject:
    """Return what no type can say: conditions, negations, and what is left of `allOf`."""
    return {key: words[key] for key in _UNTYPED if key in words}


def _one_of(type_text: str, values: list[Json]) -> PythonType:
    texts = list(dict.fromkeys(literal(value) for value in values))
    return PythonType(
        type_text,
        checks=(f"AfterValidator(_one_of({', '.join(texts)}))",),
        extra={"enum": values},
        needs=frozenset({"AfterValidator", "one_of"}),
    )


def _choices(schema: Json) -> list[Json] | None:
    """Return the values a schema lists, None when it lists none."""
    if not isinstance(schema, dict):
        return None
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if isinstance(schema.get("enum"), list) else None


def _choice_set(schema: Json) -> set[str] | None:
    choices = _choices(schema)
    return None if choices is None else {json_identity(value) for value in choices}


def _fitting(choices: list[Json], words: JsonObject) -> list[Json]:
    """Return those choices that the words beside them allow, as far as these need no other part of the document."""
    beside = {key: value for key, value in words.items() if key not in ("enum", "const", *ANNOTATIONS)}
    if "const" in words and "enum" in words:
        beside["enum"] = words["enum"]
    text = json.dumps(beside)
    if "$ref" in text or len(text) > _LONG_WORDS:
        simple = {"type", *_WORDS["string"], *_WORDS["number"]}
        beside = {key: value for key, value in beside.items() if key in simple}
    return [value for value in choices if not check(beside, value)] if beside else choices
