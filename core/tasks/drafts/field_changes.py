"""What can be changed at a field, and how each change is written into its schema."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from core.errors import InvalidInputError
from core.tasks.drafts.choices import write_choices
from core.tasks.drafts.constraints import ABSENT, BY_NAME, Bound, exclusive_keyword
from core.tasks.drafts.field_types import FieldType, Number
from core.tasks.drafts.nothing import NOTHING
from core.tasks.drafts.null_changes import with_null
from core.tasks.drafts.type_changes import with_type
from core.tasks.schemas.json_equality import json_mark, same_json, type_word
from core.tasks.schemas.json_values import JsonObject, copy_json

if TYPE_CHECKING:
    from core.tasks.drafts.fields import Field


class FieldDetails(TypedDict, total=False):
    """What can be said of a field beside its name and type.

    For constraints None means none; for `default` and `constant` any JSON value counts, also null, and `NOTHING`
    removes the default. `notes` go with `choices` one by one; new choices keep the notes of their values.
    """

    title: str
    description: str
    required: bool
    nullable: bool
    default: Any  # Any: a JSON value
    examples: tuple[Any, ...]  # Any: JSON values
    choices: tuple[Any, ...]  # Any: JSON values
    notes: tuple[str, ...]
    constant: Any  # Any: a JSON value
    reference: str
    minimum: Number | None
    maximum: Number | None
    exclusive_minimum: Number | None
    exclusive_maximum: Number | None
    lower: Bound | None
    upper: Bound | None
    multiple_of: Number | None
    min_length: int | None
    max_length: int | None
    pattern: str | None
    min_items: int | None
    max_items: int | None
    unique_items: bool
    min_properties: int | None
    max_properties: int | None
    allows_others: bool


class FieldChanges(FieldDetails, total=False):
    """What can be changed at a field; what is not named stays."""

    name: str
    type: FieldType


def change_field(field: "Field", changes: FieldChanges) -> "Field":
    """Return the field with the changes, the type first. Raises: InvalidInputError: a change does not fit the type."""
    wanted = cast(Mapping[str, object], changes)
    result = field
    if "name" in changes or "required" in changes:
        name, required = changes.get("name", field.name), changes.get("required", field.required)
        result = replace(field, name=name, required=required)
    if "type" in changes and changes["type"] != result.type:
        result = with_type(result, FieldType(changes["type"]))
    for key, change in _CHANGES.items():
        if key in wanted and not same_json(wanted[key], getattr(result, key)):
            result = change(result, wanted[key])
    for key in BY_NAME:
        if key in wanted:
            result = _with_constraint(result, key, wanted[key])
    return result


def _with_text(key: str) -> Callable[["Field", Any], "Field"]:  # Any: checked by the typed dict
    return lambda field, text: _with_annotation(field, key, text or NOTHING)


def _with_annotation(field: "Field", key: str, value: object) -> "Field":
    if not isinstance(field.keywords, dict) and field.keywords is not True:
        raise InvalidInputError(f"“{field.name}” can have no {key}. Choose a type first.")

    def write(holder: "Field") -> "Field":
        words = {name: old for name, old in holder.words.items() if value is not NOTHING or name != key}
        if value is not NOTHING:
            words[key] = copy_json(value)
        return replace(holder, keywords=words)

    return write(field) if field.holder_of(key) is field else field.in_shape(write)


def _with_choices(field: "Field", values: tuple[Any, ...]) -> "Field":  # Any: JSON values
    noted = {json_mark(value): note for value, note in zip(field.choices, field.notes, strict=True)}
    return _written_choices(field, tuple(values), tuple(noted.get(json_mark(value), "") for value in values))


def _with_notes(field: "Field", notes: tuple[str, ...]) -> "Field":
    if field.type is FieldType.CHOICE and len(notes) != len(field.choices):
        raise InvalidInputError(f"“{field.name}” has {len(field.choices)} choices, so it takes as many notes.")
    return _written_choices(field, field.choices, tuple(notes))


def _written_choices(field: "Field", values: tuple[Any, ...], notes: tuple[str, ...]) -> "Field":  # Any: JSON values
    if field.type is not FieldType.CHOICE:
        raise InvalidInputError(f"“{field.name}” is not a choice. Change its type first.")
    return field.in_shape(lambda shape: replace(shape, keywords=write_choices(shape.words, values, notes)))


def _with_constant(field: "Field", value: object) -> "Field":
    if field.type is not FieldType.CONSTANT:
        raise InvalidInputError(f"“{field.name}” is not a constant. Change its type first.")
    if value is NOTHING:
        raise InvalidInputError("A constant needs a value.")

    def write(shape: "Field") -> "Field":
        words: JsonObject = {**shape.words, "const": copy_json(value)}
        if "type" in words:
            words["type"] = type_word(value)
        return replace(shape, keywords=words)

    return field.in_shape(write)


def _with_reference(field: "Field", target: str) -> "Field":
    if field.type is not FieldType.REFERENCE:
        raise InvalidInputError(f"“{field.name}” is not a reference. Change its type first.")
    return field.in_shape(lambda shape: shape.with_keyword("$ref", target))


def _with_bound(side: str) -> Callable[["Field", Any], "Field"]:  # Any: checked by the typed dict
    return lambda field, bound: _with_limit(field, side, None if bound is None else Bound(*bound))


def _with_limit(field: "Field", side: str, bound: Bound | None) -> "Field":
    """Set one limit and remove the other on the same side; a limit that changes its kind keeps its place."""
    kinds = (side, exclusive_keyword(side))
    names = [name for name, one in BY_NAME.items() if one.keyword in kinds]
    if bound is None:
        for name in names:
            field = _with_constraint(field, name, None)
        return field
    wanted, other = (kinds[1], kinds[0]) if bound.is_exclusive else kinds
    name = next(name for name in names if BY_NAME[name].keyword == wanted)
    _check_constraint(field, name, bound.value)

    def write(shape: "Field") -> "Field":
        words: JsonObject = {}
        for key, value in shape.words.items():
            if key == other and wanted not in shape.words:
                words[wanted] = bound.value
            elif key != other:
                words[key] = value
        return replace(shape, keywords={**words, wanted: bound.value})

    return field.in_shape(write)


def _with_constraint(field: "Field", name: str, value: object) -> "Field":
    constraint = BY_NAME[name]
    present = field.constraints.get(name)
    is_so = same_json(value, ABSENT.get(name) if present is None else present)
    if is_so or (value is None and present is None):
        return field
    value = None if value == "" else value
    if value is not None:
        _check_constraint(field, name, value)
    return field.in_shape(lambda shape: shape.with_keyword(constraint.keyword, value))


def _check_constraint(field: "Field", name: str, value: object) -> None:
    constraint = BY_NAME[name]
    if field.type not in constraint.types:
        raise InvalidInputError(f"“{field.name}” is not {constraint.noun}. Change its type first.")
    constraint.check(value)


# In the order they are applied.
_CHANGES: Final[Mapping[str, Callable[["Field", Any], "Field"]]] = {  # Any: checked by the typed dict
    "title": _with_text("title"),
    "description": _with_text("description"),
    "choices": _with_choices,
    "notes": _with_notes,
    "constant": _with_constant,
    "reference": _with_reference,
    "nullable": lambda field, is_allowed: with_null(field, is_allowed=is_allowed),
    "default": lambda field, value: _with_annotation(field, "default", value),
    "examples": lambda field, values: _with_annotation(field, "examples", list(values) or NOTHING),
    "lower": _with_bound("minimum"),
    "upper": _with_bound("maximum"),
}
