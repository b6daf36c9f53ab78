"""Edits of the form that add, remove and move fields. Knows no Streamlit."""

from typing import Annotated, Literal

from pydantic import Field as Limits

from core.errors import InvalidInputError
from core.tasks.builder import DEFINITIONS, ITEM, FieldType, Path, SchemaDraft, make_field
from core.tasks.drafts.destinations import (
    after_insertion,
    after_move,
    after_removal,
    inner_place,
    innermost,
    landing,
    outer_place,
    siblings_of,
)
from pages.ui.builder.field_words import say_field
from pages.ui.builder.form_state import FormState
from pages.ui.builder.sent_change import read_type, with_first_target
from pages.ui.builder.sent_edit import FieldEdit, Index, SentEdit, SentPath, Whole, holder_path


class AddEdit(SentEdit):
    """Put a field without a name into an object, or a shape into a “one of”; at the end where `index` is None."""

    do: Literal["add"]
    parent: SentPath
    index: Index | None = None
    type: str | None = None

    @property
    def place(self) -> Path | None:
        return tuple(self.parent)

    def made(self, form: FormState) -> FormState:
        draft = form.draft
        kind = FieldType.STRING if self.type is None else read_type(self.type)
        if kind is FieldType.OTHER:
            raise InvalidInputError("Choose one of the types; what the form cannot edit is written in the JSON tab.")
        parent = _innermost_path(draft, holder_path(draft, self.parent))
        holder = draft.get_field(parent)
        is_field = holder.type is FieldType.OBJECT
        count = len(holder.children)
        new = (*parent, count if self.index is None else min(self.index, count))
        field = make_field("", kind) if is_field else make_field("", kind, required=False)
        changed = draft.add_field(field, parent=parent, index=int(new[-1]))
        after = form.go_on(with_first_target(changed, new), label="Add a field" if is_field else "Add a shape")
        return self.select(after, None if form.selected is None else after_insertion(form.selected, new))


class RemoveEdit(FieldEdit):
    """Take out a field, a shape or a definition."""

    do: Literal["remove"]

    def made(self, form: FormState) -> FormState:
        draft, path = form.draft, _row_path(form.draft, self, "removed")
        after = form.go_on(draft.remove_field(path), label=f"Remove {say_field(draft, path)}")
        return self.select(after, None if form.selected is None else after_removal(form.selected, path))


class DuplicateEdit(FieldEdit):
    """Put a copy behind a field, a shape or a definition."""

    do: Literal["duplicate"]

    def made(self, form: FormState) -> FormState:
        draft, path = form.draft, _row_path(form.draft, self, "duplicated")
        after = form.go_on(draft.duplicate_field(path), label=f"Duplicate {say_field(draft, path)}")
        copy = (*path[:-1], int(path[-1]) + 1)
        return self.select(after, None if form.selected is None else after_insertion(form.selected, copy))


class MoveEdit(FieldEdit):
    """Move a field by some places among its siblings, as far as there is room."""

    do: Literal["move"]
    by: Annotated[Whole, Limits(ge=-1_000_000, le=1_000_000)]

    def made(self, form: FormState) -> FormState:
        path = _row_path(form.draft, self, "moved")
        return _move_among_siblings(form, self, path, int(path[-1]) + self.by)


class PutEdit(FieldEdit):
    """Move a field into `parent`, before what stands at `index` there now."""

    do: Literal["put"]
    parent: SentPath
    index: Index

    def made(self, form: FormState) -> FormState:
        draft, path = form.draft, _row_path(form.draft, self, "moved")
        parent = holder_path(draft, self.parent)
        if parent != path[:-1]:
            parent = _innermost_path(draft, parent)
        if parent == path[:-1]:
            is_behind = self.index > int(path[-1])
            return _move_among_siblings(form, self, path, self.index - 1 if is_behind else self.index)
        if (DEFINITIONS,) in (parent, path[:-1]):
            raise InvalidInputError("A definition stays among the definitions, and a field among the fields.")
        return _move_into(form, self, path, parent, min(self.index, len(draft.get_field(parent).children)))


class IntoEdit(FieldEdit):
    """Move a field into the nearest object before it, or into what the nearest list of objects holds."""

    do: Literal["into"]

    def made(self, form: FormState) -> FormState:
        path = _row_path(form.draft, self, "moved")
        found = None if path[:-1] == (DEFINITIONS,) else inner_place(form.draft.root, path)
        if found is None:
            raise InvalidInputError("There is no object above it to move it into.")
        return _move_into(form, self, path, *found)


class OutEdit(FieldEdit):
    """Move a field out of its object, to stand behind it."""

    do: Literal["out"]

    def made(self, form: FormState) -> FormState:
        path = _row_path(form.draft, self, "moved")
        found = outer_place(form.draft.root, path)
        if found is None:
            raise InvalidInputError("There is no object outside to move it to.")
        return _move_into(form, self, path, *found)


def _move_among_siblings(form: FormState, edit: FieldEdit, path: Path, index: int) -> FormState:
    draft = form.draft
    last = len(siblings_of(draft.root, path)) - 1
    wanted = min(max(index, 0), last)
    if wanted == path[-1]:
        return form
    after = form.go_on(draft.move_field_to(path, wanted), label=f"Move {say_field(draft, path)}")
    return _selected_after_move(form, after, edit, old=path, new=(*path[:-1], wanted))


def _move_into(form: FormState, edit: FieldEdit, path: Path, parent: Path, index: int) -> FormState:
    draft = form.draft
    moved = draft.move_field_into(path, parent, index=index)
    after = form.go_on(moved, label=f"Move {say_field(draft, path)}")
    return _selected_after_move(form, after, edit, old=path, new=landing(path, parent, index))


def _selected_after_move(form: FormState, after: FormState, edit: FieldEdit, *, old: Path, new: Path) -> FormState:
    return edit.select(after, None if form.selected is None else after_move(form.selected, old, new))


def _row_path(draft: SchemaDraft, edit: FieldEdit, verb: str) -> Path:
    """Return the path by index of a field, shape or definition. Raises: InvalidInputError: it is none of these."""
    path = edit.at(draft)
    if not path:
        raise InvalidInputError(f"The whole schema cannot be {verb}.")
    if path[-1] == ITEM:
        raise InvalidInputError(f"What a list holds cannot be {verb} on its own. Do it with the list.")
    return path


def _innermost_path(draft: SchemaDraft, parent: Path) -> Path:
    """Return the path of what can hold fields: for a list of objects its item."""
    if parent == (DEFINITIONS,):
        return parent
    return (*parent, *innermost(draft.get_field(parent))[0])
