"""The model behind the form that builds a schema: an ordered tree of fields, edited without losing anything.

A draft is immutable; every edit returns a new one. A path is a tuple of steps from the root: in an object the index
or the name of a field, in a list the step `ITEM`. `("address", 0)` is the first field of the object “address”,
`("tags", ITEM)` what the list “tags” holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from core.errors import Detail, InvalidInputError
from core.tasks.field_types import NUMERIC, FieldType
from core.tasks.fields import ITEM, Field, make_field, read_field
from core.tasks.json_values import JsonSchema, Loc, to_pointer
from core.tasks.short_form import expand_short_form

__all__ = [
    "ITEM",
    "Field",
    "FieldType",
    "SchemaDraft",
    "expand_short_form",
    "from_json_schema",
    "make_field",
    "new_draft",
]

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SchemaDraft:
    """A schema being edited. `to_json_schema` gives back exactly what was read, apart from the edits."""

    root: Field

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the root, in order."""
        return self.root.fields or ()

    def to_json_schema(self) -> Any:  # Any: the JSON that was read, a dict unless the schema was a boolean
        """Return the schema. Of fields with the same name only the last one is in it: see `problems` first."""
        return self.root.to_json_schema()

    def get_field(self, path: Path) -> Field:
        """Return the field at the path, the root for (). Raises: InvalidInputError: nothing is there."""
        field = self.root
        for step in path:
            field = _child(field, step)
        return field

    def walk(self) -> Iterator[tuple[Path, Field]]:
        """Yield every editable place with its path by index, in reading order; the root itself is not among them."""
        return _walk(self.root, ())

    def add_field(self, field: Field, *, parent: Path = (), index: int | None = None) -> "SchemaDraft":
        """Put a field into an object, at the end unless `index` says where. Raises: InvalidInputError."""

        def add(holder: Field) -> Field:
            if holder.type is not FieldType.OBJECT:
                raise InvalidInputError("Only an object can hold fields. Change its type to object first.")
            fields = list(holder.fields or ())
            fields.insert(len(fields) if index is None else index, field)
            return holder.with_fields(tuple(fields))

        return self._edited(parent, add)

    def remove_field(self, path: Path) -> "SchemaDraft":
        """Take a field out of its object. Raises: InvalidInputError: the path does not end at a field."""

        def remove(holder: Field, position: int) -> Field:
            fields = holder.fields or ()
            gone = fields[position]
            rest = fields[:position] + fields[position + 1 :]
            return _rename_required(holder, rest, old=gone.name, new=None).with_fields(rest)

        return self._edited_holder(path, remove)

    def move_field(self, path: Path, offset: int) -> "SchemaDraft":
        """Move a field by this many places among its siblings, as far as there is room. Raises: InvalidInputError."""

        def move(holder: Field, position: int) -> Field:
            fields = list(holder.fields or ())
            field = fields.pop(position)
            fields.insert(min(max(position + offset, 0), len(fields)), field)
            return holder.with_fields(tuple(fields))

        return self._edited_holder(path, move)

    def replace_field(self, path: Path, field: Field) -> "SchemaDraft":
        """Put another field in the place of one, or of what a list holds, or of the root.

        Raises: InvalidInputError: nothing is there.
        """
        if not path or _is_item(self.get_field(path[:-1]), path[-1]):
            return self._edited(path, lambda _: field)

        def swap(holder: Field, position: int) -> Field:
            old = holder.fields or ()
            fields = (*old[:position], field, *old[position + 1 :])
            return _rename_required(holder, fields, old=old[position].name, new=field.name).with_fields(fields)

        return self._edited_holder(path, swap)

    def problems(self) -> list[Detail]:
        """Return what keeps the draft from being saved, with JSON pointers; the gate checks the rest."""
        found: list[Detail] = []
        todo: list[tuple[Loc, Field]] = [((), self.root)]
        while todo:
            loc, field = todo.pop()
            found += [Detail(place=to_pointer((*loc, *step)), message=text) for step, text in _problems_of(field)]
            if field.item is not None:
                todo.append(((*loc, "items"), field.item))
            inner = [((*loc, "properties", child.name), child) for child in field.fields or ()]
            todo.extend(reversed(inner))
        return found

    def _edited(self, path: Path, edit: Callable[[Field], Field]) -> "SchemaDraft":
        return SchemaDraft(_rebuilt(self.root, path, edit))

    def _edited_holder(self, path: Path, edit: Callable[[Field, int], Field]) -> "SchemaDraft":
        if not path:
            raise InvalidInputError("The root is not a field.")
        return self._edited(path[:-1], lambda holder: edit(holder, _position(holder, path[-1])))


def from_json_schema(schema: JsonSchema) -> SchemaDraft:
    """Read any JSON Schema; what the form cannot edit is kept as it is."""
    return SchemaDraft(read_field(schema))


def new_draft() -> SchemaDraft:
    """Return the draft of an object without fields, which allows no others."""
    return from_json_schema({"type": "object", "properties": {}, "required": [], "additionalProperties": False})


def _walk(field: Field, path: Path) -> Iterator[tuple[Path, Field]]:
    for index, child in enumerate(field.fields or ()):
        yield (*path, index), child
        yield from _walk(child, (*path, index))
    if field.item is not None:
        yield (*path, ITEM), field.item
        yield from _walk(field.item, (*path, ITEM))


def _child(field: Field, step: str | int) -> Field:
    if _is_item(field, step):
        return field.item or Field(keywords={})
    return (field.fields or ())[_position(field, step)]


def _is_item(field: Field, step: str | int) -> bool:
    return step == ITEM and field.type is FieldType.ARRAY


def _position(holder: Field, step: str | int) -> int:
    fields = holder.fields or ()
    for index, field in enumerate(fields):
        if (isinstance(step, int) and step == index) or (isinstance(step, str) and step == field.name):
            return index
    raise InvalidInputError(f"There is no field {step!r} here any more.", hint="Open the schema again.")


def _rebuilt(field: Field, path: Path, edit: Callable[[Field], Field]) -> Field:
    if not path:
        return edit(field)
    step, rest = path[0], path[1:]
    changed = _rebuilt(_child(field, step), rest, edit)
    if _is_item(field, step):
        return field.with_item(changed)
    position = _position(field, step)
    fields = field.fields or ()
    return field.with_fields((*fields[:position], changed, *fields[position + 1 :]))


def _rename_required(holder: Field, fields: tuple[Field, ...], *, old: str, new: str | None) -> Field:
    """Follow a rename or removal in the list `required` as written, unless a sibling still has the old name."""
    entries = holder.keywords.get("required")
    if old == new or not isinstance(entries, list) or any(field.name == old for field in fields):
        return holder
    if new is None:
        entries = [entry for entry in entries if entry != old]
    else:
        entries = [new if entry == old else entry for entry in entries]
    return holder.with_keyword("required", entries or None)


def _problems_of(field: Field) -> Iterator[tuple[Loc, str]]:
    names = [child.name for child in field.fields or ()]
    for name in dict.fromkeys(names):
        if not name.strip():
            yield ("properties", name), "needs a name"
        elif names.count(name) > 1:
            yield ("properties", name), f"stands {names.count(name)} times in one object; names must differ"
    if field.type is FieldType.CHOICE:
        yield from ((("enum",), text) for text in _choice_problems(field.choices))
    if field.type in NUMERIC:
        low, high = field.minimum, field.maximum
        if low is not None and high is not None and low > high:
            yield (), f"has a minimum ({low}) above its maximum ({high})"


def _choice_problems(choices: tuple[str, ...]) -> Iterator[str]:
    if not choices:
        yield "needs at least one choice"
    if any(not choice.strip() for choice in choices):
        yield "has an empty choice"
    for choice in dict.fromkeys(choices):
        if choice.strip() and choices.count(choice) > 1:
            yield f"holds the choice “{choice}” {choices.count(choice)} times"
