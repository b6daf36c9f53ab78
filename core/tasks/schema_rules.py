"""The gate every task schema passes before it is stored: understood, self-contained, and cheap to judge by.

Nothing here follows a reference out of the document, and every walk is bounded, so that a hostile schema is
refused with a reason instead of hanging the app.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NoReturn

from jsonschema_rs import ValidationError, Validator

from core.errors import Detail, InvalidSchemaError
from core.tasks.judging.effort import Effort
from core.tasks.judging.error_words import explain
from core.tasks.judging.measures import measure_whole
from core.tasks.schemas.json_values import JsonObject, JsonSchema, find_nul, find_unusable, show_value, to_pointer
from core.tasks.schemas.schema_graph import SchemaGraph
from core.tasks.schemas.strict_json import strict_decoder
from core.tasks.schemas.validators import compile_validator, knows_draft, metaschema_for, pattern_compiles

MAX_BYTES = 256 * 1024
MAX_TEXT_CHARACTERS = 1024 * 1024
MAX_DEPTH = 64
MAX_NODES = 5_000
MAX_BRANCHES = 1_000
MAX_PATTERNS = 50
MAX_EFFORT_ON_EACH = 1_000_000
MAX_PATTERN_CHARACTERS = 4_000
# Plain JSON nesting: a subschema takes up to two levels, and a default or an example may nest further.
_MAX_JSON_DEPTH = 192
# Each value takes two bytes at least.
_MAX_VALUES = MAX_BYTES // 2
_MAX_DETAILS = 20
_MAX_EXPLAINED_BYTES = 32 * 1024
_JSON_SCHEMA_DOCS = "See https://json-schema.org/understanding-json-schema for what a schema may say."


def check_schema(schema: object) -> None:
    """Refuse a schema that cannot be stored and judged by. Takes under a second whatever it is given.

    Raises: InvalidSchemaError: the message names the first place and the reason, `details` all that were found.
    """
    document = _check_document(schema)
    graph = SchemaGraph(document)
    _check_growth(graph)
    _check_metaschema(document)
    _refuse(graph.problems, hint="Put what it needs under $defs and point there, like #/$defs/address.")
    refuse_endless(graph)
    _check_effort(graph)
    _check_patterns(graph)
    compile_validator(document)


def check_response_schema(schema: object) -> None:
    """Refuse what `check_schema` refuses, and any root that is not an object: models answer with objects.

    Raises: InvalidSchemaError.
    """
    check_schema(schema)
    if not isinstance(schema, dict):
        _refuse_root()
    graph = SchemaGraph(schema)
    node = graph.nodes[""]
    while node.reference is not None and node.reference in graph.nodes:
        node = graph.nodes[node.reference]
    root = node.place.schema
    if not isinstance(root, dict) or root.get("type") != "object":
        _refuse_root()


def parse_schema_text(text: str) -> JsonObject:
    """Read what was typed in the JSON tab.

    Raises: InvalidSchemaError: it is not JSON (with line and column), a key stands twice in one object, a number
    is NaN or out of range, or the whole is not an object.
    """
    if not text.strip():
        raise InvalidSchemaError("The schema is empty. Write a JSON object.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise InvalidSchemaError(f"The schema is longer than {MAX_TEXT_CHARACTERS:,} characters.")
    try:
        value = strict_decoder(InvalidSchemaError).decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidSchemaError(f"This is not JSON: {error.msg} at {place}.") from error
    except RecursionError as error:
        raise InvalidSchemaError("The JSON is nested too deep to read.") from error
    except ValueError as error:
        raise InvalidSchemaError("A number in the JSON is too long to read.") from error
    if not isinstance(value, dict):
        raise InvalidSchemaError("A schema is written as a JSON object, in curly brackets.")
    return value


def fingerprint(schema: JsonSchema) -> str:
    """Return a sha256 (hex) that is equal for schemas that differ only in the order of keys.

    It names what the schema judges, so reordered fields keep it. Raises: InvalidSchemaError: it is not JSON.
    """
    try:
        text = json.dumps(schema, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidSchemaError("The schema holds something that is not JSON, or is nested too deep.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _check_document(schema: object) -> JsonSchema:
    if not isinstance(schema, dict | bool):
        raise InvalidSchemaError("A schema is written as a JSON object, in curly brackets.")
    whole = measure_whole(schema, max_depth=_MAX_JSON_DEPTH, max_values=_MAX_VALUES, max_characters=MAX_BYTES)
    if whole is None:
        loc, reason = find_unusable(schema, max_depth=_MAX_JSON_DEPTH, max_nodes=_MAX_VALUES) or ((), "")
        if not reason:
            raise InvalidSchemaError(f"The schema takes more than the {MAX_BYTES // 1024} KB that are allowed.")
        _refuse([Detail(place=to_pointer(loc), message=reason)])
    nul = find_nul(schema)
    if nul is not None:
        _refuse([Detail(place=to_pointer(nul), message="holds a NUL character, which cannot be stored")])
    size = len(json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode())
    if size > MAX_BYTES:
        raise InvalidSchemaError(f"The schema takes {size // 1024} KB; at most {MAX_BYTES // 1024} KB are allowed.")
    if not knows_draft(schema):
        _refuse([Detail(place="/$schema", message="is not understood; use JSON Schema 2020-12 or draft-07")])
    return schema


def _check_metaschema(document: JsonSchema) -> None:
    validator = metaschema_for(document)
    if validator.is_valid(document):
        return
    errors = (found for error in _first_errors(validator, document) for found in explain(error))
    details = [
        Detail(place=to_pointer(error.loc), message=f"{error.message}, not {show_value(error.value, limit=40)}")
        for error in islice(errors, _MAX_DETAILS)
    ]
    _refuse(details, hint=_JSON_SCHEMA_DOCS)


def _first_errors(validator: Validator, document: JsonSchema) -> Iterator[ValidationError]:
    """Yield the findings; of a large document only the first, since all are made before any is given out."""
    if len(json.dumps(document)) <= _MAX_EXPLAINED_BYTES:
        yield from validator.iter_errors(document)
        return
    try:
        validator.validate(document)
    except ValidationError as error:
        yield error


def _check_growth(graph: SchemaGraph) -> None:
    for pointer, weight in sorted(graph.weigh().items(), key=lambda item: len(item[0])):
        limits = [
            (weight.depth, MAX_DEPTH, "is nested {} levels deep"),
            (weight.nodes, MAX_NODES, "grows to {} parts"),
            (weight.branches, MAX_BRANCHES, "grows to {} anyOf, oneOf and allOf branches"),
        ]
        for found, allowed, words in limits:
            if found > allowed:
                much = f"{found:,}" if found < 10**9 else "billions of"
                reason = words.format(much) + f" with its references written out; at most {allowed:,} are allowed"
                _refuse([Detail(place=pointer, message=reason)])


def refuse_endless(graph: SchemaGraph) -> None:
    """Raise: InvalidSchemaError: a reference leads back to itself without reading a part of the value."""
    cycle = graph.find_cycle(frozenset({"same"}))
    if cycle is not None:
        _refuse([Detail(place=cycle, message="refers back to itself without reading any part of the value")])


def _check_effort(graph: SchemaGraph) -> None:
    if Effort(graph).on_each.value > MAX_EFFORT_ON_EACH:
        reason = "takes too long to judge even a small value; nest unevaluatedProperties and unevaluatedItems less"
        _refuse([Detail(place="", message=reason)])


def _check_patterns(graph: SchemaGraph) -> None:
    patterns: dict[str, str] = {}
    for pointer, node in graph.nodes.items():
        schema = node.place.schema
        if isinstance(schema, dict):
            pattern = schema.get("pattern")
            if isinstance(pattern, str):
                patterns.setdefault(pattern, f"{pointer}/pattern")
            for name in schema.get("patternProperties", {}):
                patterns.setdefault(name, pointer + to_pointer(("patternProperties", name)))
    if len(patterns) > MAX_PATTERNS:
        raise InvalidSchemaError(f"The schema holds {len(patterns)} patterns; at most {MAX_PATTERNS} are allowed.")
    reason = "is a pattern that cannot be checked in linear time, or is too large"
    bad = [
        Detail(place=place, message=reason)
        for text, place in patterns.items()
        if len(text) > MAX_PATTERN_CHARACTERS or not pattern_compiles(text)
    ]
    hint = "Lookahead, lookbehind and back-references are not supported; for lengths, use minLength and maxLength."
    _refuse(bad, hint=hint)


def _refuse(details: Sequence[Detail], *, hint: str = "") -> None:
    if details:
        where = f"At {details[0].place}" if details[0].place else "As a whole"
        message = f"The schema cannot be used. {where}, it {details[0].message}."
        raise InvalidSchemaError(message, hint=hint, details=list(dict.fromkeys(details))[:_MAX_DETAILS])


def _refuse_root() -> NoReturn:
    raise InvalidSchemaError(
        "The root of a response schema must be an object.",
        hint='Set "type": "object" at the root; wrap anything else in an object with one field for it.',
        details=[Detail(place="/type", message='must be "object"')],
    )
