"""The details of the selected field. Knows no Streamlit."""

import json
from typing import Any, Final

from core.tasks.builder import DEFINITIONS, ITEM, Field, FieldType, Path, SchemaDraft
from pages.ui.builder.field_controls import Shown, controls_of
from pages.ui.builder.view_types import DetailsView, KeptView, SectionView

_LONGEST_KEPT: Final = 300


def build_details(draft: SchemaDraft, path: Path) -> DetailsView:
    """Return the details of the field at a path, () being the root. Raises: InvalidInputError: nothing is there."""
    field = draft.get_field(path)
    shown = Shown(description=not path)
    sections: list[SectionView] = [{"path": list(path), "title": "", "controls": controls_of(field, shown)}]
    kept, level, title = kept_views(field), field, ""
    while level.type is FieldType.ARRAY:
        level = level.item or Field(keywords={})
        path_to_level = [*sections[-1]["path"], ITEM]
        title = f"{title} of each item" if title else "Each item"
        controls = controls_of(level, Shown(title=False, description=True, values=False))
        sections.append({"path": path_to_level, "title": title, "controls": controls})
        kept += kept_views(level, prefix="items/" * (len(sections) - 1))
    return {
        "path": list(path),
        "sections": sections,
        "kept": kept,
        "canExtract": bool(path) and path[:-1] != (DEFINITIONS,) and field.type is not FieldType.REFERENCE,
        "canInline": draft.target_of(path) in {one.name for one in draft.definitions},
    }


def kept_views(field: Field, *, prefix: str = "") -> list[KeptView]:
    """Return what the form does not edit at a field."""
    if not isinstance(field.keywords, dict):
        return [{"keyword": prefix.removesuffix("/"), "text": _compact(field.keywords)}]
    return [{"keyword": prefix + name, "text": _compact(value)} for name, value in field.kept_keywords.items()]


def _compact(value: Any) -> str:  # Any: JSON the user wrote
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= _LONGEST_KEPT else f"{text[: _LONGEST_KEPT - 1]}…"
