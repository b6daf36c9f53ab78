"""What columns are called, and what is said to differ between them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.comparing.changes import list_changes, name_columns
from tests.unit.comparison_cases import make_column

VARIED: dict[str, Any] = {"agent_version": None, "variation_of": 3}


def test_what_is_the_same_everywhere_is_not_told() -> None:
    assert list_changes([make_column(1), make_column(2)]) == ((), ())


@pytest.mark.parametrize(
    ("values", "first", "second"),
    [
        ({"model_name": "large"}, "model ok", "model large"),
        ({"provider_name": "Far"}, "provider Local", "provider Far"),
        ({"temperature": 0.25}, "temperature of the server", "temperature 0.25"),
        ({"max_tokens": 12_000}, "no limit of tokens", "at most 12,000 tokens"),
        ({"retries": 1}, "2 retries", "1 retry"),
    ],
)
def test_a_setting_is_told_with_each_columns_own_value(values: dict[str, Any], first: str, second: str) -> None:
    assert list_changes([make_column(1), make_column(2, **values)]) == ((first,), (second,))


def test_a_prompt_is_told_by_how_far_it_is_from_the_first() -> None:
    first = make_column(1, system_prompt="One.\nTwo.\nThree.")
    moved = make_column(2, system_prompt="Two.\nOne.\nThree.")
    longer = make_column(3, system_prompt="One.\nTwo!\nThree.\nFour.", user_prompt_template="Of {{input}}")

    assert list_changes([first, moved, longer]) == (
        (),
        ("system prompt (lines moved)",),
        ("system prompt (2 lines changed)", "user prompt (1 line changed)"),
    )


def test_columns_are_called_by_agent_and_version_and_by_more_only_if_need_be() -> None:
    states = [
        make_column(1, agent_version=3),
        make_column(2, **VARIED, temperature=0.5),
        make_column(3, **VARIED, temperature=1.0),
        make_column(4, **VARIED, temperature=1.0, system_prompt="Another."),
    ]

    assert name_columns(states) == (
        "Sorter v3",
        "Sorter v3 changed, temperature 0.5",
        "Sorter v3 changed, temperature 1 (1)",
        "Sorter v3 changed, temperature 1 (2)",
    )


@given(st.lists(st.sampled_from(["Sorter", "Sorter v1", "Sorter v1 (1)", "x" * 120]), min_size=2, max_size=8))
def test_no_two_columns_are_called_the_same(names: list[str]) -> None:
    labels = name_columns([make_column(1, agent_name=name) for name in names])

    assert len(set(labels)) == len(names)
