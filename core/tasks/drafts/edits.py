"""The edits of a draft, as functions from one root to the next."""

import re
from dataclasses import replace

from core.errors import InvalidInputError
from core.tasks.drafts.destinations import after_removal, outer_place
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import Field
from core.tasks.drafts.local_references import follow_move
from core.tasks.drafts.paths import (
    Path,
    by_index,
    field_at,
    is_definition,
    is_item,
    loc_at,
    position,
    rebuilt,
    rebuilt_holder,
)

_NUMBERED = re.compile(r"^(.*)_(\d{1,6})$", re.DOTALL)


def add_child(root: Field, field: Field, *, parent: Path, index: int | None) -> Field:
    """Put a field into an object, or a shape into a “one of”."""

    def add(holder: Field) -> Field:
        if holder.type not in (FieldType.OBJECT, FieldType.ONE_OF):
            raise InvalidInputError("Only an object can hold fields. Change its type to object first.")
        children = list(holder.children)
        children.insert(len(children) if index is None else index, field)
        return holder.with_children(tuple(children))

    return rebuilt(root, parent, add)


def remove_child(root: Field, path: Path) -> Field:
    """Take a field out of its object, or a shape out of its “one of”."""
    _check_is_field(root, path)

    def remove(holder: Field) -> Field:
        place = position(holder, path[-1])
        children = holder.children
        gone, rest = children[place], children[:place] + children[place + 1 :]
        if holder.type is FieldType.ONE_OF and not rest:
            raise InvalidInputError("A “one of” needs at least one shape. Change its type instead.")
        return rename_required(holder, rest, old=gone.name, new=None).with_children(rest)

    return rebuilt(root, path[:-1], remove)


def replace_child(root: Field, path: Path, field: Field) -> Field:
    """Put another field in the place of one; references follow its name as long as it is the only one with it."""
    if not path or ((len(path) != 2 or not is_definition(root, path)) and is_item(field_at(root, path[:-1]), path[-1])):
        return rebuilt(root, path, lambda _: field)
    old, path = field_at(root, path), by_index(root, path)
    if is_definition(root, path) and len(path) == 2:
        root = rebuilt(root, path, lambda _: field)
        return root if old.name == field.name else _renamed(root, path, old.name)

    def swap(holder: Field) -> Field:
        place = position(holder, path[-1])
        children = (*holder.children[:place], field, *holder.children[place + 1 :])
        return rename_required(holder, children, old=old.name, new=field.name).with_children(children)

    root = rebuilt(root, path[:-1], swap)
    return root if old.name == field.name else _renamed(root, path, old.name)


def _renamed(root: Field, path: Path, old_name: str) -> Field:
    """Let references follow a rename, unless one of the two names is shared just now."""
    if is_definition(root, path) and len(path) == 2:
        siblings = root.definitions or ()
    else:
        siblings = field_at(root, path[:-1]).children
    name = field_at(root, path).name
    if any(field.name == old_name for field in siblings) or sum(field.name == name for field in siblings) > 1:
        return root
    new = loc_at(root, path)
    return follow_move(root, old=(*new[:-1], old_name), new=new)


def move_child(root: Field, path: Path, *, offset: int | None = None, index: int | None = None) -> Field:
    """Move among its siblings, by a number of places or to an index, as far as there is room."""

    def move(siblings: tuple[Field, ...], place: int) -> tuple[Field, ...]:
        fields = list(siblings)
        field = fields.pop(place)
        wanted = place + offset if offset is not None else (index or 0)
        fields.insert(min(max(wanted, 0), len(fields)), field)
        return tuple(fields)

    return rebuilt_holder(root, path, move)


def duplicate_child(root: Field, path: Path) -> Field:
    """Put a copy behind it, under a name that is free."""

    def double(siblings: tuple[Field, ...], place: int) -> tuple[Field, ...]:
        field = siblings[place]
        name = free_name(field.name, {sibling.name for sibling in siblings}) if field.name else ""
        return (*siblings[: place + 1], replace(field, name=name), *siblings[place + 1 :])

    return rebuilt_holder(root, path, double)


def move_into(root: Field, path: Path, parent: Path, *, index: int | None) -> Field:
    """Move a field into another object. References to it follow."""
    _check_is_field(root, path)
    path, parent = by_index(root, path), by_index(root, parent)
    holder, target = field_at(root, path[:-1]), field_at(root, parent)
    if holder.type is not FieldType.OBJECT or target.type is not FieldType.OBJECT:
        raise InvalidInputError("Fields move between objects only.")
    if parent[: len(path)] == path:
        raise InvalidInputError("A field cannot move into itself.")
    if parent == path[:-1]:
        return move_child(root, path, index=len(target.children) if index is None else index)
    field, old = field_at(root, path), loc_at(root, path)
    if any(sibling.name == field.name for sibling in target.children):
        raise InvalidInputError(f"There is a field “{field.name}” already. Rename one of the two first.")
    parent = after_removal(parent, path) or parent
    moved = add_child(remove_child(root, path), field, parent=parent, index=index)
    return follow_move(moved, old=old, new=(*loc_at(moved, parent), "properties", field.name))


def move_out(root: Field, path: Path) -> Field:
    """Move a field out of its object, to stand behind it in the next object outside."""
    _check_is_field(root, path)
    path = by_index(root, path)
    place = outer_place(root, path)
    if place is None:
        raise InvalidInputError("There is no object outside to move it to.")
    return move_into(root, path, place[0], index=place[1])


def free_name(wanted: str, taken: set[str]) -> str:
    """Return the name, or the next one counted up (`item_2`) when it is taken."""
    if wanted not in taken:
        return wanted
    numbered = _NUMBERED.match(wanted)
    stem, number = (numbered[1], int(numbered[2])) if numbered else (wanted, 1)
    while f"{stem}_{number}" in taken or number == 1:
        number += 1
    return f"{stem}_{number}"


def rename_required(holder: Field, fields: tuple[Field, ...], *, old: str, new: str | None) -> Field:
    """Follow a rename or removal in the list `required` as written, unless a sibling still has the old name."""
    entries = holder.shape.words.get("required") if holder.type is FieldType.OBJECT else None
    is_shared = any(field.name == old for field in fields)
    if old == new or is_shared or not isinstance(entries, list) or old not in entries:
        return holder
    if new is None:
        entries = [entry for entry in entries if entry != old]
    else:
        entries = [new if entry == old else entry for entry in entries]
    return holder.in_shape(lambda shape: shape.with_keyword("required", entries or None))


def _check_is_field(root: Field, path: Path) -> None:
    if not path:
        raise InvalidInputError("The root is not a field.")
    if len(path) == 2 and is_definition(root, path):
        raise InvalidInputError("A definition is not a field.")
