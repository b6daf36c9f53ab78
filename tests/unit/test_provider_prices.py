"""A provider's own prices: what can be written, and which entry a model gets."""

import json
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import InvalidInputError
from core.providers.prices import MAX_ENTRIES, MAX_PRICE, ModelPrice, PriceTable, show_price
from core.requests import parse_request

Json = Any  # Any: tests handle arbitrary JSON


def table(*names: str) -> PriceTable:
    return PriceTable(entries=tuple(ModelPrice(model_name=name, per_second=Decimal(1)) for name in names))


def refusal(**values: Json) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_request(ModelPrice, values)
    return caught.value.message


@pytest.mark.parametrize(
    ("written", "price"),
    [
        (0.1, "0.1"),
        (3, "3"),
        ("0.150", "0.15"),
        (" 2.5 ", "2.5"),
        (1e-7, "0.0000001"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("0e99", "0"),
        (Decimal("1E+2"), "100"),
    ],
)
def test_a_price_is_kept_as_it_was_written(written: Json, price: str) -> None:
    entry = parse_request(ModelPrice, {"model_name": "a", "per_second": written})

    assert entry.per_second is not None
    assert show_price(entry.per_second) == price
    assert ModelPrice.model_validate_json(entry.model_dump_json()) == entry


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (-1, "not negative"),
        (-1e-9, "not negative"),
        ("NaN", "not NaN"),
        ("sNaN", "not NaN"),
        (float("nan"), "not NaN"),
        (float("inf"), "not infinity"),
        ("$3", "like 0.15"),
        ("0,15", "like 0.15"),
        ("abc", "like 0.15"),
        (True, "like 0.15"),
        ([1], "like 0.15"),
        (MAX_PRICE + 1, "at most 1,000,000"),
        pytest.param(10**5000, "at most 1,000,000", id="huge"),
        pytest.param(-(10**5000), "not negative", id="hugely negative"),
        ("1e999999999", "at most 1,000,000"),
        ("1e-999999999", "decimal places"),
        ("0.0000000000001", "decimal places"),
        ("100000.0000000000000000000000000000001", "decimal places"),
        ("1" * 41, "40 characters"),
    ],
)
def test_what_is_no_price_is_refused_with_a_sentence(written: Json, words: str) -> None:
    message = refusal(model_name="a", per_second=written)

    assert words in message
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model_name": "a"}, "Give “a” a price"),
        ({"model_name": "a", "input_per_million": 1}, "one for output"),
        ({"model_name": "a", "output_per_million": ""}, "Give “a” a price"),
        ({"model_name": "a", "output_per_million": 0}, "one for output"),
        ({"model_name": "a", "cached_input_per_million": 1}, "one for output"),
        ({"model_name": "a", "input_per_million": 1, "output_per_million": 1, "per_second": 1}, "not both"),
        ({"model_name": " ", "per_second": 1}, "Say which model"),
        ({"per_second": 1}, "Say which model"),
        ({"model_name": 3, "per_second": 1}, "is text"),
        ({"model_name": "a" * 201, "per_second": 1}, "200 characters"),
        ({"model_name": "a\nb", "per_second": 1}, "printable"),
        ({"model_name": "a", "per_second": 1, "input": 2}, "no field “input”"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_with_a_sentence(values: Json, words: str) -> None:
    assert words in refusal(**values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"currency": "EUR"}, "US dollars"),
        ({"entries": {}}, "are a list"),
        ({"entries": [{"model_name": "a", "per_second": 1}] * (MAX_ENTRIES + 1)}, "There are 201 prices"),
        ({"entries": [{"model_name": name, "per_second": 1} for name in ("a*", "A*")]}, "“A*” has two prices"),
        ({"prices": []}, "no field “prices”"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_a_sentence(values: Json, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_request(PriceTable, values)

    assert words in caught.value.message


@given(written=st.text("0123456789.eE+-_nai ", max_size=20) | st.floats() | st.integers() | st.decimals())
def test_whatever_is_written_becomes_an_exact_price_or_a_sentence(written: Json) -> None:
    with suppress(InvalidInputError):
        price = parse_request(ModelPrice, {"model_name": "a", "per_second": written}).per_second

        assert price is not None
        assert 0 <= price <= MAX_PRICE
        assert price == Decimal(str(written).strip())
        assert len(show_price(price)) <= 20


def test_what_is_wrong_is_told_at_its_place() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_request(PriceTable, {"entries": [{"model_name": "a", "per_second": -1}]})

    assert caught.value.details[0].place == "entries.0.per_second"


def test_a_table_survives_json() -> None:
    written = {"entries": [{"model_name": "a*", "input_per_million": 0.1, "output_per_million": 0}]}

    read = PriceTable.model_validate(written)

    assert PriceTable.model_validate(json.loads(read.model_dump_json())) == read
    with pytest.raises(ValidationError, match="frozen"):
        read.entries = ()  # type: ignore[misc]  # that it cannot be is what is tested


@pytest.mark.parametrize(
    ("names", "model_name", "found"),
    [
        (["llama3.2:3b"], "llama3.2:3b", "llama3.2:3b"),
        (["llama3.2:3b"], "llama3.2", None),
        (["Llama3.2:3B"], " llama3.2:3b ", "Llama3.2:3B"),
        (["*", "qwen*", "qwen3:8b", "qwen3:*"], "qwen3:8b", "qwen3:8b"),
        (["*", "qwen*", "qwen3:*"], "qwen3:8b", "qwen3:*"),
        (["*", "qwen*"], "qwen3:8b", "qwen*"),
        (["*", "qwen*"], "gemma", "*"),
        (["a*b", "*ab"], "aab", "a*b"),
        (["*:8b"], "qwen3:8b", "*:8b"),
        (["a*a"], "a", None),
        (["a*b*c"], "a1b2c", "a*b*c"),
        (["a*bc*c"], "abc", None),
        (["a?c", "[ab]c"], "abc", None),
        ([], "abc", None),
    ],
)
def test_a_model_gets_the_price_that_names_it_best(names: list[str], model_name: str, found: str | None) -> None:
    entry = table(*names).find(model_name)

    assert (entry.model_name if entry else None) == found


@given(pieces=st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), fills=st.lists(st.text("abc", max_size=3)))
def test_a_pattern_fits_whatever_stands_for_its_stars(pieces: list[str], fills: list[str]) -> None:
    pattern = "*".join(["x", *pieces])
    name = "x" + "".join((fills[place] if place < len(fills) else "") + piece for place, piece in enumerate(pieces))

    assert table(pattern).find(name) is not None


def test_a_pattern_of_stars_costs_little() -> None:
    entry = ModelPrice(model_name="a" + "*a" * 99, per_second=Decimal(1))
    began = time.process_time()

    assert not entry.fits("a" * 98 + "b" * 100_000)
    assert time.process_time() - began < 0.5
