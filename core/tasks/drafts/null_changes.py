"""Allows null at a field or forbids it, in the way its schema is written."""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import InvalidInputError
from core.tasks.drafts.choices import allow_null, read_choices
from core.tasks.drafts.field_types import FieldType, is_null_schema, type_name
from core.tasks.drafts.schema_parts import can_unwrap, split, unwrapped, wrapped
from core.tasks.schemas.json_values import JsonObject

if TYPE_CHECKING:
    from core.tasks.drafts.fields import Field


def with_null(field: "Field", *, is_allowed: bool) -> "Field":
    """Return the field with null allowed or not. A default of null goes when null does.

    Raises: InvalidInputError: the form cannot tell what the schema allows.
    """
    if field.type is FieldType.OTHER and field.shape is field:
        raise InvalidInputError(f"Whether “{field.name}” may be null is written in the JSON tab.")
    if is_allowed:
        return _allowing(field)
    forbidding = _forbidding(field)
    if "default" in forbidding.words and forbidding.words["default"] is None:
        return forbidding.with_keyword("default", None)
    return forbidding


def _allowing(field: "Field") -> "Field":
    null = replace(field, name="", required=False, keywords={"type": "null"}, definitions=None, branches=None)
    null = replace(null, properties=None, items=None)
    if field.branches is not None:
        return replace(field, branches=(*field.branches, null))
    if field.type in (FieldType.REFERENCE, FieldType.CONSTANT, FieldType.ONE_OF):
        return replace(wrapped(field, {"anyOf": []}), branches=(split(field), null))
    return replace(field, keywords=_typed(field, is_allowed=True))


def _forbidding(field: "Field") -> "Field":
    if field.branches is None:
        return replace(field, keywords=_typed(field, is_allowed=False))
    branches = tuple(one for one in field.branches if not is_null_schema(one.keywords))
    if field.shape_index is not None:
        shape = with_null(branches[0], is_allowed=False) if branches[0].nullable else branches[0]
        branches = (shape,)
        bare = unwrapped(field, shape, key=field.branches_key)
        if can_unwrap(field, shape, key=field.branches_key) and bare.type is shape.type:
            return bare
    return replace(field, branches=branches)


def _typed(field: "Field", *, is_allowed: bool) -> JsonObject:
    words = dict(field.words)
    if field.type is FieldType.CHOICE:
        words = allow_null(words, is_allowed=is_allowed)
        is_listed = read_choices(words) is not None
        if not is_listed or ("type" in words and type_name(words) is None):
            return _with_null_in_list(words, is_allowed=is_allowed)
    if "type" in words:
        words["type"] = [type_name(words), "null"] if is_allowed else type_name(words)
    elif field.type is FieldType.OBJECT:
        words = {"type": ["object", "null"], **words}
    return words


def _with_null_in_list(words: JsonObject, *, is_allowed: bool) -> JsonObject:
    """Add null to a list of several types, or take it out."""
    named = words.get("type")
    rest = [name for name in named if name != "null"] if isinstance(named, list) else []
    return {**words, "type": [*rest, "null"] if is_allowed else rest} if rest else words
