"""A text for a pattern, so that the example of a schema fits it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tasks.judge import check
from core.tasks.schemas.example_values import example_value
from core.tasks.schemas.pattern_texts import text_for


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{2}-[0-9]+$",
        r"^\d{3}-\d{2}-\d{4}$",
        "^(red|green|blue)$",
        "^(?:a|b)?c*d+$",
        r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
        r"^\+?[0-9 ]{7,15}$",
        "^[^a1]+$",
        "invoice",
        r"\bINV\b",
        "^$",
        "^(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])$",
        r"^\(x\)[.]$",
    ],
)
def test_the_example_of_a_pattern_fits_it(pattern: str) -> None:
    schema = {"type": "object", "properties": {"code": {"type": "string", "pattern": pattern}}, "required": ["code"]}

    assert check(schema, example_value(schema)) == []


def test_it_is_as_long_as_asked() -> None:
    schema = {"type": "string", "pattern": "^[a-z]+$", "minLength": 12}

    assert check(schema, example_value(schema)) == []


@pytest.mark.parametrize(
    "pattern", ["(", "[", "\\", r"\p{L}", "(?=a)b", "a)b", "(" * 100 + ")" * 100, "x{999}{999}", "^a$b"]
)
def test_what_cannot_be_read_or_met_gives_nothing(pattern: str) -> None:
    assert text_for(pattern) is None


@given(st.text(st.sampled_from(list(r"ab1[]()|\\^$.*+?{}-,:<P=dws")), max_size=20))
def test_any_pattern_is_survived(pattern: str) -> None:
    found = text_for(pattern)

    assert found is None or check({"pattern": pattern}, found) == []
