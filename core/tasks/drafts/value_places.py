"""Leads from a place in a value to the field of the form that describes it, to show an error there."""

from core.tasks.builder import SchemaDraft
from core.tasks.drafts.definitions import target_of
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import ITEM, Field
from core.tasks.drafts.paths import DEFINITIONS, Path
from core.tasks.schemas.json_values import Loc


def path_of_value(draft: SchemaDraft, loc: Loc) -> Path:
    """Return the path of the field for a place in a value, or of the innermost field around it; () is the root.

    References lead on into their definition; of several shapes the first that has such a part counts.
    """
    path, field = _resolved(draft, (), draft.root)
    for step in loc:
        found = _step_into(draft, path, field, step, seen=set())
        if found is None:
            return path
        path, field = found
    return path


def _step_into(
    draft: SchemaDraft, path: Path, field: Field, step: str | int, *, seen: set[Path]
) -> tuple[Path, Field] | None:
    path, field = _resolved(draft, path, field)
    if path in seen:  # a shape that offers itself
        return None
    seen.add(path)
    if field.type is FieldType.OBJECT:
        for index, child in enumerate(field.fields or ()):
            if child.name == step:
                return (*path, index), child
    elif field.type is FieldType.ARRAY and isinstance(step, int) and field.item is not None:
        return (*path, ITEM), field.item
    elif field.type is FieldType.ONE_OF:
        for index, shape in enumerate(field.shapes):
            found = _step_into(draft, (*path, index), shape, step, seen=seen)
            if found is not None:
                return found
    return None


def _resolved(draft: SchemaDraft, path: Path, field: Field) -> tuple[Path, Field]:
    """Follow references from definition to definition; a circle of nothing but references ends where it began."""
    for _ in range(len(draft.definitions) + 1):
        name = target_of(draft.root, field)
        places = [index for index, one in enumerate(draft.definitions) if one.name == name]
        if field.reference == "#":
            path, field = (), draft.root
        elif places:
            path, field = (DEFINITIONS, places[0]), draft.definitions[places[0]]
    return path, field
