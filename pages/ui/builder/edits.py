"""Makes the edits that the form in the browser sends. Knows no Streamlit.

Whatever the browser sends, nothing raises: what is no edit is passed over, and one that cannot be made leaves the
draft and says why.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field as Told
from pydantic import TypeAdapter, ValidationError

from core.errors import DashboardError, InvalidInputError
from core.tasks.builder import Path, SchemaDraft
from core.tasks.drafts.paths import by_index
from core.tasks.schemas.json_values import find_unusable
from pages.ui.builder.form_state import FormState, Refusal
from pages.ui.builder.holding import hold, still_held
from pages.ui.builder.sent_actions import (
    AddDefinitionEdit,
    ExtractEdit,
    InlineEdit,
    RedoEdit,
    RemoveUnusedEdit,
    SearchEdit,
    SelectEdit,
    UndoEdit,
)
from pages.ui.builder.sent_change import ChangeEdit
from pages.ui.builder.sent_edit import SentEdit, Whole
from pages.ui.builder.sent_structure import (
    AddEdit,
    DuplicateEdit,
    IntoEdit,
    MoveEdit,
    OutEdit,
    PutEdit,
    RemoveEdit,
)

# What a person can still work with; without an end, copies of copies would fill the memory.
MOST_FIELDS: Final = 5_000
MOST_LEVELS: Final = 60
_MOST_SENT_LEVELS: Final = 8
_MOST_SENT_NODES: Final = 20_000

_AnyEdit: TypeAlias = (
    ChangeEdit
    | AddEdit
    | RemoveEdit
    | DuplicateEdit
    | MoveEdit
    | PutEdit
    | IntoEdit
    | OutEdit
    | ExtractEdit
    | InlineEdit
    | AddDefinitionEdit
    | RemoveUnusedEdit
    | UndoEdit
    | RedoEdit
    | SelectEdit
    | SearchEdit
)
_EDIT: Final[TypeAdapter[_AnyEdit]] = TypeAdapter(Annotated[_AnyEdit, Told(discriminator="do")])
_NUMBER: Final[TypeAdapter[int]] = TypeAdapter(Annotated[Whole, Told(ge=1, le=2**53)])


def apply_edits(form: FormState, sent: object) -> FormState:
    """Return the form with the edits made that were not made before, in the order of their numbers.

    Each is one step of undo. `applied` counts those that could not be made as well, so that none is sent forever.
    """
    for number, raw in sorted(_numbered(sent), key=lambda one: one[0]):
        if number > form.applied:
            form = replace(_apply(form, number, raw), applied=number)
    return form


def _numbered(sent: object) -> Iterator[tuple[int, dict[str, Any]]]:  # Any: what a browser sent
    for raw in sent if isinstance(sent, list | tuple) else ():
        if not isinstance(raw, dict):
            continue
        try:
            yield _NUMBER.validate_python(raw.get("n")), raw
        except ValidationError:
            continue


def _apply(form: FormState, number: int, raw: dict[str, Any]) -> FormState:  # Any: what a browser sent
    found = find_unusable(raw, max_depth=_MOST_SENT_LEVELS, max_nodes=_MOST_SENT_NODES)
    if found is not None:
        return replace(form, refusal=Refusal(number, f"What was typed {found[1]}."))
    try:
        edit = _EDIT.validate_python(raw)
    except ValidationError:
        return form
    try:
        after = edit.made(form)
        _check_size(form.draft, after.draft)
    except DashboardError as error:
        return hold(replace(form, refusal=_refusal(form, edit, error)), edit, error.message)
    return replace(after, refusal=None, held=still_held(form, after, edit))


def _refusal(form: FormState, edit: SentEdit, error: DashboardError) -> Refusal:
    return Refusal(edit.n, error.message, _standing(form, edit.place), edit.part_changed)


def _standing(form: FormState, path: Path | None) -> Path | None:
    try:
        return None if path is None else by_index(form.draft.root, path)
    except InvalidInputError:
        return None


def _check_size(before: SchemaDraft, after: SchemaDraft) -> None:
    """Raises: InvalidInputError: the edit made the schema larger or deeper than the form can take."""
    if after.root is before.root:
        return
    fields, levels = _size(after)
    if fields <= MOST_FIELDS and levels <= MOST_LEVELS:
        return
    old_fields, old_levels = _size(before)
    if fields > MOST_FIELDS and fields > old_fields:
        raise InvalidInputError(f"The schema would hold more than {MOST_FIELDS:,} fields. Make it smaller first.")
    if levels > MOST_LEVELS and levels > old_levels:
        raise InvalidInputError(f"The fields would be nested more than {MOST_LEVELS} levels deep.")


def _size(draft: SchemaDraft) -> tuple[int, int]:
    """Return how many fields there are, and how deep they go; it stops counting past twice what is allowed."""
    count, levels = 0, 0
    for path, _, _ in draft.places():
        count, levels = count + 1, max(levels, len(path))
        if count > 2 * MOST_FIELDS:
            break
    return count, levels
