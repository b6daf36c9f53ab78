"""Finds the part of a schema that speaks of a value."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]  # Any: a JSON Schema

_DEEPEST_REFERENCE = 20
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def resolve(schema: object, root: Schema) -> Schema:
    """Return the schema with its local references followed and the null branch of a union left out."""
    for _ in range(_DEEPEST_REFERENCE):
        if not isinstance(schema, dict):
            return {}
        branches = [part for part in _branches(schema) if part.get("type") != "null"]
        if len(branches) == 1:
            schema = _described(branches[0], schema)
        elif isinstance(reference := schema.get("$ref"), str) and reference.startswith("#/"):
            schema = _described(_follow(reference, root), schema)
        else:
            return schema
    return {}


def resolve_for(value: object, schema: object, root: Schema) -> Schema:
    """Return the schema like `resolve`, of a union the branch that fits the value best."""
    for _ in range(_DEEPEST_REFERENCE):
        found = resolve(schema, root)
        branches = [_described(resolve(part, root), found) for part in _branches(found)]
        if not branches:
            return found
        schema = max(branches, key=lambda branch: _fitness(value, branch))
    return {}


def properties_of(schema: Schema) -> dict[str, Any]:  # Any: a JSON Schema for each name
    """Return the schemas of an object's fields by name."""
    known = schema.get("properties")
    return known if isinstance(known, dict) else {}


def _branches(schema: Schema) -> Iterator[Schema]:
    for word in ("anyOf", "oneOf"):
        parts = schema.get(word)
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                yield part


def _described(part: object, around: Schema) -> object:
    """Return a part with the description that stood beside its reference, if there was one."""
    said = around.get("description")
    return part | {"description": said} if isinstance(part, dict) and said else part


def _follow(reference: str, root: Schema) -> object:
    found: object = root
    for part in reference[2:].split("/"):
        if not isinstance(found, dict):
            return None
        found = found.get(part.replace("~1", "/").replace("~0", "~"))
    return found


def _fitness(value: object, branch: object) -> int:
    """Return how much speaks for a branch: its type, then the constants and names of an object's fields."""
    if not isinstance(branch, dict):
        return 0
    named = branch.get("type")
    kinds = tuple(
        kind for word in (named if isinstance(named, list) else [named]) for kind in _TYPES.get(str(word), ())
    )
    fits = 1_000 if kinds and isinstance(value, kinds) else 0
    known = properties_of(branch)
    if isinstance(value, dict):
        fits += sum(_field_fitness(known[name], part) for name, part in value.items() if name in known)
    return fits


def _field_fitness(schema: object, value: object) -> int:
    if not isinstance(schema, dict):
        return 1
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(choices, list):
        return 1
    return 10 if value in choices else -100
