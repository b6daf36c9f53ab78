"""Where a JSON Schema holds schemas, and how each relates to the one around it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from core.tasks.schemas.json_values import JsonObject, Loc

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


class Subschema(NamedTuple):
    """A schema inside another one, and the steps from the outer to the inner."""

    kind: EdgeKind
    steps: Loc
    schema: object


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
