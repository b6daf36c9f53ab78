"""Lint of what contradicts itself: bounds that cross, choices that their own type refuses, shapes nothing fits."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from jsonschema_rs import Validator

from core.errors import InvalidSchemaError
from core.tasks.linting.findings import Finding, Part, Rule, finding
from core.tasks.linting.solving import lint_unsatisfiable
from core.tasks.schemas.json_values import JsonObject, show_value, to_pointer
from core.tasks.schemas.pattern_shape import read_pattern
from core.tasks.schemas.schema_edits import Edit, EditKind
from core.tasks.schemas.validators import compile_validator

Json: TypeAlias = Any  # Any: JSON the user wrote

_PAIRS: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
)
_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset(
        {"items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"}
        | {"minContains", "maxContains", "unevaluatedItems"}
    ),
    "object": frozenset(
        {"properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties"}
        | {"propertyNames", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"}
    ),
}
_TYPE_NAMES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
# What a lone value can be held against without looking anywhere else.
_LOCAL: Final = ("type", "const", "enum", "required", "uniqueItems", *_OF_TYPE["string"], *_OF_TYPE["number"])
_LOCAL_COUNTS: Final = ("minItems", "maxItems", "minProperties", "maxProperties")
_MAX_ENTRIES = 2_000
_MAX_REFUSED = 20


def lint_limits(parts: list[Part]) -> Iterator[Finding]:
    """Yield what contradicts itself, the plainest cause of each first."""
    said: set[str] = set()
    for part in parts:
        for found in _lint_part(part):
            if found.rule is not Rule.NO_EFFECT:
                said.add(to_pointer(part.loc))
            yield found
    yield from lint_unsatisfiable(parts, said)


def _lint_part(part: Part) -> Iterator[Finding]:
    yield from _lint_bounds(part)
    yield from _lint_values(part)
    yield from _lint_required(part)
    yield from _lint_empty(part)
    yield from _lint_pattern_length(part)
    yield from _lint_no_effect(part)


def _lint_bounds(part: Part) -> Iterator[Finding]:
    for low_key, high_key in _PAIRS:
        low, high = _number(part.words.get(low_key)), _number(part.words.get(high_key))
        if low is not None and high is not None and low > high:
            crossed = f"{low_key} {show_value(low)} above its {high_key} {show_value(high)}"
            message = f"{part.title} has {crossed}, so no value is right."
            swap = (Edit(EditKind.SET, (*part.loc, low_key), high), Edit(EditKind.SET, (*part.loc, high_key), low))
            yield finding(part.loc, Rule.BOUNDS_CROSS, message, fix="Swap the two.", edits=swap)
    for low_key, high_key in (
        ("exclusiveMinimum", "maximum"),
        ("minimum", "exclusiveMaximum"),
        ("exclusiveMinimum", "exclusiveMaximum"),
    ):
        low, high = _number(part.words.get(low_key)), _number(part.words.get(high_key))
        if low is not None and high is not None and low >= high:
            message = (
                f"{part.title} has {low_key} {show_value(low)} and {high_key} {show_value(high)}: nothing lies between."
            )
            yield finding(part.loc, Rule.BOUNDS_CROSS, message)


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _lint_values(part: Part) -> Iterator[Finding]:
    words = part.words
    entries = words.get("enum")
    if isinstance(entries, list) and entries:
        yield from _lint_entries(part, entries[:_MAX_ENTRIES])
    for key, what in (("const", "constant"), ("default", "default")):
        if key in words:
            yield from _lint_given(part, key, what)
    examples = words.get("examples")
    validator = _local_validator(words, without="examples") if isinstance(examples, list) else None
    for index, example in enumerate(examples[:_MAX_REFUSED] if isinstance(examples, list) else ()):
        if validator is not None and not validator.is_valid(example):
            loc = (*part.loc, "examples")
            message = f"{part.title} has the example {show_value(example)}, which its own rules refuse."
            edits = (Edit(EditKind.DROP, loc, example),)
            yield finding((*loc, index), Rule.VALUE_REFUSED, message, fix="Take it away.", edits=edits)


def _lint_given(part: Part, key: str, what: str) -> Iterator[Finding]:
    validator = _local_validator(part.words, without=key)
    if validator is None or validator.is_valid(part.words[key]):
        return
    loc = (*part.loc, key)
    message = f"{part.title} has the {what} {show_value(part.words[key])}, which its own rules refuse."
    edits = (Edit(EditKind.REMOVE, loc),) if key == "default" else ()
    yield finding(loc, Rule.VALUE_REFUSED, message, fix="Take the default away." if edits else None, edits=edits)


def _lint_entries(part: Part, entries: list[Json]) -> Iterator[Finding]:
    validator = _local_validator(part.words, without="enum")
    if validator is None:
        return
    refused = [index for index, entry in enumerate(entries) if not validator.is_valid(entry)]
    loc = (*part.loc, "enum")
    is_all = len(refused) == len(entries)
    for index in refused[:_MAX_REFUSED]:
        shown = show_value(entries[index])
        message = f"{part.title} has the choice {shown}, which its own rules refuse, so it can never be given."
        edits = () if is_all else (Edit(EditKind.DROP, loc, entries[index]),)
        yield finding((*loc, index), Rule.VALUE_REFUSED, message, fix=None if is_all else "Take it away.", edits=edits)


def _local_validator(words: JsonObject, *, without: str) -> Validator | None:
    """Return a validator of the keywords that need nothing else, None when there are none or they are unusable."""
    local = {key: words[key] for key in (*_LOCAL, *_LOCAL_COUNTS) if key in words and key != without}
    if not local or "$ref" in words:
        return None
    try:
        return compile_validator(local)
    except InvalidSchemaError:
        return None


def _lint_required(part: Part) -> Iterator[Finding]:
    names, fields = part.words.get("required"), part.words.get("properties", {})
    if not isinstance(names, list) or not isinstance(fields, dict):
        return
    is_closed = part.words.get("additionalProperties") is False and not part.words.get("patternProperties")
    for name in dict.fromkeys(name for name in names[:_MAX_ENTRIES] if isinstance(name, str)):
        edits = (Edit(EditKind.DROP, (*part.loc, "required"), name),)
        if name not in fields and is_closed:
            message = f"{part.title} requires “{name}”, which is no field of it, and allows no others."
            fix = "Take it off the required fields."
            yield finding((*part.loc, "required"), Rule.REQUIRED_UNKNOWN, message, fix=fix, edits=edits)


def _lint_empty(part: Part) -> Iterator[Finding]:
    for key in ("anyOf", "oneOf", "allOf", "enum", "type"):
        if part.words.get(key) == []:
            message = f"{part.title} has an empty {key}, which no schema may have: it would leave nothing to choose."
            edits = (Edit(EditKind.REMOVE, (*part.loc, key)),)
            yield finding((*part.loc, key), Rule.EMPTY_LIST, message, fix=f"Take {key} away.", edits=edits)


def _lint_pattern_length(part: Part) -> Iterator[Finding]:
    pattern = part.words.get("pattern")
    shape = read_pattern(pattern) if isinstance(pattern, str) else None
    if shape is None:
        return
    low, high = _number(part.words.get("minLength")), _number(part.words.get("maxLength"))
    if high is not None and shape.shortest > high:
        length = f"at least {shape.shortest:g} characters long, above the maxLength {show_value(high)}"
    elif low is not None and shape.is_anchored and shape.longest < low:
        length = f"at most {shape.longest:g} characters long, below the minLength {show_value(low)}"
    else:
        return
    message = f"{part.title} can have no value: what matches its pattern is {length}."
    yield finding((*part.loc, "pattern"), Rule.PATTERN_LENGTH, message)


def _lint_no_effect(part: Part) -> Iterator[Finding]:
    named = part.words.get("type")
    types = {name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)}
    if not types or not types <= _TYPE_NAMES:
        return
    types |= {"number"} if "integer" in types else set()
    for key in part.words:
        owner = next((name for name, keys in _OF_TYPE.items() if key in keys), None)
        if owner is not None and owner not in types:
            message = f"{part.title} has {key}, which says nothing about {_type_words(named)}."
            edits = (Edit(EditKind.REMOVE, (*part.loc, key)),)
            # Subschemas may be referred to from elsewhere, so only plain bounds are taken away.
            is_plain = not isinstance(part.words[key], dict | list)
            fix = f"Take {key} away." if is_plain else None
            yield finding((*part.loc, key), Rule.NO_EFFECT, message, fix=fix, edits=edits if is_plain else ())


def _type_words(named: object) -> str:
    names = [str(name) for name in named] if isinstance(named, list) else [str(named)]
    return "a value of the type " + " or ".join(names)
