"""The names of choices: each value can be chosen, and none is taken for another."""

import pytest

from pages.ui.input.choice_names import name_choices, tell_apart
from pages.ui.input.plan import Planner


def name_all(*choices: object) -> list[str]:
    return name_choices(Planner({"enum": list(choices)}).plan_root())


def test_a_text_that_reads_like_another_value_is_quoted() -> None:
    assert name_all("a", 1, "1", True, "true", None, "null") == ["a", "1", '"1"', "true", '"true"', '"null"', "null"]


def test_a_blank_text_can_be_seen() -> None:
    assert name_all("", " ", "a") == ['""', '" "', "a"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a (2)", "a (3)"]),
        (["a", "a (2)", "a"], ["a", "a (2)", "a (3)"]),
        (["", ""], ["", " (2)"]),
    ],
)
def test_names_that_read_the_same_are_numbered(names: list[str], told: list[str]) -> None:
    assert tell_apart(names) == told
