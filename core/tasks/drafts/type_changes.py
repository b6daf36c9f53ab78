"""Changes the type of a field. What fits the new type stays; what would contradict it goes.

A field that becomes a list becomes a list of what it was, one that becomes a “one of” keeps its shape as the first;
the way back takes it out again. A constraint that the new type ignores is kept: it does no harm, and comes back into
force with the old type.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.errors import InvalidInputError
from core.tasks.drafts.choices import read_choices
from core.tasks.drafts.field_types import (
    DEFINING,
    FORMATS,
    NUMERIC,
    TEXTUAL,
    UNIONS,
    FieldType,
    is_null_schema,
    json_type,
)
from core.tasks.drafts.null_changes import with_null
from core.tasks.drafts.schema_parts import can_unwrap, put_instead, split, unwrapped, wrapped
from core.tasks.schemas.json_equality import json_mark, type_word
from core.tasks.schemas.json_values import JsonObject, copy_json

if TYPE_CHECKING:
    from core.tasks.drafts.fields import Field

_UNTYPED: Final = frozenset({FieldType.REFERENCE, FieldType.ONE_OF})
_ALWAYS_DECIDING: Final = {"enum": FieldType.CHOICE, "const": FieldType.CONSTANT}
_EMPTY_REFERENCE: Final = "#/$defs/"
_FIRST_VALUES: Final = {"string": "", "integer": 0, "number": 0, "boolean": False}


def with_type(field: "Field", wanted: FieldType) -> "Field":
    """Return the field as another type. Raises: InvalidInputError: the form cannot make this type."""
    if wanted is FieldType.OTHER:
        raise InvalidInputError("Choose one of the types; what the form cannot edit is written in the JSON tab.")
    return _without_misfits(_retyped(field, wanted))


def start_type(field: "Field", field_type: FieldType) -> "Field":
    """Give a field that has just become this type what the type cannot be without."""
    words = field.words
    if field_type in FORMATS:
        return field.with_keyword("format", FORMATS[field_type])
    if field_type is FieldType.CHOICE and read_choices(words) is None:
        return field.with_keyword("enum", [None] if isinstance(words.get("type"), list) else [])
    if field_type is FieldType.CONSTANT and "const" not in words:
        return field.with_keyword("const", _FIRST_VALUES.get(str(words.get("type")), ""))
    if field_type is FieldType.REFERENCE and "$ref" not in words:
        return field.with_keyword("$ref", _EMPTY_REFERENCE)
    if field_type is FieldType.ONE_OF and field.branches is None:
        return replace(field.with_keyword("anyOf", []), branches=(_fresh(field, "string"), _fresh(field, "integer")))
    if field_type is FieldType.ARRAY and field.items is None:
        return field.with_item(_fresh(field, "string"))
    if field_type is FieldType.OBJECT and field.properties is None:
        return _started_object(field)
    return field


def _started_object(field: "Field") -> "Field":
    """Start with the fields that the schema named while it was no object, so that none is lost."""
    named = field.words.get("properties")
    listed = field.words.get("required")
    fields = tuple(
        replace(_fresh(field, ""), name=name, keywords=inner, required=isinstance(listed, list) and name in listed)
        for name, inner in (named if isinstance(named, dict) else {}).items()
    )
    holder = field.with_keyword("properties", {})
    holder = replace(holder, properties=fields)
    return holder if "additionalProperties" in field.words else holder.with_keyword("additionalProperties", False)


def _retyped(field: "Field", wanted: FieldType) -> "Field":
    if field.shape is not field:
        return _retyped_beside_null(field, wanted)
    if field.branches is not None:
        return _one_of_retyped(field, wanted)
    if wanted is FieldType.ONE_OF:
        return _as_one_of(field)
    if wanted is FieldType.ARRAY and (field.type is not FieldType.OTHER):
        return _as_list(field)
    if (
        field.items is not None
        and field.items.type is wanted
        and can_unwrap(_without(field, "type"), field.items, key="items")
    ):
        taken = unwrapped(_without(field, "type"), field.items, key="items")
        return with_null(taken, is_allowed=True) if field.nullable and not taken.nullable else taken
    return _replaced(field, wanted)


def _retyped_beside_null(field: "Field", wanted: FieldType) -> "Field":
    """Change the shape beside null; a “one of” takes null in among its shapes."""
    index, branches = field.shape_index, field.branches
    if wanted is not FieldType.ONE_OF or index is None or branches is None:
        return field.in_shape(lambda shape: _retyped(shape, wanted))
    first, second = branches[index], _fresh(field, _other_name(field))
    if not first.nullable:
        return replace(field, branches=(*branches[: index + 1], second, *branches[index + 1 :]))
    first = with_null(first, is_allowed=False)
    return replace(field, branches=(first, second, _fresh(field, "null")))


def _one_of_retyped(field: "Field", wanted: FieldType) -> "Field":
    """Keep the first shape that already is what is wanted, and null where it was allowed."""
    if wanted is FieldType.ARRAY:
        return _as_list(field)
    key, branches = field.branches_key, field.branches or ()
    fitting = [branch for branch in field.shapes if branch.type is wanted]
    nulls = [branch for branch in branches if is_null_schema(branch.keywords)]
    chosen = fitting[0] if fitting else _replaced(_fresh(field, ""), wanted)
    chosen = with_null(chosen, is_allowed=False) if chosen.nullable and nulls else chosen
    if nulls:
        return replace(field, branches=(chosen, nulls[0]))
    if can_unwrap(field, chosen, key=key):
        return unwrapped(field, chosen, key=key)
    return _replaced(field, wanted)


def _as_one_of(field: "Field") -> "Field":
    is_nullable = field.nullable and field.type is not FieldType.OTHER
    first = split(field)
    if is_null_schema(first.keywords):
        return replace(
            wrapped(field, {"anyOf": []}), branches=(_fresh(field, "string"), _fresh(field, "integer"), first)
        )
    first = with_null(first, is_allowed=False) if is_nullable else first
    holder = wrapped(field, {"anyOf": []})
    branches = (first, _fresh(field, _other_name(field)))
    return replace(holder, branches=(*branches, _fresh(field, "null")) if is_nullable else branches)


def _as_list(field: "Field") -> "Field":
    item = split(field)
    item = with_null(item, is_allowed=False) if field.nullable else item
    named = ["array", "null"] if field.nullable else "array"
    return replace(wrapped(field, {"type": named, "items": {}}), items=item)


def _replaced(field: "Field", wanted: FieldType) -> "Field":
    """Drop what defined the old type and start the new one in its place."""
    old = field.type
    staying = DEFINING[wanted] if old is not FieldType.OTHER else ()
    leaving = {key for key in DEFINING[old] if key not in staying}
    leaving |= {key for key, owner in _ALWAYS_DECIDING.items() if owner is not wanted}
    if wanted in _UNTYPED or wanted is FieldType.CHOICE:
        leaving |= {"$ref", "$dynamicRef", "anyOf", "oneOf"}
    if wanted in (FieldType.CHOICE, FieldType.CONSTANT):
        leaving |= {"properties", "items"}
    if wanted is FieldType.STRING and field.words.get("format") in FORMATS.values():
        leaving.add("format")
    words = {key: value for key, value in field.words.items() if key not in leaving}
    if wanted not in (FieldType.CHOICE, FieldType.ONE_OF) and read_choices(words) is not None:
        words = {key: value for key, value in words.items() if key not in UNIONS}
    words = _seeded(field, wanted, words)
    is_nullable = field.nullable and old is not FieldType.OTHER
    if wanted in _UNTYPED:
        leaving_type = put_instead(words, ["type"], {"$ref": _EMPTY_REFERENCE}) if "type" in words else words
        bare = replace(field, keywords=leaving_type, properties=None, items=None, branches=None)
        started = start_type(bare, wanted)
        return with_null(started, is_allowed=True) if is_nullable else started
    name = _type_name(field, wanted, words)
    named = [name, "null"] if is_nullable and wanted is not FieldType.CONSTANT else name
    words = {**words, "type": named} if "type" in words else {"type": named, **words}
    started = start_type(replace(field, keywords=words, properties=None, items=None, branches=None), wanted)
    needs_null = is_nullable and not started.nullable
    return with_null(started, is_allowed=True) if needs_null else started


def _seeded(field: "Field", wanted: FieldType, words: JsonObject) -> JsonObject:
    """Let a constant become the first choice, and the first choice the constant."""
    if wanted is FieldType.CHOICE and field.type is FieldType.CONSTANT and field.words["const"] is not None:
        return {**words, "enum": [field.constant]}
    if wanted is FieldType.CONSTANT and field.choices:
        return {**words, "const": copy_json(field.choices[0])}
    return words


def _type_name(field: "Field", wanted: FieldType, words: JsonObject) -> str:
    if wanted is FieldType.CONSTANT and "const" in words:
        return type_word(words["const"])
    if wanted is FieldType.CHOICE and words.get("enum"):
        return type_word(words["enum"][0])
    return json_type(wanted)


def _without_misfits(field: "Field") -> "Field":
    """Drop a default and the examples that are not of the type."""
    words = field.words
    leaving = {"default"} if "default" in words and not value_fits(field, words["default"]) else set()
    examples = words.get("examples")
    if isinstance(examples, list) and not all(value_fits(field, value) for value in examples):
        fitting = [value for value in examples if value_fits(field, value)]
        leaving |= set() if fitting else {"examples"}
        field = field.with_keyword("examples", fitting)
    if not leaving:
        return field
    return replace(field, keywords={key: value for key, value in field.words.items() if key not in leaving})


def value_fits(field: "Field", value: object) -> bool:
    """Say whether a value is of the field's type, as far as the type alone tells; constraints are not looked at."""
    kind, word = field.type, type_word(value)
    if kind in (FieldType.REFERENCE, FieldType.ONE_OF, FieldType.OTHER):
        return True
    if value is None and field.nullable:
        return True
    if kind is FieldType.CHOICE:
        return json_mark(value) in {json_mark(choice) for choice in field.choices}
    if kind is FieldType.CONSTANT:
        return json_mark(value) == json_mark(field.constant)
    if kind in TEXTUAL:
        return word == "string"
    if kind in NUMERIC:
        is_whole = word == "integer" or (isinstance(value, float) and value.is_integer())
        return is_whole or (kind is FieldType.NUMBER and word == "number")
    return word == kind.value


def _without(field: "Field", key: str) -> "Field":
    return replace(field, keywords={name: value for name, value in field.words.items() if name != key})


def _fresh(field: "Field", name: str) -> "Field":
    """Return a nameless field of a JSON type, of none for the blank."""
    keywords: JsonObject = {"type": name} if name else {}
    bare = replace(field, name="", required=False, keywords=keywords, properties=None, items=None)
    return replace(bare, branches=None, definitions=None)


def _other_name(field: "Field") -> str:
    return "integer" if field.type in TEXTUAL or field.type is FieldType.CHOICE else "string"
