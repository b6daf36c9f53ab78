"""One field of a schema as the form shows it, kept beside the JSON it came from so that nothing gets lost."""

from dataclasses import dataclass, replace
from typing import Any, Final, TypedDict, Unpack

from core.errors import InvalidInputError
from core.tasks.field_types import (
    FORMATS,
    NUMERIC,
    OWNED,
    FieldType,
    Number,
    allows_null,
    choices_of,
    json_type,
    number_at,
    type_name,
    type_of,
)
from core.tasks.json_values import JsonObject, copy_json

ITEM: Final = "[]"
"""The step of a path that goes from a list to what it holds."""

# Below this many levels a schema is kept as it is and not offered for editing.
_MAX_EDITED_DEPTH = 64


class FieldDetails(TypedDict, total=False):
    """What can be said of a field beside its name and type. For the bounds, None means no bound."""

    description: str
    required: bool
    nullable: bool
    choices: tuple[str, ...]
    minimum: Number | None
    maximum: Number | None


class FieldChanges(FieldDetails, total=False):
    """What can be changed at a field; what is not named stays."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Field:
    """A field, or the root, or what a list holds (these two have no name).

    `keywords` is the schema as written (any JSON value, since any may be found), except that `fields` and `item`
    stand for its `properties` and `items` where they are not None. Treat it as read-only.
    """

    name: str = ""
    required: bool = False
    keywords: Any = True  # Any: a JSON value the user wrote
    fields: tuple["Field", ...] | None = None
    item: "Field | None" = None

    @property
    def type(self) -> FieldType:
        """What the form shows it as."""
        return type_of(self._words)

    @property
    def description(self) -> str:
        """What the model is told about it."""
        text = self._words.get("description")
        return text if isinstance(text, str) else ""

    @property
    def nullable(self) -> bool:
        """Whether null is allowed, as far as the form can tell."""
        return allows_null(self._words)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values of a choice, without null."""
        return choices_of(self._words) or ()

    @property
    def minimum(self) -> Number | None:
        """The smallest number allowed."""
        return number_at(self._words, "minimum")

    @property
    def maximum(self) -> Number | None:
        """The largest number allowed."""
        return number_at(self._words, "maximum")

    @property
    def kept(self) -> JsonObject:
        """The keywords that the form does not edit for this type, to be shown read-only (a copy)."""
        edited = {"description"}
        if self.type is not FieldType.OTHER:
            edited |= {"type", *OWNED[self.type]} - {"additionalProperties"}
        return {key: copy_json(value) for key, value in self._words.items() if key not in edited}

    @property
    def _words(self) -> JsonObject:
        return self.keywords if isinstance(self.keywords, dict) else {}

    def to_json_schema(self) -> Any:  # Any: whatever JSON value was read
        """Return the schema of this field, as written except for what was edited."""
        if not isinstance(self.keywords, dict):
            return copy_json(self.keywords)
        written: JsonObject = {}
        for key, value in self.keywords.items():
            if key == "properties" and self.fields is not None:
                written[key] = {field.name: field.to_json_schema() for field in self.fields}
            elif key == "items" and self.item is not None:
                written[key] = self.item.to_json_schema()
            elif key == "required" and self.fields is not None:
                written |= self._required_entry(value)
            else:
                written[key] = copy_json(value)
        if "required" not in self.keywords and any(field.required for field in self.fields or ()):
            written |= self._required_entry([])
        return written

    def _required_entry(self, original: object) -> JsonObject:
        """Return `required` changed no more than the fields ask for; nothing when an edit emptied it."""
        names = {field.name for field in self.fields or ()}
        wanted = list(dict.fromkeys(field.name for field in self.fields or () if field.required))
        if not isinstance(original, list):
            return {"required": wanted or copy_json(original)}
        kept = [name for name in original if not isinstance(name, str) or name not in names or name in wanted]
        entries = kept + [name for name in wanted if name not in kept]
        return {"required": copy_json(entries)} if entries or not original else {}

    def with_keyword(self, key: str, value: object) -> "Field":
        """Return it with a keyword set where it stands, or at the end; None removes it."""
        if value is None:
            return replace(self, keywords={name: old for name, old in self._words.items() if name != key})
        return replace(self, keywords={**self._words, key: value})

    def with_fields(self, fields: tuple["Field", ...]) -> "Field":
        """Return it holding these fields."""
        holder = self if "properties" in self._words else self.with_keyword("properties", {})
        return replace(holder, fields=fields)

    def with_item(self, item: "Field") -> "Field":
        """Return the list holding this."""
        holder = self if "items" in self._words else self.with_keyword("items", {})
        return replace(holder, item=item)

    def changed(self, **changes: Unpack[FieldChanges]) -> "Field":
        """Return it with the changes; a change to what it already is changes nothing.

        Raises: InvalidInputError: the change does not fit the type of the field.
        """
        result = replace(self, name=changes.get("name", self.name), required=changes.get("required", self.required))
        if "type" in changes and changes["type"] != result.type:
            result = result._as_type(FieldType(changes["type"]))
        if "description" in changes and changes["description"] != result.description:
            result = result._with_description(changes["description"])
        if "choices" in changes and changes["choices"] != result.choices:
            result = result._with_choices(changes["choices"])
        if "nullable" in changes and changes["nullable"] != result.nullable:
            result = result._with_null(is_allowed=changes["nullable"])
        if "minimum" in changes and changes["minimum"] != result.minimum:
            result = result._with_bound("minimum", changes["minimum"])
        if "maximum" in changes and changes["maximum"] != result.maximum:
            result = result._with_bound("maximum", changes["maximum"])
        return result

    def _as_type(self, wanted: FieldType) -> "Field":
        if wanted is FieldType.OTHER:
            raise InvalidInputError("Choose one of the types; what the form cannot edit is written in the JSON tab.")
        staying = () if self.type is FieldType.OTHER else OWNED[wanted]
        leaving = set(OWNED[self.type]) - set(staying)
        is_nullable = self.nullable and self.type is not FieldType.OTHER
        named = [json_type(wanted), "null"] if is_nullable else json_type(wanted)
        words = {key: value for key, value in self._words.items() if key not in leaving}
        words = {**words, "type": named} if "type" in words else {"type": named, **words}
        return _started(replace(self, keywords=words, fields=None, item=None), wanted)

    def _with_description(self, text: str) -> "Field":
        if not isinstance(self.keywords, dict) and self.keywords is not True:
            raise InvalidInputError(f"“{self.name}” can have no description. Choose a type first.")
        return self.with_keyword("description", text or None)

    def _with_choices(self, choices: tuple[str, ...]) -> "Field":
        if self.type is not FieldType.CHOICE:
            raise InvalidInputError(f"“{self.name}” is not a choice. Change its type first.")
        old = self._words["enum"]
        null: list[object] = [None] if None in old else []
        return self.with_keyword("enum", [*null, *choices] if old[:1] == [None] else [*choices, *null])

    def _with_null(self, *, is_allowed: bool) -> "Field":
        if self.type is FieldType.OTHER:
            raise InvalidInputError(f"Whether “{self.name}” may be null is written in the JSON tab.")
        words = dict(self._words)
        if self.type is FieldType.CHOICE:
            entries = [entry for entry in words["enum"] if entry is not None]
            words["enum"] = [*entries, None] if is_allowed else entries
        if "type" in words:
            words["type"] = [type_name(words), "null"] if is_allowed else type_name(words)
        elif self.type is FieldType.OBJECT:
            words = {"type": ["object", "null"], **words}
        return replace(self, keywords=words)

    def _with_bound(self, key: str, bound: Number | None) -> "Field":
        if bound is not None and self.type not in NUMERIC:
            raise InvalidInputError(f"“{self.name}” is not a number. Change its type first.")
        return self.with_keyword(key, bound)


def read_field(schema: object, *, name: str = "", required: bool = False, depth: int = 0) -> Field:
    """Read a schema, or whatever stands in its place, into a field that renders to the very same JSON."""
    if not isinstance(schema, dict) or depth >= _MAX_EDITED_DEPTH:
        return Field(name, required, copy_json(schema))
    found = type_of(schema)
    inside = {FieldType.OBJECT: "properties", FieldType.ARRAY: "items"}.get(found)
    words: JsonObject = {key: {} if key == inside else copy_json(value) for key, value in schema.items()}
    if found is FieldType.ARRAY and "items" in schema:
        return Field(name, required, words, item=read_field(schema["items"], depth=depth + 1))
    if found is not FieldType.OBJECT or "properties" not in schema:
        return Field(name, required, words)
    listed = schema.get("required")
    fields = tuple(
        read_field(inner, name=key, required=isinstance(listed, list) and key in listed, depth=depth + 1)
        for key, inner in schema["properties"].items()
    )
    return Field(name, required, words, fields=fields)


def make_field(name: str, field_type: FieldType = FieldType.STRING, **details: Unpack[FieldDetails]) -> Field:
    """Return a new field, required unless said otherwise. A new list holds strings, a new object nothing yet."""
    base = Field(name, True, {"type": json_type(field_type)})
    return _started(base, field_type).changed(**details)


def _started(field: Field, field_type: FieldType) -> Field:
    """Give a field that has just become this type what the type cannot be without."""
    if field_type in FORMATS:
        return field.with_keyword("format", FORMATS[field_type])
    if field_type is FieldType.CHOICE:
        return field.with_keyword("enum", [None] if isinstance(field.keywords["type"], list) else [])
    if field_type is FieldType.ARRAY:
        return field.with_item(Field(keywords={"type": "string"}))
    if field_type is FieldType.OBJECT:
        return field.with_fields(()).with_keyword("additionalProperties", False)
    return field
