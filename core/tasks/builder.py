"""The model behind the form that builds a schema: an ordered tree of fields, edited without losing anything.

A draft is immutable; every edit returns a new one. A path is a tuple of steps from the root: in an object the index
or the name of a field, in a list the step `ITEM`, in a “one of” the index of a shape. `("address", 0)` is the first
field of the object “address”, `("tags", ITEM)` what the list “tags” holds, `(DEFINITIONS, "node", "next")` a field
of the definition “node”. A shape that may be null takes no step of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Unpack

from core.errors import Detail
from core.tasks.drafts import definitions as defs
from core.tasks.drafts import edits as draft_edits
from core.tasks.drafts.constraints import Bound
from core.tasks.drafts.field_changes import FieldChanges
from core.tasks.drafts.field_reading import make_field, read_root
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import ITEM, Field
from core.tasks.drafts.nothing import NOTHING
from core.tasks.drafts.paths import DEFINITIONS, Path, field_at, is_definition, loc_at, walk_fields
from core.tasks.drafts.problems import find_problems
from core.tasks.schemas.json_equality import same_json
from core.tasks.schemas.json_values import JsonSchema, Loc, to_pointer
from core.tasks.schemas.short_form import expand_short_form

__all__ = [
    "DEFINITIONS",
    "ITEM",
    "NOTHING",
    "Bound",
    "Field",
    "FieldChanges",
    "FieldType",
    "Path",
    "SchemaDraft",
    "expand_short_form",
    "from_json_schema",
    "make_field",
    "new_draft",
]


@dataclass(frozen=True, slots=True)
class SchemaDraft:
    """A schema being edited. `to_json_schema` gives back exactly what was read, apart from the edits."""

    root: Field

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the root, in order."""
        return self.root.fields or ()

    @property
    def definitions(self) -> tuple[Field, ...]:
        """The named definitions, in order."""
        return self.root.definitions or ()

    def to_json_schema(self) -> Any:  # Any: the JSON that was read, a dict unless the schema was a boolean
        """Return the schema. Of fields with the same name only the last one is in it: see `problems` first."""
        return self.root.to_json_schema()

    def is_changed(self, original: "SchemaDraft | JsonSchema") -> bool:
        """Say whether it would be written differently, by a single key's place or 1 for 1.0."""
        if isinstance(original, SchemaDraft):
            return self.root != original.root
        return not same_json(self.to_json_schema(), original)

    def get_field(self, path: Path) -> Field:
        """Return the field at the path, the root for (). Raises: InvalidInputError: nothing is there."""
        return field_at(self.root, path)

    def walk(self) -> Iterator[tuple[Path, Field]]:
        """Yield every editable place with its path by index, in reading order; the root itself is not among them."""
        return ((path, field) for path, _, field in walk_fields(self.root))

    def places(self) -> Iterator[tuple[Path, Loc, Field]]:
        """Yield the same with the steps to each place in the JSON."""
        return walk_fields(self.root)

    def pointer_to(self, path: Path) -> str:
        """Return the JSON pointer to the field at a path. Raises: InvalidInputError: nothing is there."""
        return to_pointer(loc_at(self.root, path))

    def path_to(self, pointer: str) -> Path:
        """Return the path of the field that a JSON pointer leads to or into, the innermost one; () is the root."""
        found: Path = ()
        longest = 0
        for path, loc, _ in walk_fields(self.root):
            place = to_pointer(loc)
            if len(place) > longest and (pointer == place or pointer.startswith(place + "/")):
                found, longest = path, len(place)
        return found

    def add_field(self, field: Field, *, parent: Path = (), index: int | None = None) -> "SchemaDraft":
        """Put a field into an object, or a shape into a “one of”, at the end unless `index` says where.

        Raises: InvalidInputError: neither is there.
        """
        return SchemaDraft(draft_edits.add_child(self.root, field, parent=parent, index=index))

    def remove_field(self, path: Path) -> "SchemaDraft":
        """Take out a field, a shape of a “one of”, or a definition that nothing refers to.

        Raises: InvalidInputError: the path does not end at one, or it is still needed.
        """
        if len(path) == 2 and is_definition(self.root, path):
            return self.remove_definition(self.get_field(path).name)
        return SchemaDraft(draft_edits.remove_child(self.root, path))

    def move_field(self, path: Path, offset: int) -> "SchemaDraft":
        """Move a field by this many places among its siblings, as far as there is room. Raises: InvalidInputError."""
        return SchemaDraft(draft_edits.move_child(self.root, path, offset=offset))

    def move_field_to(self, path: Path, index: int) -> "SchemaDraft":
        """Move a field to this index among its siblings, as far as there is room. Raises: InvalidInputError."""
        return SchemaDraft(draft_edits.move_child(self.root, path, index=index))

    def move_field_into(self, path: Path, parent: Path, *, index: int | None = None) -> "SchemaDraft":
        """Move a field into another object, at the end unless `index` says where; references to it follow.

        Both paths are as of now. Raises: InvalidInputError: no object is there, it is inside the field, or it has a
        field of this name.
        """
        return SchemaDraft(draft_edits.move_into(self.root, path, parent, index=index))

    def move_field_out(self, path: Path) -> "SchemaDraft":
        """Move a field to the next object outside, to stand behind the one it came from.

        Raises: InvalidInputError: there is none, or it has a field of this name.
        """
        return SchemaDraft(draft_edits.move_out(self.root, path))

    def duplicate_field(self, path: Path) -> "SchemaDraft":
        """Put a copy of a field behind it, named `name_2` or the next free number. Raises: InvalidInputError."""
        return SchemaDraft(draft_edits.duplicate_child(self.root, path))

    def replace_field(self, path: Path, field: Field) -> "SchemaDraft":
        """Put another field in the place of one, or of what a list holds, or of the root; references follow its name.

        Raises: InvalidInputError: nothing is there.
        """
        return SchemaDraft(draft_edits.replace_child(self.root, path, field))

    def change_field(self, path: Path, **changes: Unpack[FieldChanges]) -> "SchemaDraft":
        """Change what is named at a field; see `FieldChanges`. Raises: InvalidInputError: it does not fit the type."""
        field = self.get_field(path)
        changed = field.changed(**changes)
        return self if changed is field else self.replace_field(path, changed)

    def rename_field(self, path: Path, name: str) -> "SchemaDraft":
        """Rename a field; its place, whether it is required, and references to it stay. Raises: InvalidInputError."""
        return self.change_field(path, name=name)

    def without_unnamed(self) -> "SchemaDraft":
        """Return it without the fields that have no name yet, for a preview."""
        draft = self
        for path, loc, field in reversed(list(walk_fields(self.root))):
            if len(loc) >= 2 and loc[-2] == "properties" and isinstance(path[-1], int) and not field.name.strip():
                draft = SchemaDraft(draft_edits.remove_child(draft.root, path))
        return draft

    def add_definition(self, name: str, shape: Field | None = None) -> "SchemaDraft":
        """Add a named definition, an empty object unless a shape is given.

        Raises: InvalidInputError: the name is blank or taken.
        """
        given = make_field(name, FieldType.OBJECT) if shape is None else shape
        return SchemaDraft(defs.add_definition(self.root, name, given))

    def rename_definition(self, old: str, new: str) -> "SchemaDraft":
        """Rename a definition; every reference follows. Raises: InvalidInputError: it is gone, or the name is taken."""
        return SchemaDraft(defs.rename_definition(self.root, old, new))

    def remove_definition(self, name: str) -> "SchemaDraft":
        """Remove a definition. Raises: InvalidInputError: something outside it still refers to it."""
        return SchemaDraft(defs.remove_definition(self.root, name))

    def remove_unused_definitions(self) -> "SchemaDraft":
        """Remove every definition that the schema does not reach, those that only refer to each other included."""
        return SchemaDraft(defs.remove_unused(self.root))

    def unused_definitions(self) -> list[str]:
        """Return the names of the definitions that the schema does not reach."""
        return defs.unused_definitions(self.root)

    def uses_of(self, name: str) -> list[Path]:
        """Return the paths of the fields that refer to a definition, () for the root itself."""
        return defs.uses_of(self.root, name)

    def reference_to(self, name: str) -> str:
        """Return the text of a reference to a definition, as `Field.changed(reference=…)` takes it."""
        return defs.reference_to(self.root, name)

    def target_of(self, path: Path) -> str | None:
        """Return which definition the reference at a path names; None for anything else."""
        return defs.target_of(self.root, self.get_field(path))

    def extract_definition(self, path: Path, name: str) -> "SchemaDraft":
        """Make the shape of a field a definition and the field a reference to it. Raises: InvalidInputError."""
        return SchemaDraft(defs.extract_definition(self.root, path, name))

    def inline_definition(self, path: Path) -> "SchemaDraft":
        """Put the shape of a definition in the place of a reference to it. Raises: InvalidInputError."""
        return SchemaDraft(defs.inline_definition(self.root, path))

    def problems(self) -> list[Detail]:
        """Return what keeps the draft from being saved, with JSON pointers; the gate checks the rest."""
        return find_problems(self.root)


def from_json_schema(schema: JsonSchema) -> SchemaDraft:
    """Read any JSON Schema; what the form cannot edit is kept as it is."""
    return SchemaDraft(read_root(schema))


def new_draft() -> SchemaDraft:
    """Return the draft of an object without fields, which allows no others."""
    return from_json_schema({"type": "object", "properties": {}, "required": [], "additionalProperties": False})
