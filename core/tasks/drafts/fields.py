"""One field of a schema as the form shows it, kept beside the JSON it came from so that nothing gets lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, Unpack

from core.tasks.drafts.choices import read_choices
from core.tasks.drafts.constraints import Bound, Setting, bound_of, constraints_for
from core.tasks.drafts.field_changes import FieldChanges, change_field
from core.tasks.drafts.field_rendering import kept_keywords, render_field
from core.tasks.drafts.field_types import NUMERIC, UNIONS, FieldType, Number, allows_null, is_null_schema, type_of
from core.tasks.drafts.nothing import NOTHING
from core.tasks.schemas.json_equality import same_json
from core.tasks.schemas.json_values import JsonObject, Loc, copy_json

ITEM: Final = "[]"
"""The step of a path that goes from a list to what it holds."""

Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field, the root, a definition, what a list holds, or one shape of several (these two have no name).

    `keywords` is the schema as written (any JSON value, since any may be found), except that `properties`, `items`,
    `branches` and `definitions` stand for its keywords where they are not None. Treat it as read-only. A schema that
    only says “this shape or null” is shown as the shape itself: everything below looks through it.
    """

    name: str = ""
    required: bool = False
    keywords: Any = True  # Any: a JSON value the user wrote
    properties: tuple["Field", ...] | None = None
    items: "Field | None" = None
    branches: tuple["Field", ...] | None = None
    definitions: tuple["Field", ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Compare as text would: a default of 1 is not a default of true."""
        if not isinstance(other, Field):
            return NotImplemented
        mine = (self.name, self.required, self.properties, self.items, self.branches, self.definitions)
        theirs = (other.name, other.required, other.properties, other.items, other.branches, other.definitions)
        return self is other or (mine == theirs and same_json(self.keywords, other.keywords))

    def __hash__(self) -> int:
        return hash((self.name, self.required))

    @property
    def words(self) -> JsonObject:
        """The keywords, none for a boolean schema."""
        return self.keywords if isinstance(self.keywords, dict) else {}

    @property
    def shape_index(self) -> int | None:
        """Where among `branches` the only shape beside null stands; None when there are several, or none."""
        places = [index for index, branch in enumerate(self.branches or ()) if not is_null_schema(branch.keywords)]
        return places[0] if len(places) == 1 else None

    @property
    def shape(self) -> "Field":
        """What it is when it is not null: mostly itself."""
        index = self.shape_index
        return self if index is None or self.branches is None else self.branches[index].shape

    @property
    def type(self) -> FieldType:
        """What the form shows it as."""
        shape = self.shape
        if shape.branches is not None:
            return FieldType.ONE_OF
        found = type_of(shape.words)
        is_unread = (
            found is FieldType.ONE_OF
            or (found is FieldType.OBJECT and shape.properties is None and "properties" in shape.words)
            or (found is FieldType.ARRAY and shape.items is None and "items" in shape.words)
        )
        return FieldType.OTHER if is_unread else found

    @property
    def nullable(self) -> bool:
        """Whether null is allowed, as far as the form can tell."""
        if self.branches is not None:
            index = self.shape_index
            is_listed = any(is_null_schema(branch.keywords) for branch in self.branches)
            return is_listed or (index is not None and self.branches[index].nullable)
        return allows_null(self.words)

    @property
    def title(self) -> str:
        """What people may call it instead of its name."""
        return self._text("title")

    @property
    def description(self) -> str:
        """What the model is told about it."""
        return self._text("description")

    @property
    def default(self) -> Any:  # Any: a JSON value the user wrote
        """The value that is meant when it is left out; `NOTHING` when none is given."""
        return copy_json(self.holder_of("default").words.get("default", NOTHING))

    @property
    def examples(self) -> tuple[Any, ...]:  # Any: JSON values the user wrote
        """Values to show the model."""
        values = self.holder_of("examples").words.get("examples")
        return tuple(copy_json(values)) if isinstance(values, list) else ()

    @property
    def choices(self) -> tuple[Any, ...]:  # Any: JSON values the user wrote
        """The values of a choice, without null."""
        found = read_choices(self.shape.words) if self.type is FieldType.CHOICE else None
        return () if found is None else found.values

    @property
    def notes(self) -> tuple[str, ...]:
        """What the model is told about each of the choices, blank for none."""
        found = read_choices(self.shape.words) if self.type is FieldType.CHOICE else None
        return () if found is None else found.notes

    @property
    def constant(self) -> Any:  # Any: a JSON value the user wrote
        """The only value allowed; `NOTHING` unless it is a constant."""
        is_constant = self.type is FieldType.CONSTANT
        return copy_json(self.shape.words["const"]) if is_constant else NOTHING

    @property
    def reference(self) -> str:
        """Where a reference points, as written (`#/$defs/node`); blank unless it is a reference."""
        return str(self.shape.words["$ref"]) if self.type is FieldType.REFERENCE else ""

    @property
    def constraints(self) -> dict[str, Setting]:
        """The constraints that are set and fit the type, by the name that `changed` takes."""
        words = self.shape.words
        found = {one.name: one.read(words) for one in constraints_for(self.type)}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def minimum(self) -> Number | None:
        """The smallest number allowed."""
        return _number(self.constraints.get("minimum"))

    @property
    def maximum(self) -> Number | None:
        """The largest number allowed."""
        return _number(self.constraints.get("maximum"))

    @property
    def lower(self) -> Bound | None:
        """The limit below, inclusive or not."""
        return bound_of(self.shape.words, "minimum") if self.type in NUMERIC else None

    @property
    def upper(self) -> Bound | None:
        """The limit above, inclusive or not."""
        return bound_of(self.shape.words, "maximum") if self.type in NUMERIC else None

    @property
    def allows_others(self) -> bool:
        """Whether an object may hold more than its fields, as far as the form can tell."""
        return self.shape.words.get("additionalProperties") is not False

    @property
    def fields(self) -> tuple["Field", ...] | None:
        """The fields of an object; None when it is none or names no properties."""
        return self.shape.properties

    @property
    def item(self) -> "Field | None":
        """What a list holds; None when it is no list or may hold anything."""
        return self.shape.items

    @property
    def shapes(self) -> tuple["Field", ...]:
        """The shapes of a “one of”, without null."""
        branches = self.shape.branches or ()
        return tuple(branch for branch in branches if not is_null_schema(branch.keywords))

    @property
    def children(self) -> tuple["Field", ...]:
        """What a path steps to by index: the fields of an object, the shapes of a “one of”."""
        return (self.fields or ()) if self.type is FieldType.OBJECT else self.shapes

    @property
    def kept_keywords(self) -> JsonObject:
        """What the form does not edit at this field, to be shown read-only (a copy).

        The key is the keyword; of the shape beside null it is `anyOf/0/…`.
        """
        return kept_keywords(self)

    @property
    def branches_key(self) -> str:
        """The keyword that `branches` stands for."""
        return next(key for key in UNIONS if key in self.words)

    @property
    def definitions_key(self) -> str:
        """The keyword that holds the named definitions, or would: `definitions` up to draft-07, else `$defs`."""
        for key in ("$defs", "definitions"):
            if key in self.words:
                return key
        dialect = self.words.get("$schema")
        return "definitions" if isinstance(dialect, str) and "draft-0" in dialect else "$defs"

    def _text(self, key: str) -> str:
        text = self.holder_of(key).words.get(key)
        return text if isinstance(text, str) else ""

    def holder_of(self, key: str) -> "Field":
        """Return where an annotation stands, or would: outside, unless only the shape beside null has it."""
        shape = self.shape
        return shape if key not in self.words and key in shape.words else self

    def to_json_schema(self) -> Any:  # Any: whatever JSON value was read
        """Return the schema of this field, as written except for what was edited."""
        return render_field(self)

    def inside(self) -> Iterator[tuple[Step, Loc, "Field"]]:
        """Yield what can be edited in it: the step of a path, the steps of a JSON pointer, the field."""
        index = self.shape_index
        if index is not None and self.branches is not None:
            for step, loc, child in self.branches[index].inside():
                yield step, (self.branches_key, index, *loc), child
            return
        for place, child in enumerate(self.properties or ()):
            yield place, ("properties", child.name), child
        if self.items is not None:
            yield ITEM, ("items",), self.items
        place = 0
        for number, child in enumerate(self.branches or ()):
            if not is_null_schema(child.keywords):
                yield place, (self.branches_key, number), child
                place += 1

    def in_shape(self, edit: Callable[["Field"], "Field"]) -> "Field":
        """Return it with its shape edited, where it may be null: the shape beside null."""
        index = self.shape_index
        if index is None or self.branches is None:
            return edit(self)
        changed = self.branches[index].in_shape(edit)
        return replace(self, branches=(*self.branches[:index], changed, *self.branches[index + 1 :]))

    def with_keyword(self, key: str, value: object) -> "Field":
        """Return it with a keyword set where it stands, or at the end; None removes it."""
        if value is None:
            return replace(self, keywords={name: old for name, old in self.words.items() if name != key})
        return replace(self, keywords={**self.words, key: value})

    def with_children(self, children: tuple["Field", ...]) -> "Field":
        """Return the object holding these fields, or the “one of” these shapes."""
        return self.in_shape(lambda shape: shape._with_children(children))

    def _with_children(self, children: tuple["Field", ...]) -> "Field":
        if self.branches is None:
            holder = self if "properties" in self.words else self.with_keyword("properties", {})
            return replace(holder, properties=children)
        nulls = [(index, one) for index, one in enumerate(self.branches) if is_null_schema(one.keywords)]
        branches = list(children)
        for index, null in nulls:
            branches.insert(len(branches) if index == len(self.branches) - 1 else index, null)
        return replace(self, branches=tuple(branches))

    def with_item(self, item: "Field") -> "Field":
        """Return the list holding this."""

        def put(shape: "Field") -> "Field":
            holder = shape if "items" in shape.words else shape.with_keyword("items", {})
            return replace(holder, items=item)

        return self.in_shape(put)

    def changed(self, **changes: Unpack[FieldChanges]) -> "Field":
        """Return it with the changes; a change to what it already is changes nothing.

        Raises: InvalidInputError: the change does not fit the type of the field.
        """
        return change_field(self, changes)


def _number(value: Setting | None) -> Number | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
