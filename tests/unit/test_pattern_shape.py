"""What is read from a pattern holds for every text that matches it."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.schemas.pattern_shape import PatternShape, read_pattern

PATTERNS = [
    *("abc", "a|bcd", "(a|bcd)e", "a?b*c+", "a{2}", "a{2,}", "a{1,3}b", "[a-z]{4}", "(ab){2,3}", "(a(b|cd)?){2}"),
    *(r"\d{3}-\d", r"[^\]a]", r"\.\[x", "(?:ab)+", "(?P<n>a|b{3})", "a{0}b", "x*?y", "()", "(a|)b", r"\u0041", "^a|b$"),
    "^[A-Za-z0-9]{1,16}([._-][A-Za-z0-9]{1,16}){0,2}@[A-Za-z0-9]{1,20}$",
]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_text_that_matches_is_as_long_as_was_read(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    shape = read_pattern(pattern)
    assert shape is not None

    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))

    # Python's $ also matches before a last line break; JSON Schema's does not.
    assert shape.shortest <= len(text.removesuffix("\n") if pattern.endswith("$") else text) <= shape.longest


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [
        ("^a{2,5}$", PatternShape(2, 5, True, ())),
        ("^a|b$", PatternShape(1, 1, False, ())),
        (r"^a\$", PatternShape(2, 2, False, ())),
        ("^a*$", PatternShape(0, math.inf, True, ())),
        ("(a+)+", PatternShape(1, math.inf, False, ("a repeat inside a repeat",))),
        (r"(a)\1(?=b)", PatternShape(0, math.inf, False, ("a back-reference",))),
    ],
)
def test_anchors_lengths_and_slow_parts_are_read(pattern: str, shape: PatternShape) -> None:
    assert read_pattern(pattern) == shape


@pytest.mark.parametrize(
    "pattern", ["(", ")", "a**", "[a", "(?i)a", "[]a]", "[a&&b]", "a" * 5_000, "(" * 60 + ")" * 60]
)
def test_what_is_not_understood_is_left_open(pattern: str) -> None:
    assert read_pattern(pattern) is None


@settings(max_examples=300)
@given(st.text("ab()[]{}|*+?^$\\d1,-.=<!:P", max_size=20))
def test_any_text_is_read_or_left_open(pattern: str) -> None:
    shape = read_pattern(pattern)

    assert shape is None or 0 <= shape.shortest <= shape.longest
