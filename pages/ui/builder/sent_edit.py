"""The form of every edit that a browser sends, and of the paths in it. Knows no Streamlit."""

from dataclasses import replace
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.tasks.builder import DEFINITIONS, ITEM, Path, SchemaDraft
from core.tasks.drafts.paths import by_index
from pages.ui.builder.form_state import FormState

_MOST_STEPS = 200


def _whole(value: object) -> object:
    """Take 5.0 for 5, as a browser may write either."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole: TypeAlias = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
Index: TypeAlias = Annotated[Whole, Field(ge=0)]
Step: TypeAlias = Index | Annotated[str, Field(strict=True)]
SentPath: TypeAlias = Annotated[list[Step], Field(max_length=_MOST_STEPS, strict=True)]


class SentEdit(BaseModel):
    """An edit. `n` is its number, counted up by the browser."""

    model_config = ConfigDict(frozen=True)

    n: Whole

    @property
    def place(self) -> Path | None:
        """The field that the edit is of, None when it is of none."""
        return None

    @property
    def part_changed(self) -> str:
        """The part of the field that the edit is of, blank when it is of the whole."""
        return ""

    def made(self, form: FormState) -> FormState:
        """Return the form with the edit made. Raises: InvalidInputError: it cannot be."""
        raise NotImplementedError

    def select(self, form: FormState, path: Path | None) -> FormState:
        """Return the form with this field selected; what a list holds is shown at the list."""
        return replace(form, selected=None if path is None else shown_at(path)).tidied()


class FieldEdit(SentEdit):
    """An edit of the field at a path."""

    path: SentPath

    @property
    def place(self) -> Path | None:
        return tuple(self.path)

    def at(self, draft: SchemaDraft) -> Path:
        """Return the path by index. Raises: InvalidInputError: nothing is there."""
        return by_index(draft.root, tuple(self.path))


def shown_at(path: Path) -> Path:
    """Return the path of the row that shows a field: what a list holds has none of its own."""
    while path and path[-1] == ITEM:
        path = path[:-1]
    return path


def holder_path(draft: SchemaDraft, sent: list[Step]) -> Path:
    """Return the path by index, that of the definitions too. Raises: InvalidInputError: nothing is there."""
    path: Path = tuple(sent)
    return path if path == (DEFINITIONS,) and draft.definitions else by_index(draft.root, path)
