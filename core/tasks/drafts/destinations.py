"""Where a field can move to, and where everything stands afterwards. All paths are by index."""

from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import ITEM, Field
from core.tasks.drafts.paths import Path, field_at, is_definition


def innermost(field: Field) -> tuple[Path, Field]:
    """Return the steps through a list, or a list of lists, to what it holds in the end, and that."""
    steps: Path = ()
    while field.type is FieldType.ARRAY:
        steps, field = (*steps, ITEM), field.item or Field(keywords={})
    return steps, field


def siblings_of(root: Field, path: Path) -> tuple[Field, ...]:
    """Return the fields, shapes or definitions among which the path ends. Raises: InvalidInputError."""
    if len(path) == 2 and is_definition(root, path):
        return root.definitions or ()
    return field_at(root, path[:-1]).children


def outer_place(root: Field, path: Path) -> tuple[Path, int] | None:
    """Return the next object outside the one a field is in, and the index behind that; None when there is none."""
    outermost = 2 if is_definition(root, path) else 0
    for length in range(len(path) - 2, outermost - 1, -1):
        if field_at(root, path[:length]).type is FieldType.OBJECT:
            return path[:length], int(path[length]) + 1
    return None


def inner_place(root: Field, path: Path) -> tuple[Path, int] | None:
    """Return the nearest object before a field, or what the nearest list of objects holds, and the index of its end.

    None when no sibling before it is one.
    """
    for place in range(int(path[-1]) - 1, -1, -1):
        before = (*path[:-1], place)
        steps, holder = innermost(field_at(root, before))
        if holder.type is FieldType.OBJECT:
            return (*before, *steps), len(holder.children)
    return None


def landing(path: Path, parent: Path, index: int) -> Path:
    """Return where a field stands once it has moved into another object, whose path is as of before."""
    return (*(after_removal(parent, path) or parent), index)


def after_removal(path: Path, gone: Path) -> Path | None:
    """Return where something stands after the removal of another; None when it went along."""
    depth = len(gone) - 1
    if path[: depth + 1] == gone:
        return None
    return _shifted(path, depth, -1) if _is_at_or_behind(path, gone) else path


def after_insertion(path: Path, new: Path) -> Path:
    """Return where something stands after another was put in at `new`."""
    return _shifted(path, len(new) - 1, 1) if _is_at_or_behind(path, new) else path


def after_move(path: Path, old: Path, new: Path) -> Path:
    """Return where something stands after a move, which what is inside the moved field follows.

    `new` is where that one stands now.
    """
    rest = after_removal(path, old)
    return (*new, *path[len(old) :]) if rest is None else after_insertion(rest, new)


def _is_at_or_behind(path: Path, other: Path) -> bool:
    depth = len(other) - 1
    if len(path) <= depth or path[:depth] != other[:depth]:
        return False
    step, mark = path[depth], other[depth]
    return isinstance(step, int) and isinstance(mark, int) and step >= mark


def _shifted(path: Path, depth: int, by: int) -> Path:
    return (*path[:depth], int(path[depth]) + by, *path[depth + 1 :])
