"""Undo and redo over the drafts of a schema."""

from dataclasses import dataclass, field, replace
from typing import Final

from core.errors import InvalidInputError
from core.tasks.builder import SchemaDraft

MAX_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """A draft to go back or forth to. `label` says what lies between it and the draft shown; `key` merges edits."""

    draft: SchemaDraft
    label: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class DraftHistory:
    """The draft shown, what was before it (`done`, oldest first) and what was taken back (`undone`, next one last).

    Immutable like the drafts, which share all that an edit left alone. At most `limit` steps are kept.
    """

    draft: SchemaDraft
    done: tuple[HistoryStep, ...] = ()
    undone: tuple[HistoryStep, ...] = field(default=(), repr=False)
    limit: int = MAX_STEPS

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self.done)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back and nothing edited since."""
        return bool(self.undone)

    @property
    def undo_label(self) -> str:
        """What `undo` would take back, blank if it was not said."""
        return self.done[-1].label if self.done else ""

    @property
    def redo_label(self) -> str:
        """What `redo` would do again, blank if it was not said."""
        return self.undone[-1].label if self.undone else ""

    def record(self, draft: SchemaDraft, *, label: str = "", key: str = "") -> "DraftHistory":
        """Go on to a draft; one that changes nothing is no step.

        Edits in a row with the same `key` that is not blank, such as the letters of one name, are one step.
        """
        if not draft.is_changed(self.draft):
            return replace(self, draft=draft)
        if key and self.done and self.done[-1].key == key and not self.undone:
            return replace(self, draft=draft)
        done = (*self.done, HistoryStep(self.draft, label, key))
        return replace(self, draft=draft, done=done[-self.limit :] if self.limit > 0 else (), undone=())

    def undo(self) -> "DraftHistory":
        """Go back one step. Raises: InvalidInputError: there is none."""
        if not self.done:
            raise InvalidInputError("There is nothing to undo.")
        step = self.done[-1]
        undone = (*self.undone, replace(step, draft=self.draft))
        return replace(self, draft=step.draft, done=self.done[:-1], undone=undone)

    def redo(self) -> "DraftHistory":
        """Go forth one step. Raises: InvalidInputError: there is none."""
        if not self.undone:
            raise InvalidInputError("There is nothing to redo.")
        step = self.undone[-1]
        done = (*self.done, replace(step, draft=self.draft))
        return replace(self, draft=step.draft, done=done, undone=self.undone[:-1])
