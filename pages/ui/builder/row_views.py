"""The rows of the form: every field, shape and definition in reading order. Knows no Streamlit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.tasks.builder import DEFINITIONS, ITEM, Field, FieldType, Path, SchemaDraft
from core.tasks.drafts.definitions import count_uses, target_of
from pages.ui.builder.field_badges import ANYTHING, badges_of
from pages.ui.builder.view_types import ItemView, RowKind, RowView, Steps

_ANYTHING = Field(keywords={})


@dataclass(frozen=True, slots=True)
class _Holder:
    """What rows stand in: `is_inner` says whether an object stands further out, to which fields can move."""

    path: Path
    field: Field
    type: FieldType
    depth: int
    is_inner: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """A field through all that its lists hold: each level with its path and type, the field itself first."""

    levels: tuple[tuple[Path, Field, FieldType], ...]

    @property
    def inside(self) -> Steps:
        """The steps from the field to what can hold fields."""
        return [ITEM] * (len(self.levels) - 1)

    @property
    def holds(self) -> Literal["fields", "shapes"] | None:
        """What can be added in the innermost."""
        return holds(self.levels[-1][2])


def holds(kind: FieldType) -> Literal["fields", "shapes"] | None:
    """Return what can be added in a field of this type."""
    return "fields" if kind is FieldType.OBJECT else "shapes" if kind is FieldType.ONE_OF else None


def chain_of(path: Path, field: Field) -> Chain:
    """Return the field and what its lists hold; a list of anything holds a field of the type `other`."""
    levels = [(path, field, field.type)]
    while levels[-1][2] is FieldType.ARRAY:
        path, field, _ = levels[-1]
        item = field.item or _ANYTHING
        levels.append(((*path, ITEM), item, item.type))
    return Chain(tuple(levels))


def build_rows(draft: SchemaDraft) -> list[RowView]:
    """Return the rows of the root's fields, then of the definitions, each followed by what is inside it."""
    path, field, kind = chain_of((), draft.root).levels[-1]
    rows = list(_rows_in(draft, _Holder(path, field, kind, 0, is_inner=False)))
    uses = count_uses(draft.root)
    for index, definition in enumerate(draft.definitions):
        chain = chain_of((DEFINITIONS, index), definition)
        row = _row(draft, chain, depth=0, kind="definition")
        rows.append({**row, "uses": uses.get(definition.name, 0)})
        rows += _rows_below(draft, chain, depth=1, is_inner=False)
    return rows


def _rows_in(draft: SchemaDraft, holder: _Holder) -> Iterator[RowView]:
    is_object = holder.type is FieldType.OBJECT
    kind: RowKind = "field" if is_object else "shape"
    can_move_into = False
    for index, field in enumerate(holder.field.children if holds(holder.type) else ()):
        chain = chain_of((*holder.path, index), field)
        row = _row(draft, chain, depth=holder.depth, kind=kind)
        row["canMoveOut"] = is_object and holder.is_inner
        row["canMoveInto"] = is_object and can_move_into
        yield row
        yield from _rows_below(draft, chain, depth=holder.depth + 1, is_inner=is_object or holder.is_inner)
        can_move_into = can_move_into or chain.holds == "fields"


def _rows_below(draft: SchemaDraft, chain: Chain, *, depth: int, is_inner: bool) -> Iterator[RowView]:
    path, field, kind = chain.levels[-1]
    return _rows_in(draft, _Holder(path, field, kind, depth, is_inner))


def _row(draft: SchemaDraft, chain: Chain, *, depth: int, kind: RowKind) -> RowView:
    path, field, found = chain.levels[0]
    return {
        "id": 0,
        "path": list(path),
        "depth": depth,
        "kind": kind,
        "name": field.name,
        "required": kind == "field" and field.required,
        "type": found.value,
        "description": field.description,
        "title": field.title,
        "items": [_item(draft, level) for level in chain.levels[1:]],
        "inside": chain.inside,
        "holds": chain.holds,
        "target": target_of(draft.root, field) if found is FieldType.REFERENCE else None,
        "badges": _badges(draft, chain.levels),
        "canMoveOut": False,
        "canMoveInto": False,
        "uses": 0,
        "marks": [],
    }


def _item(draft: SchemaDraft, level: tuple[Path, Field, FieldType]) -> ItemView:
    path, field, kind = level
    target = target_of(draft.root, field) if kind is FieldType.REFERENCE else None
    is_anything = field.keywords is True or field.keywords == {}
    return {"path": list(path), "type": ANYTHING if is_anything else kind.value, "target": target}


def _badges(draft: SchemaDraft, levels: Sequence[tuple[Path, Field, FieldType]]) -> list[str]:
    """Return the badges of a field, then those of what its list holds, which say so."""
    badges: list[str] = []
    for number, (_, field, kind) in enumerate(levels):
        own = [text for text in badges_of(field, kind) if not number or text != ANYTHING]
        if kind is FieldType.REFERENCE and target_of(draft.root, field) is None:
            own.insert(0, f"→ {field.reference}")
        badges += [f"{'each ' * number}{text}" for text in own]
    return badges
