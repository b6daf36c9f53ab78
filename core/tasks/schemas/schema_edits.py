"""Small edits of a JSON document by path, which keep the order of keys and leave the original alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import InvalidInputError
from core.tasks.schemas.json_equality import json_mark
from core.tasks.schemas.json_values import Loc, copy_json

Json = Any  # Any: JSON the user wrote


class EditKind(StrEnum):
    """What an edit does at its place; all but `SET` and `ADD` need the place to be there."""

    SET = "set"
    """Put `value` at the key, where it stands or at the end."""
    REMOVE = "remove"
    """Take the key out of its object."""
    RENAME = "rename"
    """Call the key `value` from now on."""
    ADD = "add"
    """Put `value` at the end of the list unless it is there; a missing list is begun."""
    DROP = "drop"
    """Take every item that equals `value` out of the list; an emptied list goes away."""
    DROP_REPEATS = "drop_repeats"
    """Keep only the first of the items that equal `value`."""
    REPLACE = "replace"
    """Put the second of the two texts of `value` in place of each item that is the first."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. `loc` is the path to what is edited: a key of an object, or the list that an item goes in or out of."""

    kind: EditKind
    loc: Loc
    value: Json = None


def apply_edits(document: Json, edits: Iterable[Edit]) -> Json:
    """Return the document with the edits made one after another.

    Raises: InvalidInputError: a place is not there, or is not what the edit takes.
    """
    edited = copy_json(document)
    for edit in edits:
        holder = _holder(edited, edit.loc)
        _ACTIONS[edit.kind](holder, edit.loc[-1], copy_json(edit.value))
    return edited


def _holder(document: Json, loc: Loc) -> Json:
    if not loc:
        raise _outdated()
    node = document
    for step in loc[:-1]:
        node = _child(node, step)
    is_list_item = isinstance(node, list) and isinstance(loc[-1], int) and loc[-1] < len(node)
    if not isinstance(node, dict) and not is_list_item:
        raise _outdated()
    return node


def _child(node: Json, step: str | int) -> Json:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    raise _outdated()


def _set(holder: Json, key: str | int, value: Json) -> None:
    holder[key] = value


def _remove(holder: Json, key: str | int, _: Json) -> None:
    _find(holder, key)
    del holder[key]


def _rename(holder: Json, key: str | int, value: Json) -> None:
    _find(holder, key)
    if not isinstance(holder, dict) or value in holder:
        raise _outdated()
    items = [(value if name == key else name, inner) for name, inner in holder.items()]
    holder.clear()
    holder.update(items)


def _add(holder: Json, key: str | int, value: Json) -> None:
    if isinstance(holder, dict) and key not in holder:
        holder[key] = []
    items = _find_list(holder, key)
    if json_mark(value) not in map(json_mark, items):
        items.append(value)


def _drop(holder: Json, key: str | int, value: Json) -> None:
    mark = json_mark(value)
    left = [item for item in _find_list(holder, key) if json_mark(item) != mark]
    if left or isinstance(holder, list):
        holder[key] = left
    else:
        del holder[key]


def _drop_repeats(holder: Json, key: str | int, value: Json) -> None:
    items = _find_list(holder, key)
    mark = json_mark(value)
    places = [index for index, item in enumerate(items) if json_mark(item) == mark]
    holder[key] = [item for index, item in enumerate(items) if index not in places[1:]]


def _replace(holder: Json, key: str | int, value: Json) -> None:
    old, new = value
    mark = json_mark(old)
    holder[key] = [new if json_mark(item) == mark else item for item in _find_list(holder, key)]


def _find(holder: Json, key: str | int) -> Json:
    if isinstance(holder, dict) and key not in holder:
        raise _outdated()
    return holder[key]


def _find_list(holder: Json, key: str | int) -> list[Json]:
    items = _find(holder, key)
    if not isinstance(items, list):
        raise _outdated()
    return items


def _outdated() -> InvalidInputError:
    return InvalidInputError("The schema has changed since. Look at its findings again.")


_ACTIONS: Mapping[EditKind, Callable[[Json, str | int, Json], None]] = {
    EditKind.SET: _set,
    EditKind.REMOVE: _remove,
    EditKind.RENAME: _rename,
    EditKind.ADD: _add,
    EditKind.DROP: _drop,
    EditKind.DROP_REPEATS: _drop_repeats,
    EditKind.REPLACE: _replace,
}
