"""Taking in a pasted JSON Schema of draft-07, 2019-09 or 2020-12 without changing what it judges.

A schema that names draft-07 or 2020-12 is kept as it is, since the judge follows both. One that names 2019-09, and
one that names no draft yet says things in the way of older ones, is rewritten in terms of 2020-12. Every change is
a note with the JSON pointer of the place in what was pasted.
"""

from dataclasses import dataclass

from core.errors import Detail, InvalidSchemaError
from core.tasks.linting.findings import walk
from core.tasks.schema_rules import check_schema, parse_schema_text
from core.tasks.schemas.json_values import JsonObject, copy_json, to_pointer
from core.tasks.schemas.short_form import expand_short_form
from core.tasks.schemas.validators import DRAFT_07, DRAFT_2020, is_draft_07, knows_draft
from core.tasks.sources.draft_conversion import Conversion, needs_conversion

__all__ = ["ImportedSchema", "import_schema"]

_DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
# How a schema stands in the requests of providers.
_WRAPPERS = ("schema", "json_schema", "parameters", "input_schema")
_WRAPPER_KEYS = frozenset({"name", "description", "strict", "type", *_WRAPPERS})


@dataclass(frozen=True)
class ImportedSchema:
    """A schema that passed the gate, and a note for each thing that was changed or needs knowing."""

    schema: JsonObject
    notes: tuple[Detail, ...] = ()


def import_schema(text_or_document: str | JsonObject) -> ImportedSchema:
    """Read a pasted schema, or the short form, or the request of a provider that holds one.

    Raises: InvalidSchemaError: it is not JSON (with line and column), its draft is not understood, or the gate
    refuses it.
    """
    pasted = parse_schema_text(text_or_document) if isinstance(text_or_document, str) else text_or_document
    if not isinstance(pasted, dict):
        raise InvalidSchemaError("A schema is written as a JSON object, in curly brackets.")
    notes: list[Detail] = []
    document = _unwrap(copy_json(pasted), notes)
    expanded = expand_short_form(document)
    if expanded.keys() != document.keys():
        notes.append(Detail(place="", message="was written as fields only; an object that requires them all was made"))
    _localise(expanded, notes)
    converted = _convert(expanded, notes)
    check_schema(converted)
    return ImportedSchema(converted, tuple(notes))


def _unwrap(document: JsonObject, notes: list[Detail]) -> JsonObject:
    """Return the schema inside a provider's request, as far as the document is plainly one."""
    pointer = ""
    while document.keys() <= _WRAPPER_KEYS:
        key = next((key for key in _WRAPPERS if _looks_like_schema(document, key)), None)
        if key is None:
            break
        dropped = [name for name in document if name != key]
        pointer += f"/{key}"
        beside = f"; left out: {', '.join(dropped)}" if dropped else ""
        notes.append(Detail(place=pointer, message=f"was taken as the schema{beside}"))
        document = document[key]
    return document


def _looks_like_schema(document: JsonObject, key: str) -> bool:
    inner = document.get(key)
    is_request = document.get("type") in (None, "json_schema", "function")
    return is_request and isinstance(inner, dict) and bool(inner.keys() & {"type", "properties", "$ref", *_WRAPPERS})


def _localise(document: JsonObject, notes: list[Detail]) -> None:
    """Turn references to the document by its own full name into local ones; nothing is ever fetched."""
    parts = list(walk(document))
    name = document.get("$id")
    if not isinstance(name, str) or name.startswith("#") or any("$id" in part.words for part in parts[1:]):
        return
    name = name.rstrip("#")
    for part in parts:
        reference = part.words.get("$ref")
        if isinstance(reference, str) and name and reference.partition("#")[0] == name:
            part.words["$ref"] = "#" + reference.partition("#")[2]
            place = to_pointer((*part.loc, "$ref"))
            notes.append(Detail(place=place, message="named this schema itself; now it starts with #"))


def _convert(document: JsonObject, notes: list[Detail]) -> JsonObject:
    named = document.get("$schema")
    is_2019 = isinstance(named, str) and named.rstrip("#") == _DRAFT_2019
    if not is_2019 and not knows_draft(document):
        raise InvalidSchemaError(
            "The draft that the schema names is not understood.",
            hint=f"Draft-07, 2019-09 and 2020-12 are. An older one can often be called {DRAFT_07}.",
            details=[Detail(place="/$schema", message="is not understood")],
        )
    if is_draft_07(document):
        notes.append(Detail(place="/$schema", message="names draft-07, and the schema is kept and judged by its rules"))
        return document
    if not is_2019 and (named is not None or not needs_conversion(document)):
        return document
    conversion = Conversion(document, is_2019=is_2019)
    converted = conversion.run()
    if is_2019:
        converted["$schema"] = DRAFT_2020
        notes.append(Detail(place="/$schema", message="named 2019-09; the schema is now written in 2020-12"))
    notes += conversion.notes
    return converted
