"""Edits of the form around definitions, undo, the selection and the search. Knows no Streamlit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from core.errors import InvalidInputError
from core.tasks.builder import SchemaDraft
from core.tasks.drafts.history import DraftHistory
from core.tasks.drafts.paths import by_index
from pages.ui.builder.field_words import quoted, say_field
from pages.ui.builder.form_state import FormState
from pages.ui.builder.selection import follow
from pages.ui.builder.sent_edit import FieldEdit, SentEdit, SentPath

_LONGEST_SEARCH: Final = 200


class ExtractEdit(FieldEdit):
    """Make the shape of a field a definition."""

    do: Literal["extract"]
    name: str

    def made(self, form: FormState) -> FormState:
        draft, path = form.draft, self.at(form.draft)
        label = f"Make {say_field(draft, path)} the definition {quoted(self.name)}"
        return _gone_on(form, self, draft.extract_definition(path, self.name), label=label)


class InlineEdit(FieldEdit):
    """Write the definition out in the place of a reference to it."""

    do: Literal["inline"]

    def made(self, form: FormState) -> FormState:
        draft, path = form.draft, self.at(form.draft)
        return _gone_on(form, self, draft.inline_definition(path), label=f"Write out {say_field(draft, path)}")


class AddDefinitionEdit(SentEdit):
    """Add a definition, an empty object."""

    do: Literal["addDefinition"]
    name: str

    def made(self, form: FormState) -> FormState:
        label = f"Add the definition {quoted(self.name)}"
        return _gone_on(form, self, form.draft.add_definition(self.name), label=label)


class RemoveUnusedEdit(SentEdit):
    """Remove the definitions that the schema does not reach."""

    do: Literal["removeUnused"]

    def made(self, form: FormState) -> FormState:
        changed = form.draft.remove_unused_definitions()
        if changed.root is form.draft.root:
            raise InvalidInputError("Every definition is used.")
        return _gone_on(form, self, changed, label="Remove unused definitions")


class UndoEdit(SentEdit):
    """Take back the last edit."""

    do: Literal["undo"]

    def made(self, form: FormState) -> FormState:
        return _walked(form, self, DraftHistory.undo)


class RedoEdit(SentEdit):
    """Make the edit again that was taken back last."""

    do: Literal["redo"]

    def made(self, form: FormState) -> FormState:
        return _walked(form, self, DraftHistory.redo)


class SelectEdit(SentEdit):
    """Open the details of a field, or close them where `path` is None."""

    do: Literal["select"]
    path: SentPath | None

    @property
    def place(self) -> None:
        """None: a selection that fails is of no field."""

    def made(self, form: FormState) -> FormState:
        path = None if self.path is None else by_index(form.draft.root, tuple(self.path))
        return self.select(form, path)


class SearchEdit(SentEdit):
    """Look for fields by words."""

    do: Literal["search"]
    words: str

    def made(self, form: FormState) -> FormState:
        return replace(form, search=self.words[:_LONGEST_SEARCH])


def _gone_on(form: FormState, edit: SentEdit, draft: SchemaDraft, *, label: str) -> FormState:
    return edit.select(form.go_on(draft, label=label), follow(form.draft.root, draft.root, form.selected))


def _walked(form: FormState, edit: SentEdit, walk: Callable[[DraftHistory], DraftHistory]) -> FormState:
    history = walk(form.history)
    selected = follow(form.draft.root, history.draft.root, form.selected)
    return edit.select(replace(form, history=history), selected)
