"""Reads a schema into fields, and makes new ones."""

from typing import Final, Unpack

from core.tasks.drafts.field_changes import FieldDetails
from core.tasks.drafts.field_types import UNIONS, FieldType, json_type, type_of
from core.tasks.drafts.fields import Field
from core.tasks.drafts.type_changes import start_type
from core.tasks.schemas.json_values import JsonObject, JsonSchema, copy_json

# Below this many levels a schema is kept as it is and not offered for editing.
_MAX_EDITED_DEPTH: Final = 64


def read_root(schema: JsonSchema) -> Field:
    """Read a whole schema, its named definitions included."""
    root = read_field(schema)
    named = root.words.get(root.definitions_key)
    if not isinstance(named, dict):
        return root
    definitions = tuple(read_field(inner, name=name) for name, inner in named.items())
    words = {**root.words, root.definitions_key: {}}
    return Field(
        keywords=words, properties=root.properties, items=root.items, branches=root.branches, definitions=definitions
    )


def read_field(schema: object, *, name: str = "", required: bool = False, depth: int = 0) -> Field:
    """Read a schema, or whatever stands in its place, into a field that renders to the very same JSON."""
    if not isinstance(schema, dict) or depth >= _MAX_EDITED_DEPTH:
        return Field(name, required, copy_json(schema))
    found = type_of(schema)
    read = _read_keywords(schema, found)
    words: JsonObject = {key: copy_json(value) for key, value in schema.items() if key not in read}
    words = {key: words.get(key, [] if key in UNIONS else {}) for key in schema}
    deeper = depth + 1
    properties, branches = None, None
    if "properties" in read:
        listed = schema.get("required")
        needed = {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()
        properties = tuple(
            read_field(inner, name=key, required=key in needed, depth=deeper)
            for key, inner in schema["properties"].items()
        )
    items = read_field(schema["items"], depth=deeper) if "items" in read else None
    for key in read & set(UNIONS):
        branches = tuple(read_field(inner, depth=deeper) for inner in schema[key])
    return Field(name, required, words, properties=properties, items=items, branches=branches)


def _read_keywords(schema: JsonObject, found: FieldType) -> set[str]:
    """Return the keywords whose schemas become fields of their own."""
    wanted = {
        FieldType.OBJECT: {"properties"},
        FieldType.ARRAY: {"items"},
        FieldType.ONE_OF: set(UNIONS),
    }
    return wanted.get(found, set()) & schema.keys()


def make_field(name: str, field_type: FieldType = FieldType.STRING, **details: Unpack[FieldDetails]) -> Field:
    """Return a new field, required unless said otherwise. Raises: InvalidInputError: a detail does not fit the type.

    A new list holds strings, a new object nothing yet, a new “one of” a string or an integer; a new reference has no
    target unless one is given.
    """
    is_untyped = field_type in (FieldType.REFERENCE, FieldType.ONE_OF)
    keywords = {} if is_untyped else {"type": json_type(field_type)}
    return start_type(Field(name, True, keywords), field_type).changed(**details)
