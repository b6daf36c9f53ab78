"""Costs add up exactly, in any order and grouping, and never to less than what is known."""

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.providers.prices import MAX_PRICE, ModelPrice, PriceTable
from core.runs.costs import AttemptUsage, Cost, CostSum, cost_of, say_cost, sum_costs

AT = datetime(2026, 11, 1, tzinfo=UTC)
AMOUNTS = st.decimals(min_value=0, max_value=10**12, places=18)
COSTS = st.none() | st.builds(
    Cost, amount_usd=AMOUNTS, source=st.sampled_from(["a", "b"]), priced_as=st.just("x"), parts=st.just(())
)
PRICES = st.decimals(min_value=0, max_value=MAX_PRICE, places=12)
COUNTS = st.none() | st.integers(min_value=-5, max_value=10**12) | st.integers()
USAGES = st.builds(
    AttemptUsage,
    input_tokens=COUNTS,
    output_tokens=COUNTS,
    cached_input_tokens=COUNTS,
    cache_write_tokens=COUNTS,
    machine_time=st.none() | st.timedeltas(),
)
TABLES = st.one_of(
    st.builds(ModelPrice, model_name=st.just("*"), input_per_million=PRICES, output_per_million=PRICES),
    st.builds(
        ModelPrice,
        model_name=st.just("*"),
        input_per_million=PRICES,
        output_per_million=PRICES,
        cached_input_per_million=PRICES,
    ),
    st.builds(ModelPrice, model_name=st.just("*"), per_second=PRICES),
).map(lambda entry: PriceTable(entries=(entry,)))


def price(usage: AttemptUsage, prices: PriceTable | None, model_name: str = "gpt-4o") -> Cost | None:
    base_url = "https://api.openai.com/v1"
    return cost_of(usage, provider_type="openai", base_url=base_url, model_name=model_name, prices=prices, at=AT)


@given(usage=USAGES, prices=st.none() | TABLES)
def test_no_usage_costs_less_than_nothing_or_makes_an_error(usage: AttemptUsage, prices: PriceTable | None) -> None:
    found = price(usage, prices)

    assert say_cost(found)
    if found is not None:
        assert all(part.amount_usd >= 0 and part.count >= 0 for part in found.parts)
        assert Fraction(found.amount_usd) == sum(Fraction(part.amount_usd) for part in found.parts)


@given(
    counts=st.lists(st.integers(min_value=1, max_value=10**12), min_size=2, max_size=2),
    prices=st.tuples(PRICES, PRICES),
)
def test_a_cost_by_tokens_is_exact(counts: Sequence[int], prices: tuple[Decimal, Decimal]) -> None:
    entry = ModelPrice(model_name="*", input_per_million=prices[0], output_per_million=prices[1])
    usage = AttemptUsage(input_tokens=counts[0], output_tokens=counts[1])

    with localcontext(prec=3):  # whatever its caller counts with
        found = price(usage, PriceTable(entries=(entry,)))

    assert found is not None
    exact = sum(Fraction(rate) * count / 1_000_000 for rate, count in zip(prices, counts, strict=True))
    assert Fraction(found.amount_usd) == exact


@given(microseconds=st.integers(min_value=1, max_value=10**15), rate=PRICES)
def test_a_cost_by_time_is_exact(microseconds: int, rate: Decimal) -> None:
    table = PriceTable(entries=(ModelPrice(model_name="*", per_second=rate),))

    found = price(AttemptUsage(machine_time=timedelta(microseconds=microseconds)), table)

    assert found is not None
    assert Fraction(found.amount_usd) == Fraction(rate) * microseconds / 1_000_000


@given(costs=st.lists(COSTS), seed=st.integers(), place=st.integers(min_value=0, max_value=9))
def test_the_order_and_the_grouping_of_a_sum_do_not_matter(costs: list[Cost | None], seed: int, place: int) -> None:
    mixed = random.Random(seed).sample(costs, len(costs))

    whole = sum_costs(costs)

    assert sum_costs(mixed) == whole
    assert sum_costs([sum_costs(costs[:place]), sum_costs(costs[place:])]) == whole
    assert sum_costs([whole]) == whole


@given(costs=st.lists(COSTS, min_size=1))
def test_a_sum_is_exact_and_counts_what_is_unknown(costs: list[Cost | None]) -> None:
    known = [cost for cost in costs if cost is not None]

    whole = sum_costs(costs)

    assert (whole.known_count, whole.unknown_count) == (len(known), len(costs) - len(known))
    assert whole.is_complete == (None not in costs)
    assert (whole.amount_usd is None) == (not known)
    assert Fraction(whole.amount_usd or 0) == sum(Fraction(cost.amount_usd) for cost in known)
    assert CostSum.model_validate_json(whole.model_dump_json()) == whole


@given(costs=st.lists(COSTS, min_size=1))
def test_what_is_not_known_is_never_said_as_nothing(costs: list[Cost | None]) -> None:
    whole = sum_costs(costs)
    said = say_cost(whole)

    if whole.is_complete:
        assert ("$0 by" in said) == (whole.amount_usd == 0)
    else:
        assert said == "unknown" or re.fullmatch(r"at least \$[\d,.]*[1-9][\d,.]*", said)


@given(usage=USAGES, more=st.integers(min_value=1, max_value=1000), prices=TABLES)
def test_more_output_never_costs_less(usage: AttemptUsage, more: int, prices: PriceTable) -> None:
    longer = usage.model_copy(update={"output_tokens": (usage.output_tokens or 0) + more})

    before, after = price(usage, prices), price(longer, prices)

    if before is not None and after is not None and usage.output_tokens is not None:
        assert after.amount_usd >= before.amount_usd
