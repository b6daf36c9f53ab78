"""What the form of a builder remembers between two edits. Knows no Streamlit."""

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from core.errors import InvalidInputError
from core.tasks.builder import Path, SchemaDraft
from core.tasks.drafts.history import DraftHistory

Tone: TypeAlias = Literal["error", "hint"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the edit of this number was not made. `part` is the part of the field it would have changed, blank if none.

    `path` is the field as it stands; None where the edit was of no field.
    """

    number: int
    message: str
    path: Path | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to say at a field: what is wrong with it or with a value that was tried, or advice."""

    path: Path
    text: str
    tone: Tone = "error"


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that stands in the form as it was typed, because it could not be taken, and why.

    `path` is the field's row; `level` is how many lists of the field stand around what the entry is of. `value` is what
    the browser sent.
    """

    path: Path
    level: int
    part: str
    value: Any  # Any: what was typed
    message: str

    @property
    def place(self) -> tuple[Path, int, str]:
        """What it is an entry of."""
        return self.path, self.level, self.part


@dataclass(frozen=True, slots=True)
class FormState:
    """The drafts, and what stands open.

    `applied` is the number of the browser's last edit that was taken; `selected` is the field whose details are open;
    `search` are the words looked for; `refusal` is what the last edit met. `held` are the entries that could
    not be taken.
    """

    history: DraftHistory
    applied: int = 0
    selected: Path | None = None
    search: str = ""
    refusal: Refusal | None = None
    held: tuple[Held, ...] = ()

    @property
    def draft(self) -> SchemaDraft:
        return self.history.draft

    def go_on(self, draft: SchemaDraft, *, label: str, key: str = "") -> "FormState":
        """Return it with another draft, which undo takes back; edits in a row with the same key are one step."""
        return replace(self, history=self.history.record(draft, label=label, key=key)).tidied()

    def tidied(self) -> "FormState":
        """Return it without a selection that leads nowhere any more."""
        if self.selected is None:
            return self
        try:
            self.draft.get_field(self.selected)
        except InvalidInputError:
            return replace(self, selected=None)
        return self
