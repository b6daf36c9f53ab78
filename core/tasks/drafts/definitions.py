"""Named definitions: reusable shapes that fields refer to, also from inside themselves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from core.errors import InvalidInputError
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import Field
from core.tasks.drafts.local_references import (
    follow_move,
    places_that_refer,
    references_of,
    split_reference,
    write_reference,
)
from core.tasks.drafts.paths import DEFINITIONS, Path, field_at, is_definition, rebuilt
from core.tasks.drafts.schema_parts import can_unwrap, split, unwrapped, wrapped
from core.tasks.schemas.json_values import copy_json


def add_definition(root: Field, name: str, shape: Field) -> Field:
    """Add a definition at the end. Raises: InvalidInputError: the name is blank or taken."""
    _check_name(root, name)
    key = root.definitions_key
    if root.definitions is None and (key in root.words or root.keywords is False):
        raise InvalidInputError(f"“{key}” is not an object here. Mend it in the JSON tab first.")
    holder = root if root.definitions is not None else root.with_keyword(key, {})
    return replace(holder, definitions=(*(root.definitions or ()), replace(shape, name=name, required=False)))


def rename_definition(root: Field, old: str, new: str) -> Field:
    """Rename a definition; every reference to it or into it follows."""
    field = definition_named(root, old)
    if old == new:
        return root
    _check_name(root, new)
    renamed = rebuilt(root, (DEFINITIONS, old), lambda _: replace(field, name=new))
    key = root.definitions_key
    return follow_move(renamed, old=(key, old), new=(key, new))


def remove_definition(root: Field, name: str) -> Field:
    """Remove a definition that nothing outside it refers to. Raises: InvalidInputError: something does."""
    definition_named(root, name)
    uses = [path for path in uses_of(root, name) if _owner(root, path) != name]
    if uses:
        count = f"{len(uses)} places" if len(uses) > 1 else "one place"
        raise InvalidInputError(f"“{name}” is used in {count}. Change what refers to it first.")
    rest = tuple(field for field in root.definitions or () if field.name != name)
    without = replace(root, definitions=rest)
    return without if rest else replace(without.with_keyword(root.definitions_key, None), definitions=None)


def unused_definitions(root: Field) -> list[str]:
    """Return the definitions that the schema does not reach, not even through others."""
    links: dict[str, set[str]] = {}
    for path, targets in _links(root):
        links.setdefault(_owner(root, path), set()).update(targets)
    reached: set[str] = set()
    todo = list(links.get("", ()))
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(links.get(name, ()))
    return [field.name for field in root.definitions or () if field.name not in reached]


def remove_unused(root: Field) -> Field:
    """Remove every definition that the schema does not reach."""
    unused = set(unused_definitions(root))
    if not unused:
        return root
    rest = tuple(field for field in root.definitions or () if field.name not in unused)
    without = replace(root, definitions=rest)
    return without if rest else replace(without.with_keyword(root.definitions_key, None), definitions=None)


def uses_of(root: Field, name: str) -> list[Path]:
    """Return the paths of the fields that refer to a definition, in their kept keywords too."""
    return [path for path, targets in _links(root) if name in targets]


def count_uses(root: Field) -> dict[str, int]:
    """Return for each definition that is referred to how many fields do, in one walk."""
    return dict(Counter(name for _, targets in _links(root) for name in targets))


def reference_to(root: Field, name: str) -> str:
    """Return the text of a reference to a definition."""
    return write_reference((root.definitions_key, name))


def target_of(root: Field, field: Field) -> str | None:
    """Return the definition that a reference names; None for anything else, the root and parts of definitions."""
    loc = split_reference(field.reference)
    is_named = loc is not None and len(loc) == 2 and loc[0] == root.definitions_key
    return str(loc[1]) if loc is not None and is_named else None


def extract_definition(root: Field, path: Path, name: str) -> Field:
    """Turn the shape of a field into a definition, and the field into a reference to it."""
    field = field_at(root, path)
    if not path or (len(path) == 2 and is_definition(root, path)) or field.type is FieldType.REFERENCE:
        raise InvalidInputError("Only the shape of a field can become a definition.")
    _check_name(root, name)
    holder = field.shape
    shape = split(holder)
    target = reference_to(root, name)
    referring = rebuilt(root, path, lambda one: one.in_shape(lambda inner: wrapped(inner, {"$ref": target})))
    return add_definition(referring, name, shape)


def inline_definition(root: Field, path: Path) -> Field:
    """Put the shape of a definition in the place of a reference to it.

    Raises: InvalidInputError: it is no such reference, or other keywords stand beside it that would be mixed up.
    """
    name = target_of(root, field_at(root, path))
    if name is None:
        raise InvalidInputError("Only a reference to a definition can be written out.")
    shape = definition_named(root, name)

    def write_out(field: Field) -> Field:
        if not can_unwrap(field, shape, key="$ref"):
            raise InvalidInputError("Other keywords stand beside the reference, so it cannot be written out.")
        return unwrapped(field, replace(shape, keywords=copy_json(shape.keywords)), key="$ref")

    return rebuilt(root, path, lambda field: field.in_shape(write_out))


def definition_named(root: Field, name: str) -> Field:
    """Return a definition. Raises: InvalidInputError: there is none of this name."""
    for field in root.definitions or ():
        if field.name == name:
            return field
    raise InvalidInputError(f"There is no definition “{name}” any more.", hint="Open the schema again.")


def _check_name(root: Field, name: str) -> None:
    if not name.strip():
        raise InvalidInputError("A definition needs a name.")
    if any(field.name == name for field in root.definitions or ()):
        raise InvalidInputError(f"There is a definition “{name}” already. Choose another name.")


def _links(root: Field) -> Iterator[tuple[Path, set[str]]]:
    """Yield for each field with references to definitions, the root included, which they are."""
    key = root.definitions_key
    for path, _, field in places_that_refer(root):
        locs = [split_reference(reference) for reference in _references_at(field)]
        targets = {str(loc[1]) for loc in locs if loc is not None and len(loc) >= 2 and loc[0] == key}
        if targets:
            yield path, targets


def _references_at(field: Field) -> Iterator[str]:
    """Yield the references of a field and of the wrapping around its shape beside null."""
    yield from (reference for _, reference in references_of(field))
    index = field.shape_index
    for number, branch in enumerate(field.branches or ()):
        if index is not None:
            inner = _references_at(branch) if number == index else (text for _, text in references_of(branch))
            yield from inner


def _owner(root: Field, path: Path) -> str:
    """Return the definition that a path lies in, blank for none."""
    return field_at(root, path[:2]).name if is_definition(root, path[:2]) else ""
