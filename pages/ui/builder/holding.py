"""Entries of the form that could not be taken: they stay as typed until they are mended. Knows no Streamlit.

They are kept here, not in the browser alone, so that neither a look at another tab nor a click on Save loses them.
"""

from dataclasses import replace
from typing import Final

from core.errors import InvalidInputError
from core.tasks.drafts.paths import by_index
from pages.ui.builder.form_state import FormState, Held
from pages.ui.builder.selection import follow
from pages.ui.builder.sent_actions import RedoEdit, UndoEdit
from pages.ui.builder.sent_change import ChangeEdit
from pages.ui.builder.sent_edit import SentEdit, shown_at

_MOST: Final = 100
# A list of types, a tick: they show what is, so there is nothing typed to keep.
_SHOWN_AS_THEY_ARE: Final = frozenset({"shape", "type", "target", "required", "nullable"})


def hold(form: FormState, edit: SentEdit, message: str) -> FormState:
    """Return the form with what a refused edit would have put there, where something was typed."""
    entry = _entry(form, edit, message)
    if entry is None:
        return form
    others = [one for one in form.held if one.place != entry.place]
    return replace(form, held=(*others, entry)[-_MOST:])


def still_held(before: FormState, after: FormState, edit: SentEdit) -> tuple[Held, ...]:
    """Return what is still held after an edit: it moves with its field, and goes with it, or when it is mended."""
    if not before.held or isinstance(edit, UndoEdit | RedoEdit):
        return ()
    mended = _entry(before, edit, "")
    kept = []
    for one in before.held:
        path = follow(before.draft.root, after.draft.root, one.path)
        if path is not None and (mended is None or one.place != mended.place):
            kept.append(replace(one, path=path))
    return tuple(kept)


def _entry(form: FormState, edit: SentEdit, message: str) -> Held | None:
    if not isinstance(edit, ChangeEdit) or edit.part in _SHOWN_AS_THEY_ARE:
        return None
    try:
        path = by_index(form.draft.root, tuple(edit.path))
    except InvalidInputError:
        return None
    shown = shown_at(path)
    return Held(shown, len(path) - len(shown), edit.part, edit.value, message)
