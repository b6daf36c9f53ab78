"""Prices are written as lines of text and read back the same."""

from typing import Any

import pytest

from core.errors import InvalidInputError
from core.providers.price_lines import read_price_lines, write_price_lines
from core.providers.prices import PriceTable

TABLE = PriceTable.model_validate(
    {
        "entries": [
            {
                "model_name": "gpt-4o*",
                "input_per_million": "2.50",
                "output_per_million": 10,
                "cached_input_per_million": 1,
            },
            {"model_name": "a=b c", "input_per_million": 0, "output_per_million": 0},
            {"model_name": "qwen3:8b", "per_second": "0.000000000001"},
        ]
    }
)


def test_a_table_is_read_back_from_its_lines() -> None:
    lines = write_price_lines(TABLE)

    assert lines.splitlines() == [
        "gpt-4o* = 2.5 in, 10 out, 1 cached",
        "a=b c = 0 in, 0 out",
        "qwen3:8b = 0.000000000001 per second",
    ]
    assert read_price_lines(lines) == TABLE


def test_spaces_and_capitals_do_not_matter() -> None:
    loose = "\n\n  gpt-4o*=2.50   IN ,10 out, 1 Cached\n a=b c = 0 in,0 out \nqwen3:8b = 0.000000000001  per   second\n"

    assert read_price_lines(loose) == TABLE


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_no_lines_are_no_prices(text: str) -> None:
    assert read_price_lines(text) is None
    assert write_price_lines(None) == ""


REFUSED: dict[str, Any] = {
    "\nmodel 0.15 in": "Line 2 has no “=”.",
    "model = 0.15": "Line 1: “0.15” is no price.",
    "model = 0.15 in, 0.6 outwards": "Line 1: “0.6 outwards” is no price.",
    "model =": "Line 1: “” is no price.",
    "model = 1 in, 2 in": "Line 1 has two prices “in”.",
    "model = 1 in": "Line 1: Give “model” a price for input and one for output",
    "model = -1 in, 2 out": "Line 1: A price is not negative",
    "model = $1 in, 2 out": "Line 1: Write a price as a number like 0.15, without a currency sign.",
    "= 1 in, 2 out": "Line 1: Say which model the price is for",
    "m = 1 in, 2 out, 3 per second": "Line 1: Price “m” per million tokens or per second, not both.",
    "m = 1 per second\nM = 2 per second": "“M” has two prices.",
    "\n".join(f"m{number} = 1 per second" for number in range(201)): "There are 201 prices; at most 200 are kept.",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_line_that_cannot_be_read_is_named(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_price_lines(text)

    assert caught.value.message.startswith(words)
    assert [detail.place for detail in caught.value.details] == ["prices"]
