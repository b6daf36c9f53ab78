"""What keeps a draft from being saved, in plain words. The gate checks the rest when it is."""

from collections import Counter
from collections.abc import Iterator

from core.errors import Detail
from core.tasks.drafts.choices import read_choices
from core.tasks.drafts.constraints import constraints_for, contradictions
from core.tasks.drafts.field_types import FieldType
from core.tasks.drafts.fields import Field
from core.tasks.drafts.local_references import places_that_refer, references_of, split_reference
from core.tasks.drafts.paths import walk_fields
from core.tasks.schemas.json_equality import json_mark
from core.tasks.schemas.json_values import Loc, show_value, to_pointer


def find_problems(root: Field) -> list[Detail]:
    """Return every problem with the JSON pointer of its place, in reading order."""
    names = {field.name for field in root.definitions or ()}
    referring = {loc for _, loc, _ in places_that_refer(root)}
    places: list[tuple[Loc, Field]] = [((), root), *((loc, field) for _, loc, field in walk_fields(root))]
    problems = [
        Detail(place=to_pointer(steps), message=text)
        for steps, text in _name_problems(root.definitions, key=root.definitions_key)
    ]
    for loc, field in places:
        for inner, shape in _shapes_of(field):
            found = [*_problems_of(shape)]
            found += _reference_problems(root, shape, names) if loc in referring else []
            problems += [Detail(place=to_pointer((*loc, *inner, *steps)), message=text) for steps, text in found]
    return problems


def _shapes_of(field: Field) -> Iterator[tuple[Loc, Field]]:
    """Yield a field and, where it may be null, the shape beside null."""
    yield (), field
    index = field.shape_index
    if index is not None and field.branches is not None:
        for loc, shape in _shapes_of(field.branches[index]):
            yield (field.branches_key, index, *loc), shape


def _problems_of(field: Field) -> Iterator[tuple[Loc, str]]:
    yield from _name_problems(field.properties, key="properties")
    if field.branches is not None:
        return
    kind = field.type
    if kind is FieldType.CHOICE:
        yield from _choice_problems(field)
    limits = {one.keyword: field.words.get(one.keyword) for one in constraints_for(kind)}
    yield from (((), text) for text in contradictions(limits))


def _name_problems(fields: tuple[Field, ...] | None, *, key: str) -> Iterator[tuple[Loc, str]]:
    for name, count in Counter(field.name for field in fields or ()).items():
        if not name.strip():
            yield (key, name), "needs a name"
        elif count > 1:
            where = "in one object" if key == "properties" else "among the definitions"
            yield (key, name), f"stands {count} times {where}; names must differ"


def _choice_problems(field: Field) -> Iterator[tuple[Loc, str]]:
    found = read_choices(field.words)
    place: Loc = () if found is None else (found.place,)
    if not field.choices and not (found is not None and found.has_null):
        yield place, "needs at least one choice"
    if any(isinstance(choice, str) and not choice.strip() for choice in field.choices):
        yield place, "has an empty choice"
    counted = Counter(json_mark(choice) for choice in field.choices)
    for choice in field.choices:
        count = counted.pop(json_mark(choice), 0)
        if count > 1 and not (isinstance(choice, str) and not choice.strip()):
            yield place, f"holds the choice {show_value(choice)} {count} times"


def _reference_problems(root: Field, field: Field, names: set[str]) -> Iterator[tuple[Loc, str]]:
    for loc, reference in references_of(field):
        target = split_reference(reference)
        if target is None or (len(target) == 2 and target[0] == root.definitions_key and target[1] in names):
            continue
        if target in (("$defs", ""), ("definitions", "")):
            yield (*loc, "$ref"), "needs a definition to refer to"
        elif not _leads_somewhere(root, target):
            yield (*loc, "$ref"), f"refers to {show_value(reference)}, which is not in this schema"


def _leads_somewhere(root: Field, target: Loc) -> bool:
    node: object = root.to_json_schema() if target else {}
    for step in target:
        text = str(step)
        if isinstance(node, dict) and text in node:
            node = node[text]
        elif isinstance(node, list) and text.isdecimal() and int(text) < len(node):
            node = node[int(text)]
        else:
            return False
    return True
