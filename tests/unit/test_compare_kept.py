"""What the Compare page need not read again."""

from typing import cast

from core.actors import LOCAL_USER
from core.services import Services
from pages.ui.compare.kept import Kept, Shown
from pages.ui.door import Door
from tests.unit.comparison_cases import make_comparison


def door_at(seq: int) -> Door:
    return Door(services=cast("Services", None), actor=LOCAL_USER, seq=seq)


def test_what_was_read_is_kept_until_something_happens() -> None:
    kept, values = Kept(), iter(range(10))

    read = [kept.read(door_at(seq), "number", lambda: next(values)) for seq in (7, 7, 8, 8)]

    assert read == [0, 0, 1, 1]


def test_nothing_is_kept_while_it_is_not_known_what_happened() -> None:
    kept, values = Kept(), iter(range(10))

    assert [kept.read(door_at(0), "number", lambda: next(values)) for _ in range(2)] == [0, 1]


def test_answers_of_the_same_record_are_aligned_once() -> None:
    shown, comparison = Shown(), make_comparison([{"a": 1}], [{"a": 2}])

    first = shown.align(comparison)

    assert shown.align(comparison) is first
    assert shown.align(comparison.model_copy()) is not first
    shown.forget()
    assert shown.comparison is None
    assert shown.align(comparison) is not first
