"""Writes a field back as JSON Schema, and lists what the form only keeps of it."""

from typing import TYPE_CHECKING, Any, Final

from core.tasks.drafts.choices import Choices, read_choices
from core.tasks.drafts.constraints import CONSTRAINTS, constraints_for
from core.tasks.drafts.field_types import DEFINING, UNIONS, FieldType
from core.tasks.schemas.json_values import JsonObject, copy_json

if TYPE_CHECKING:
    from core.tasks.drafts.fields import Field

_TEXTS: Final = ("title", "description")
_CONSTRAINED: Final = frozenset(constraint.keyword for constraint in CONSTRAINTS)


def render_field(field: "Field") -> Any:  # Any: whatever JSON value was read
    """Return the schema of a field, as written except for what was edited."""
    if not isinstance(field.keywords, dict):
        return copy_json(field.keywords)
    written: JsonObject = {}
    definitions_key = None if field.definitions is None else field.definitions_key
    for key, value in field.keywords.items():
        if key == "properties" and field.properties is not None:
            written[key] = {inner.name: render_field(inner) for inner in field.properties}
        elif key == "items" and field.items is not None:
            written[key] = render_field(field.items)
        elif key in UNIONS and field.branches is not None:
            written[key] = [render_field(branch) for branch in field.branches]
        elif key == definitions_key:
            written[key] = {inner.name: render_field(inner) for inner in field.definitions or ()}
        elif key == "required" and field.properties is not None:
            written |= _required_entry(field.properties, value)
        else:
            written[key] = copy_json(value) if isinstance(value, dict | list) else value
    if "required" not in field.keywords and any(inner.required for inner in field.properties or ()):
        written |= _required_entry(field.properties or (), [])
    return written


def _required_entry(fields: tuple["Field", ...], original: object) -> JsonObject:
    """Return `required` changed no more than the fields ask for; nothing when an edit emptied it."""
    names = {field.name for field in fields}
    wanted = dict.fromkeys(field.name for field in fields if field.required)
    if not isinstance(original, list):
        return {"required": list(wanted) or copy_json(original)}
    kept = [name for name in original if not isinstance(name, str) or name not in names or name in wanted]
    present = {name for name in kept if isinstance(name, str)}
    entries = kept + [name for name in wanted if name not in present]
    return {"required": copy_json(entries)} if entries or not original else {}


def kept_keywords(field: "Field") -> JsonObject:
    """Return what the form does not edit at a field; of the shape beside null the keys are `anyOf/0/…`."""
    edited = {key for key, value in field.words.items() if _is_edited_annotation(key, value)}
    if field.definitions is not None:
        edited.add(field.definitions_key)
    inner: JsonObject = {}
    index = field.shape_index
    if index is not None and field.branches is not None:
        edited.add(field.branches_key)
        kept = kept_keywords(field.branches[index])
        inner = {f"{field.branches_key}/{index}/{name}": value for name, value in kept.items()}
    else:
        choices = _choices_of(field)
        edited |= _edited_keywords(field)
        inner = {} if choices is None else choices.kept(field.words)
    return {key: copy_json(value) for key, value in field.words.items() if key not in edited} | inner


def _edited_keywords(field: "Field") -> set[str]:
    """Return the keywords that the form edits for the type; a constraint only when it is written as the form would."""
    if field.type is FieldType.OTHER:
        return set()
    read = {one.keyword for one in constraints_for(field.type) if one.read(field.words) is not None}
    choices = _choices_of(field)
    defining = set(DEFINING[field.type]) - _CONSTRAINED if choices is None else choices.edited(field.words)
    return {"type", *read, *defining}


def _choices_of(field: "Field") -> Choices | None:
    return read_choices(field.words) if field.type is FieldType.CHOICE else None


def _is_edited_annotation(key: str, value: object) -> bool:
    if key in _TEXTS:
        return isinstance(value, str)
    return key == "default" or (key == "examples" and isinstance(value, list))
