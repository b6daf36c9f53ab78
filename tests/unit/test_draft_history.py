"""Undo and redo in the schema builder."""

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import SchemaDraft, make_field, new_draft
from core.tasks.drafts.history import DraftHistory


def names(draft: SchemaDraft) -> list[str]:
    return [field.name for field in draft.fields]


def test_undo_and_redo_walk_the_same_drafts() -> None:
    first = new_draft()
    second = first.add_field(make_field("a"))
    third = second.rename_field(("a",), "b")
    history = DraftHistory(first).record(second, label="add a field").record(third, label="rename a")

    undone = history.undo().undo()

    assert (history.undo_label, undone.redo_label) == ("rename a", "add a field")
    assert undone.draft is first
    assert not undone.can_undo
    assert undone.redo().redo().draft is third
    assert not undone.record(third).can_redo
    assert history.record(third) == history
    with pytest.raises(InvalidInputError, match="nothing to undo"):
        undone.undo()
    with pytest.raises(InvalidInputError, match="nothing to redo"):
        history.redo()


def test_the_letters_of_one_name_are_one_step_and_old_steps_fall_off() -> None:
    history = DraftHistory(new_draft().add_field(make_field("")), limit=2)

    for name in ("a", "ab", "abc"):
        history = history.record(history.draft.rename_field((0,), name), key="name of 0")
    assert len(history.done) == 1
    assert names(history.undo().draft) == [""]

    for name in ("x", "y", "z"):
        history = history.record(history.draft.rename_field((0,), name))
    assert [step.draft.fields[0].name for step in history.done] == ["x", "y"]
