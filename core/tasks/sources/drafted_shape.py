"""What a model is asked to answer with when it drafts a schema: a list of fields, easy to write for a small one.

A grammar made from it leads a small model: once the type stands, only what goes with that type can follow. The judge
is milder, since nothing here forbids other keys: a superfluous list of choices costs no retry, the conversion knows
what to make of it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from core.tasks.schemas.json_values import JsonObject

__all__ = ["CHANGE_SHAPE", "DRAFT_SHAPE", "SMALL_CHANGE_SHAPE", "SMALL_DRAFT_SHAPE"]


class _Limits(NamedTuple):
    """How much may be written. `at_level` are the most fields of one object, the outermost first."""

    plain: tuple[str, ...]
    chosen: tuple[str, ...]
    nested: tuple[str, ...]
    at_level: tuple[int, ...]
    choices: int
    name: int
    description: int
    says_required: bool


_LIMITS: Final = _Limits(
    plain=(
        *("string", "integer", "number", "boolean", "date", "date-time", "time", "email", "url"),
        *("list of strings", "list of numbers"),
    ),
    chosen=("choice", "list of choices"),
    nested=("object", "list of objects"),
    at_level=(30, 15, 10),
    choices=30,
    name=60,
    description=200,
    says_required=True,
)
# Without tighter limits the built-in model writes one field over and over: 20 s instead of 3.
_SMALL_LIMITS: Final = _Limits(
    plain=("string", "integer", "number", "boolean", "date", "email", "url", "list of strings"),
    chosen=("choice",),
    nested=("list of objects",),
    at_level=(6, 4),
    choices=6,
    name=30,
    description=70,
    says_required=False,
)


def _text(most: int) -> JsonObject:
    return {"type": "string", "minLength": 1, "maxLength": most}


def _variant(limits: _Limits, types: tuple[str, ...], more: Mapping[str, JsonObject]) -> JsonObject:
    needed: JsonObject = {
        "name": _text(limits.name),
        "type": {"type": "string", "enum": list(types)},
        "description": {"type": "string", "maxLength": limits.description},
        **more,
    }
    optional = {"required": {"type": "boolean"}} if limits.says_required else {}
    return {"type": "object", "properties": {**needed, **optional}, "required": list(needed)}


def _field(limits: _Limits) -> JsonObject:
    choices = {"type": "array", "items": _text(limits.name), "minItems": 2, "maxItems": limits.choices}
    variants = [_variant(limits, limits.plain, {}), _variant(limits, limits.chosen, {"choices": choices})]
    deeper = limits._replace(at_level=limits.at_level[1:])
    if deeper.at_level:
        variants.append(_variant(limits, limits.nested, {"fields": _fields(deeper, least=1)}))
    return {"anyOf": variants}


def _fields(limits: _Limits, *, least: int) -> JsonObject:
    return {"type": "array", "items": _field(limits), "minItems": least, "maxItems": limits.at_level[0]}


def _draft_shape(limits: _Limits) -> JsonObject:
    return {"type": "object", "properties": {"fields": _fields(limits, least=1)}, "required": ["fields"]}


def _change_shape(limits: _Limits) -> JsonObject:
    removed = {"type": "array", "items": _text(200), "maxItems": limits.at_level[0]}
    properties = {"fields": _fields(limits, least=0), "remove": removed}
    return {"type": "object", "properties": properties, "required": list(properties)}


DRAFT_SHAPE: Final = _draft_shape(_LIMITS)
"""For a new schema: its fields, three levels deep."""

CHANGE_SHAPE: Final = _change_shape(_LIMITS)
"""For a change: the fields that are new or different, and the names of those to go. What is not named stays."""

SMALL_DRAFT_SHAPE: Final = _draft_shape(_SMALL_LIMITS)
"""The same as `DRAFT_SHAPE` for the built-in model: two levels, few fields, short texts."""

SMALL_CHANGE_SHAPE: Final = _change_shape(_SMALL_LIMITS)
"""The same as `CHANGE_SHAPE` for the built-in model."""
