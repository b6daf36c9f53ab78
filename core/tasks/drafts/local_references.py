"""The references of a draft to its own parts: where they are, where they point, and following what moves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from core.tasks.drafts.fields import Field
from core.tasks.drafts.paths import Path, walk_fields
from core.tasks.schemas.json_values import JsonObject, Loc, copy_json, to_pointer
from core.tasks.schemas.subschemas import subschemas

_SAFE_IN_A_FRAGMENT = "/~!$&'()*+,;=:@?-._"


def split_reference(reference: str) -> Loc | None:
    """Return the steps a local reference goes, as text; None when it is not a JSON pointer into this schema."""
    if reference == "#":
        return ()
    if not reference.startswith("#/"):
        return None
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in unquote(reference[2:]).split("/"))


def write_reference(loc: Loc) -> str:
    """Return the reference to these steps: `#/$defs/a%20b`."""
    return "#" + quote(to_pointer(loc), safe=_SAFE_IN_A_FRAGMENT)


def places_that_refer(root: Field) -> Iterator[tuple[Path, Loc, Field]]:
    """Yield the root and every editable place whose references start from this document, not from an `$id` inside."""
    yield (), (), root
    foreign: Loc | None = None
    for path, loc, field in walk_fields(root):
        if foreign is None or loc[: len(foreign)] != foreign:
            foreign = loc if _is_other_resource(field.words) else None
            if foreign is None:
                yield path, loc, field


def references_of(field: Field) -> Iterator[tuple[Loc, str]]:
    """Yield the references in a field's own keywords, the kept ones included but not those of the fields inside it.

    With each come the steps from the field to the schema that holds it.
    """
    for loc, schema in _own_schemas(field.words):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield loc, reference


def _own_schemas(words: JsonObject) -> Iterator[tuple[Loc, JsonObject]]:
    todo: list[tuple[Loc, JsonObject]] = [((), words)]
    while todo:
        loc, schema = todo.pop()
        yield loc, schema
        for _, steps, inner in subschemas(schema, draft_07=False):
            if isinstance(inner, dict) and not _is_other_resource(inner):
                todo.append(((*loc, *steps), inner))


def _is_other_resource(words: JsonObject) -> bool:
    """Say whether references in here start from a place of their own."""
    identifier = words.get("$id")
    return isinstance(identifier, str) and not identifier.startswith("#")


def follow_move(root: Field, *, old: Loc, new: Loc) -> Field:
    """Return the root with every reference to a place, or into it, pointing to where that place is now."""
    if old == new:
        return root
    texts = tuple(str(step) for step in old)

    def moved(reference: str) -> str:
        loc = split_reference(reference)
        if loc is None or not texts or loc[: len(texts)] != texts:
            return reference
        return write_reference((*new, *loc[len(texts) :]))

    return _mapped(root, moved)


def _mapped(field: Field, change: Callable[[str], str]) -> Field:
    """Return the field with every reference changed; the very same field where none does."""
    keywords = _mapped_words(field.keywords, change)
    properties = _mapped_all(field.properties, change)
    branches = _mapped_all(field.branches, change)
    definitions = _mapped_all(field.definitions, change)
    items = None if field.items is None else _mapped_all((field.items,), change)
    item = items[0] if items else None
    old = (field.keywords, field.properties, field.branches, field.definitions, field.items)
    new = (keywords, properties, branches, definitions, item)
    if all(one is other for one, other in zip(old, new, strict=True)):
        return field
    return replace(
        field, keywords=keywords, properties=properties, branches=branches, definitions=definitions, items=item
    )


def _mapped_all(fields: tuple[Field, ...] | None, change: Callable[[str], str]) -> tuple[Field, ...] | None:
    if fields is None:
        return None
    mapped = tuple(field if _is_other_resource(field.words) else _mapped(field, change) for field in fields)
    return fields if all(one is other for one, other in zip(mapped, fields, strict=True)) else mapped


def _mapped_words(keywords: Any, change: Callable[[str], str]) -> Any:  # Any: a JSON value the user wrote
    if not isinstance(keywords, dict):
        return keywords
    found = [schema["$ref"] for _, schema in _own_schemas(keywords) if isinstance(schema.get("$ref"), str)]
    if all(change(reference) == reference for reference in found):
        return keywords
    written = copy_json(keywords)
    for _, schema in _own_schemas(written):
        if isinstance(schema.get("$ref"), str):
            schema["$ref"] = change(schema["$ref"])
    return written
