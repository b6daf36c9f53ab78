"""Finds the selected field again after an edit, an undo or a redo. Knows no Streamlit."""

from core.tasks.builder import DEFINITIONS, ITEM, Field, Path
from core.tasks.drafts.paths import field_at, is_item, walk_fields

_ANYTHING = Field(keywords={})


def follow(old: Field, new: Field, path: Path | None) -> Path | None:
    """Return where the field at a path of one root stands in another that came of it; None when it is gone.

    Drafts share what an edit left alone, so mostly it is the very same object; one that was changed is known by its
    name, else by being the only one that changed.
    """
    if path is None or not path:
        return path
    found = _same_way(old, new, path)
    return _only_place(old, new, field_at(old, path)) if found is None else found


def _same_way(old: Field, new: Field, path: Path) -> Path | None:
    if path[0] != DEFINITIONS or old.definitions is None:
        return _way_inside(old, new, path)
    place = _same_child(old.definitions, new.definitions or (), int(path[1]))
    if place is None or new.definitions is None:
        return None
    rest = _way_inside(old.definitions[int(path[1])], new.definitions[place], path[2:])
    return None if rest is None else (DEFINITIONS, place, *rest)


def _way_inside(old: Field, new: Field, path: Path) -> Path | None:
    if not path or old is new:
        return path
    if old.type is not new.type:
        return None
    if is_item(old, path[0]):
        rest = _way_inside(old.item or _ANYTHING, new.item or _ANYTHING, path[1:])
        return None if rest is None else (ITEM, *rest)
    place = _same_child(old.children, new.children, int(path[0]))
    if place is None:
        return None
    rest = _way_inside(old.children[int(path[0])], new.children[place], path[1:])
    return None if rest is None else (place, *rest)


def _same_child(old: tuple[Field, ...], new: tuple[Field, ...], place: int) -> int | None:
    field = old[place]
    for index, one in enumerate(new):
        if one is field:
            return index
    before, now = {id(one) for one in old}, {id(one) for one in new}
    changed = [one for one in old if id(one) not in now]
    fresh = [index for index, one in enumerate(new) if id(one) not in before]
    same_name = [one for one in changed if one.name == field.name]
    fresh_name = [index for index in fresh if new[index].name == field.name]
    if len(same_name) == len(fresh_name):
        return fresh_name[_rank(same_name, field)]
    return fresh[_rank(changed, field)] if len(changed) == len(fresh) else None


def _rank(fields: list[Field], field: Field) -> int:
    return next(index for index, one in enumerate(fields) if one is field)


def _only_place(old: Field, new: Field, field: Field) -> Path | None:
    """Return the place of the very same object, unless it stands, or stood, in several: copies share their insides."""
    before = [path for path, _, one in walk_fields(old) if one is field]
    now = [path for path, _, one in walk_fields(new) if one is field]
    return now[0] if len(before) == len(now) == 1 else None
