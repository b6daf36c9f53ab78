"""A field made another type, a reference to a definition, or a list of either, in one edit. Knows no Streamlit."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InvalidInputError
from core.tasks.builder import ITEM, FieldType, Path, SchemaDraft, make_field
from core.tasks.builder import Field as SchemaField

_DEEPEST_LIST = 8


class SentShape(BaseModel):
    """What a field is to be: `depth` lists around a type, or around a definition by name.

    A `type` of None is anything, which only a list can hold.
    """

    model_config = ConfigDict(strict=True)

    depth: Annotated[int, Field(ge=0, le=_DEEPEST_LIST)]
    type: str | None
    target: str | None = None


def read_shape(value: object) -> SentShape:
    """Read what a browser sent. Raises: InvalidInputError: it is no shape that the form offers."""
    try:
        shape = SentShape.model_validate(value)
    except ValidationError as error:
        raise InvalidInputError("There is no such type. Load the page again.") from error
    is_known = shape.type is None or shape.type in list(FieldType)
    if not is_known or (shape.type is None and shape.depth == 0) or (shape.target is None) == _is_reference(shape):
        raise InvalidInputError("There is no such type. Load the page again.")
    return shape


def reshaped(draft: SchemaDraft, path: Path, shape: SentShape) -> SchemaDraft:
    """Return the draft with the field made this. A list is put around what it was, or taken away from around it."""
    while (depth := _depth(draft.get_field(path))) != shape.depth:
        draft = _wrapped(draft, path, depth) if depth < shape.depth else _unwrapped(draft, path, depth)
        if _depth(draft.get_field(path)) == depth:
            raise InvalidInputError("The form cannot change this list. Change it in the JSON tab.")
    inner = (*path, *(ITEM,) * shape.depth)
    if shape.type is None:
        is_so = not _holds_something(draft, inner) or draft.get_field(inner).keywords in (True, {})
        return draft if is_so else draft.replace_field(inner, SchemaField())
    wanted = FieldType(shape.type)
    if not _holds_something(draft, inner) or draft.get_field(inner).type is not wanted:
        draft = _with_item(draft, inner).change_field(inner, type=wanted)
    if shape.target is not None:
        if all(one.name != shape.target for one in draft.definitions):
            raise InvalidInputError(f"There is no definition “{shape.target}” any more.")
        draft = draft.change_field(inner, reference=draft.reference_to(shape.target))
    return draft


def _wrapped(draft: SchemaDraft, path: Path, depth: int) -> SchemaDraft:
    """Put a list around the innermost thing."""
    inner = (*path, *(ITEM,) * depth)
    return _with_item(draft, inner).change_field(inner, type=FieldType.ARRAY)


def _unwrapped(draft: SchemaDraft, path: Path, depth: int) -> SchemaDraft:
    """Take away the innermost list; what it held stands in its place."""
    around = (*path, *(ITEM,) * (depth - 1))
    item = draft.get_field(around).item
    kind = FieldType.STRING if item is None or item.type is FieldType.OTHER else item.type
    return draft.change_field(around, type=kind)


def _with_item(draft: SchemaDraft, inner: Path) -> SchemaDraft:
    """Let a list that may hold anything hold strings, so that there is something to change."""
    if not inner or inner[-1] != ITEM or _holds_something(draft, inner):
        return draft
    return draft.replace_field(inner, make_field("", required=False))


def _holds_something(draft: SchemaDraft, inner: Path) -> bool:
    return not inner or inner[-1] != ITEM or draft.get_field(inner[:-1]).item is not None


def _is_reference(shape: SentShape) -> bool:
    return shape.type == FieldType.REFERENCE


def _depth(field: SchemaField) -> int:
    """Return how many lists stand around what a field holds; one that may hold anything counts too."""
    depth = 0
    one: SchemaField | None = field
    while one is not None and one.type is FieldType.ARRAY:
        depth, one = depth + 1, one.item
    return depth
