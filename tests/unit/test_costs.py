"""What an attempt cost, where that is known, and how it is said."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.providers.prices import ModelPrice, PriceTable
from core.providers.types import list_types
from core.runs.costs import AttemptUsage, Charge, Cost, CostSum, cost_of, say_cost, say_part, sum_costs
from core.runs.records import AttemptRecord, AttemptStatus
from core.runs.usages import usage_of

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
OPENAI = "https://api.openai.com/v1"
TOLD = AttemptUsage(input_tokens=1000, output_tokens=100, machine_time=timedelta(seconds=2, microseconds=500))


def own(pattern: str = "*", /, **prices: Any) -> PriceTable:  # Any: prices as they are written
    return PriceTable(entries=(ModelPrice.model_validate({"model_name": pattern} | prices),))


def cost(
    usage: AttemptUsage = TOLD,
    *,
    model_name: str = "gpt-4o",
    base_url: str = OPENAI,
    provider_type: str = "openai",
    prices: PriceTable | None = None,
) -> Cost | None:
    return cost_of(usage, provider_type=provider_type, base_url=base_url, model_name=model_name, prices=prices, at=AT)


def known(found: Cost | None) -> Cost:
    assert found is not None
    return found


def make_attempt(**values: Any) -> AttemptRecord:  # Any: fields of a record
    blank: dict[str, Any] = {  # Any: fields of a record
        "number": 1,
        "status": AttemptStatus.PASSED,
        "request": None,
        "raw_answer": "",
        "errors": (),
        "mends": (),
        "exchanges": (),
        "finish_reason": "stop",
        "input_tokens": 0,
        "output_tokens": 0,
        "started_at": AT,
        "first_token_at": None,
        "ended_at": AT + timedelta(seconds=10),
    }
    return AttemptRecord.model_validate(blank | values)


def test_a_known_model_at_its_vendor_has_the_public_price() -> None:
    found = known(cost(AttemptUsage(input_tokens=1000, output_tokens=100, cached_input_tokens=400)))

    assert found.amount_usd == Decimal("0.003")
    assert found.source.startswith("genai-prices ")
    assert found.priced_as == "gpt-4o"
    assert [say_part(part) for part in found.parts] == [
        "600 input tokens at $2.5 per million",
        "400 cached input tokens at $1.25 per million",
        "100 output tokens at $10 per million",
    ]


@pytest.mark.parametrize("provider_type", ["ollama", "builtin"])
def test_a_local_server_is_never_priced_as_a_vendor(provider_type: str) -> None:
    assert cost(provider_type=provider_type) is None
    assert cost(provider_type=provider_type, base_url="") is None


@pytest.mark.parametrize("base_url", ["http://localhost:8000/v1", "https://openrouter.ai/api/v1"])
def test_an_unknown_server_with_a_known_models_name_is_unknown(base_url: str) -> None:
    assert cost(base_url=base_url) is None


@pytest.mark.parametrize(
    "usage",
    [
        AttemptUsage(),
        AttemptUsage(input_tokens=0, output_tokens=0),
        AttemptUsage(input_tokens=0, output_tokens=10),
        AttemptUsage(input_tokens=10),
        AttemptUsage(output_tokens=10),
        AttemptUsage(input_tokens=-1, output_tokens=10),
        AttemptUsage(input_tokens=10, output_tokens=-1),
        AttemptUsage(input_tokens=10, output_tokens=1, cached_input_tokens=11),
        AttemptUsage(input_tokens=10, output_tokens=1, cached_input_tokens=-1),
        AttemptUsage(input_tokens=10**13, output_tokens=1),
    ],
)
@pytest.mark.parametrize("prices", [None, own(input_per_million=1, output_per_million=0)])
def test_usage_that_is_missing_or_impossible_is_unknown_and_not_free(
    usage: AttemptUsage, prices: PriceTable | None
) -> None:
    assert cost(usage, prices=prices) is None
    assert say_cost(cost(usage, prices=prices)) == "unknown"


def test_an_answer_without_a_token_still_costs_its_input() -> None:
    assert known(cost(AttemptUsage(input_tokens=1000, output_tokens=0))).amount_usd == Decimal("0.0025")


def test_where_keeping_input_costs_more_it_must_be_told() -> None:
    untold = AttemptUsage(input_tokens=1000, output_tokens=100)
    told = untold.model_copy(update={"cache_write_tokens": 0})
    kept = untold.model_copy(update={"cache_write_tokens": 1000})

    costs = [cost(usage, model_name="gpt-6-sol") for usage in (untold, told, kept)]

    assert costs[0] is None
    assert known(costs[1]).amount_usd == Decimal("0.003")
    assert known(costs[2]).amount_usd == Decimal("0.0035")


def test_the_providers_own_price_wins() -> None:
    found = known(cost(prices=own("gpt-*", input_per_million="0.1", output_per_million="0.3")))

    assert found.amount_usd == Decimal("0.00013")
    assert (found.source, found.priced_as) == ("the provider's prices", "gpt-*")


def test_without_an_own_price_for_the_model_the_public_one_counts() -> None:
    found = known(cost(prices=own("llama*", per_second=1)))

    assert found.source.startswith("genai-prices ")


def test_cached_input_has_its_own_price_or_that_of_all_input() -> None:
    usage = AttemptUsage(input_tokens=1_000_000, output_tokens=0, cached_input_tokens=400_000)

    plain = cost(usage, prices=own(input_per_million=1, output_per_million=1))
    cheaper = cost(usage, prices=own(input_per_million=1, output_per_million=1, cached_input_per_million="0.5"))

    assert known(plain).amount_usd == 1
    assert known(cheaper).amount_usd == Decimal("0.8")


@pytest.mark.parametrize("provider_type", [one.name for one in list_types()])
def test_a_machine_is_paid_by_the_second_even_if_it_tells_no_tokens(provider_type: str) -> None:
    usage = AttemptUsage(machine_time=timedelta(seconds=2, microseconds=500))

    found = known(cost(usage, provider_type=provider_type, prices=own(per_second="0.0001")))

    assert found.amount_usd == Decimal("0.00020005")
    assert [say_part(part) for part in found.parts] == ["2.0005 seconds at $0.0001 per second"]


@pytest.mark.parametrize("machine_time", [None, timedelta(0), timedelta(seconds=-1)])
def test_a_time_that_is_not_known_is_not_free(machine_time: timedelta | None) -> None:
    usage = AttemptUsage(input_tokens=1, output_tokens=1, machine_time=machine_time)

    assert cost(usage, prices=own(per_second="0.01")) is None


@pytest.mark.parametrize("usage", [TOLD, AttemptUsage(), AttemptUsage(input_tokens=-1, machine_time=timedelta(-1))])
@pytest.mark.parametrize("prices", [{"input_per_million": 0, "output_per_million": 0}, {"per_second": 0}])
def test_what_is_set_free_is_free_whatever_the_server_tells(usage: AttemptUsage, prices: dict[str, int]) -> None:
    found = known(cost(usage, prices=own(**prices)))

    assert found.amount_usd == 0
    assert found.parts
    assert say_cost(found) == "$0 by the provider's prices"


def test_free_tokens_with_a_price_for_cached_ones_need_the_usage() -> None:
    prices = own(input_per_million=0, output_per_million=0, cached_input_per_million=1)

    assert cost(AttemptUsage(), prices=prices) is None


def test_a_cost_survives_json() -> None:
    found = known(cost())

    assert Cost.model_validate_json(found.model_dump_json()) == found


def test_a_stored_attempt_used_its_tokens_and_its_time_without_the_waits() -> None:
    attempt = make_attempt(
        raw_answer="{}",
        input_tokens=5,
        output_tokens=7,
        exchanges=({"waited_seconds": 1.0}, {"waited_seconds": None, "limited_seconds": 0.5}, {"status": 200}),
    )

    assert usage_of(attempt) == AttemptUsage(
        input_tokens=5, output_tokens=7, machine_time=timedelta(seconds=8, milliseconds=500)
    )


def test_a_stored_attempt_whose_server_told_nothing_is_unknown() -> None:
    silent = usage_of(make_attempt(raw_answer="{}"))
    half = usage_of(make_attempt(raw_answer="{}", input_tokens=5))
    running = usage_of(make_attempt(ended_at=None))

    assert (silent.input_tokens, silent.output_tokens) == (None, None)
    assert (half.input_tokens, half.output_tokens) == (5, None)
    assert running.machine_time is None


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0.0031", "$0.0031"),
        ("0.00315", "$0.0032"),
        ("0.0001", "$0.0001"),
        ("0.00009999", "< $0.0001"),
        ("1e-18", "< $0.0001"),
        ("0.1", "$0.10"),
        ("0.0520", "$0.052"),
        ("0.99994", "$0.9999"),
        ("0.99996", "$1.00"),
        ("1.005", "$1.01"),
        ("1234.5", "$1,234.50"),
        ("1e30", f"${10**30:,}.00"),
    ],
)
def test_a_sum_is_said_as_people_write_it(amount: str, said: str) -> None:
    assert say_cost(CostSum(amount_usd=Decimal(amount), known_count=2)) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [("0.12349", "at least $0.1234"), ("2.999", "at least $2.99"), ("0.00009", "unknown"), ("0", "unknown")],
)
def test_known_and_unknown_is_at_least_the_known(amount: str, said: str) -> None:
    assert say_cost(CostSum(amount_usd=Decimal(amount), known_count=1, unknown_count=1)) == said


def test_nothing_asked_is_neither_unknown_nor_free() -> None:
    assert say_cost(sum_costs([])) == "none"
    assert say_cost(sum_costs([None])) == say_cost(None) == "unknown"


def test_the_charge_of_time_has_no_tokens() -> None:
    found = known(cost(prices=own(per_second=1)))

    assert [part.charge for part in found.parts] == [Charge.MACHINE_TIME]
