"""Builds what the form in the browser shows. Knows no Streamlit."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.tasks.builder import FieldType, Path, SchemaDraft
from core.tasks.drafts.field_search import find_fields
from core.tasks.drafts.history import DraftHistory
from pages.ui.builder.details_view import build_details, kept_views
from pages.ui.builder.form_state import FormState, Held, Mark, Refusal
from pages.ui.builder.row_ids import RowIds
from pages.ui.builder.row_views import build_rows, chain_of
from pages.ui.builder.sent_edit import shown_at
from pages.ui.builder.view_types import FormView, HeldView, MarkView, RefusalView, RowView, Steps

_MOST_FOUND: Final = 500
_EDIT_WITHOUT_LABEL: Final = "the last edit"


def build_view(form: FormState, *, marks: Sequence[Mark] = (), noun: str, ids: RowIds | None = None) -> FormView:
    """Return what the form shows; `noun` says what the schema is of. It is JSON through and through.

    `ids` are those of the views before, by which the browser knows fields again; None begins anew.
    """
    form = form.tidied()
    draft = form.draft
    rows = build_rows(draft)
    fields = (draft.get_field(tuple(row["path"])) for row in rows)
    for row, number in zip(rows, (ids or RowIds()).numbered(fields), strict=True):
        row["id"] = number
    root = chain_of((), draft.root)
    undo, redo = _labels(form.history)
    return {
        "applied": form.applied,
        "rows": rows,
        "details": None if form.selected is None else build_details(draft, form.selected),
        "selected": None if form.selected is None else list(form.selected),
        "undo": undo,
        "redo": redo,
        "found": _found(draft, form.search),
        "search": form.search,
        "held": [_held(one) for one in form.held],
        "refusal": _refusal(form.refusal),
        "definitions": [field.name for field in draft.definitions],
        "unused": len(draft.unused_definitions()),
        "rootIsObject": draft.root.type is FieldType.OBJECT,
        "rootType": draft.root.type.value,
        "rootInside": root.inside,
        "rootHolds": root.holds,
        "rootKept": kept_views(draft.root),
        "rootMarks": _place_marks(rows, marks),
        "noun": noun,
    }


def _labels(history: DraftHistory) -> tuple[str | None, str | None]:
    return (
        (history.undo_label or _EDIT_WITHOUT_LABEL) if history.can_undo else None,
        (history.redo_label or _EDIT_WITHOUT_LABEL) if history.can_redo else None,
    )


def _found(draft: SchemaDraft, search: str) -> list[Steps] | None:
    if not search.strip():
        return None
    rows = dict.fromkeys(shown_at(path) for path in find_fields(draft, search))
    return [list(path) for path in rows if path][:_MOST_FOUND]


def _refusal(refusal: Refusal | None) -> RefusalView | None:
    if refusal is None:
        return None
    path = None if refusal.path is None else list(refusal.path)
    return {"number": refusal.number, "message": refusal.message, "path": path, "part": refusal.part}


def _held(held: Held) -> HeldView:
    return {
        "path": list(held.path),
        "level": held.level,
        "part": held.part,
        "value": held.value,
        "message": held.message,
    }


def _place_marks(rows: Iterable[RowView], marks: Sequence[Mark]) -> list[MarkView]:
    """Put each mark to the row of its field, or of what is around it; return those of the root."""
    at_root: list[MarkView] = []
    if not marks:
        return at_root
    shown: dict[Path, RowView] = {tuple(row["path"]): row for row in rows}
    for mark in marks:
        path = mark.path
        while path and path not in shown:
            path = path[:-1]
        said: MarkView = {"text": mark.text, "tone": mark.tone}
        (shown[path]["marks"] if path else at_root).append(said)
    return at_root
