"""Finding and rebuilding what stands at a path of a draft.

A path is a tuple of steps from the root: in an object the index or the name of a field, in a list the step `ITEM`,
in a “one of” the index of a shape. A path that begins with `DEFINITIONS` goes to a named definition next. “This or
null” takes no step of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from core.errors import InvalidInputError
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import ITEM, Field, Step
from core.tasks.schemas.json_values import Loc

Path: TypeAlias = tuple[Step, ...]

DEFINITIONS: Final = "$defs"
"""The first step of a path to a named definition, whatever the schema's keyword for them is."""


def field_at(root: Field, path: Path) -> Field:
    """Return the field at a path. Raises: InvalidInputError: nothing is there."""
    field, rest = root, path
    if is_definition(root, path[:2]):
        field, rest = _pick(root.definitions or (), path[1])[1], path[2:]
    for step in rest:
        field = _child(field, step)
    return field


def walk_fields(root: Field) -> Iterator[tuple[Path, Loc, Field]]:
    """Yield every editable place below the root with its path by index and its steps in the JSON, in reading order."""
    yield from _walk(root, (), ())
    for index, field in enumerate(root.definitions or ()):
        path, loc = (DEFINITIONS, index), (root.definitions_key, field.name)
        yield path, loc, field
        yield from _walk(field, path, loc)


def _walk(field: Field, path: Path, loc: Loc) -> Iterator[tuple[Path, Loc, Field]]:
    for step, steps, child in field.inside():
        inner, place = (*path, step), (*loc, *steps)
        yield inner, place, child
        yield from _walk(child, inner, place)


def loc_at(root: Field, path: Path) -> Loc:
    """Return the steps in the JSON to the field at a path. Raises: InvalidInputError: nothing is there."""
    field, rest = root, path
    loc: Loc = ()
    if is_definition(root, path[:2]):
        field, rest = _pick(root.definitions or (), path[1])[1], path[2:]
        loc = (root.definitions_key, field.name)
    for step in by_index(field, rest):
        steps, field = next((steps, child) for place, steps, child in field.inside() if place == step)
        loc = (*loc, *steps)
    return loc


def by_index(root: Field, path: Path) -> Path:
    """Return the same path with every name replaced by its index. Raises: InvalidInputError: nothing is there."""
    field, rest = root, path
    steps: Path = ()
    if is_definition(root, path[:2]):
        index, field = _pick(root.definitions or (), path[1])
        steps, rest = (DEFINITIONS, index), path[2:]
    for step in rest:
        steps = (*steps, step if is_item(field, step) else position(field, step))
        field = _child(field, step)
    return steps


def rebuilt(root: Field, path: Path, edit: Callable[[Field], Field]) -> Field:
    """Return the root with the field at a path edited. Raises: InvalidInputError: nothing is there."""
    if not is_definition(root, path[:2]):
        return _rebuilt(root, path, edit)
    definitions = root.definitions or ()
    index, field = _pick(definitions, path[1])
    changed = _rebuilt(field, path[2:], edit)
    return replace(root, definitions=(*definitions[:index], changed, *definitions[index + 1 :]))


def rebuilt_holder(root: Field, path: Path, edit: Callable[[tuple[Field, ...], int], tuple[Field, ...]]) -> Field:
    """Return the root with the siblings at a path edited, their list `required` as written left alone.

    Raises: InvalidInputError: the path does not end at a field, a shape or a definition.
    """
    if not path:
        raise InvalidInputError("The root is not a field.")
    if len(path) == 2 and is_definition(root, path):
        definitions = root.definitions or ()
        return replace(root, definitions=edit(definitions, _pick(definitions, path[1])[0]))
    return rebuilt(
        root, path[:-1], lambda holder: holder.with_children(edit(holder.children, position(holder, path[-1])))
    )


def is_definition(root: Field, path: Path) -> bool:
    """Say whether a path goes to a named definition, or into one."""
    return len(path) >= 2 and path[0] == DEFINITIONS and root.definitions is not None


def is_item(field: Field, step: Step) -> bool:
    """Say whether a step from a field goes to what a list holds."""
    return step == ITEM and field.type is FieldType.ARRAY


def position(holder: Field, step: Step) -> int:
    """Return where among the children of a field a step goes. Raises: InvalidInputError: nothing is there."""
    return _pick(holder.children, step)[0]


def _pick(fields: tuple[Field, ...], step: Step) -> tuple[int, Field]:
    if isinstance(step, int) and 0 <= step < len(fields):
        return step, fields[step]
    if isinstance(step, str):
        for index, field in enumerate(fields):
            if step == field.name:
                return index, field
    raise InvalidInputError(f"There is no field {step!r} here any more.", hint="Open the schema again.")


def _child(field: Field, step: Step) -> Field:
    if is_item(field, step):
        return field.item or Field(keywords={})
    return _pick(field.children, step)[1]


def _rebuilt(field: Field, path: Path, edit: Callable[[Field], Field]) -> Field:
    if not path:
        return edit(field)
    step, rest = path[0], path[1:]
    changed = _rebuilt(_child(field, step), rest, edit)
    if is_item(field, step):
        return field.with_item(changed)
    place = position(field, step)
    return field.with_children((*field.children[:place], changed, *field.children[place + 1 :]))
