"""What a run cost: from the provider's own prices where they are set, else from public ones where they are certain.

What is not known is None and said as “unknown”; it never counts as nothing. Amounts are exact decimals in US dollars.
"""

import importlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.providers.prices import Exact, PriceTable, TokenRates, show_price
from core.providers.types import find_type

OWN_PRICES = "the provider's prices"
UNKNOWN = "unknown"
_MAX_TOKENS = 10**12
_SMALLEST_SHOWN = Decimal("0.0001")
_MICROSECOND = timedelta(microseconds=1)
# Enough digits that nothing is ever rounded: prices have 19, counts 13, and sums may add some dozens.
_EXACT = Context(prec=100)


class AttemptUsage(BaseModel):
    """What one request used, as the server told. None: it did not tell."""

    model_config = ConfigDict(frozen=True)

    input_tokens: int | None = None
    """All of them, with those below."""
    output_tokens: int | None = None
    """With those the model thought in."""
    cached_input_tokens: int | None = None
    """Input that the server had read before. None is charged as 0: too much rather than too little."""
    cache_write_tokens: int | None = None
    """Input that the server kept for later. None is unknown where it costs more than other input."""
    machine_time: timedelta | None = None
    """How long the machine worked on the answer."""


class Charge(StrEnum):
    """What is charged for."""

    INPUT = "input tokens"
    CACHED_INPUT = "cached input tokens"
    CACHE_WRITE = "input tokens kept in the cache"
    OUTPUT = "output tokens"
    MACHINE_TIME = "seconds"


class CostPart(BaseModel):
    """One line of a bill."""

    model_config = ConfigDict(frozen=True)

    charge: Charge
    count: Exact
    """Tokens or seconds."""
    price: Exact
    """US dollars per million tokens, or per second."""
    amount_usd: Exact


class Cost(BaseModel):
    """What one attempt cost. The parts add up to the amount, exactly."""

    model_config = ConfigDict(frozen=True)

    amount_usd: Exact
    source: str
    """“genai-prices 0.2.3”, or “the provider's prices”."""
    priced_as: str
    """The entry that was used: a model's name there, or the provider's pattern."""
    parts: tuple[CostPart, ...]


class CostSum(BaseModel):
    """What several attempts or runs cost together."""

    model_config = ConfigDict(frozen=True)

    amount_usd: Exact | None = None
    """Of those whose cost is known; None when none is."""
    known_count: int = 0
    unknown_count: int = 0
    sources: tuple[str, ...] = ()
    """Each once, by name."""

    @property
    def is_complete(self) -> bool:
        """True when nothing in it is unknown."""
        return self.unknown_count == 0


def cost_of(
    usage: AttemptUsage,
    *,
    provider_type: str,
    base_url: str,
    model_name: str,
    prices: PriceTable | None,
    at: datetime,
) -> Cost | None:
    """Return what an attempt cost that was sent at `at`; None is unknown.

    The provider's own prices win. Public ones are looked up only where the address is the vendor's own, never for local
    servers. The first look-up loads genai-prices (0.1 s, unless pydantic-ai has).
    """
    own = prices.find(model_name) if prices is not None else None
    if own is not None:
        rates = own.rates
        if rates is None:
            parts = _charge_time(usage, own.per_second)
        elif not any(rate for rate in rates):
            parts = _charge_tokens(usage, rates) or _charge_nothing(rates)  # free, whatever the server tells
        else:
            parts = _charge_tokens(usage, rates)
        return _build(parts, source=OWN_PRICES, priced_as=own.model_name)
    if not find_type(provider_type).has_public_prices or not usage.input_tokens:
        return None
    # Loaded only now: pages import this module for its records.
    public = importlib.import_module("core.runs.list_prices")
    found = public.find_list_price(base_url=base_url, model_name=model_name, at=at, input_tokens=usage.input_tokens)
    if found is None or _may_cost_more(usage, found.rates):
        return None
    return _build(_charge_tokens(usage, found.rates), source=public.SOURCE, priced_as=found.model_name)


def _may_cost_more(usage: AttemptUsage, rates: TokenRates) -> bool:
    return usage.cache_write_tokens is None and rates.cache_write is not None and rates.cache_write > rates.input


def _charge_tokens(usage: AttemptUsage, rates: TokenRates) -> list[CostPart]:
    """Return the lines of a bill; none when the usage is missing or cannot be."""
    # A request always has input: 0 is what a server is stored with that told nothing.
    if not usage.input_tokens or usage.output_tokens is None:
        return []
    cached, kept = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    fresh = usage.input_tokens - cached - kept
    counts = (fresh, cached, kept, usage.output_tokens)
    if min(counts) < 0 or max(counts) > _MAX_TOKENS:
        return []
    lines = (
        (Charge.INPUT, fresh, rates.input),
        (Charge.CACHED_INPUT, cached, rates.input if rates.cached_input is None else rates.cached_input),
        (Charge.CACHE_WRITE, kept, rates.input if rates.cache_write is None else rates.cache_write),
        (Charge.OUTPUT, usage.output_tokens, rates.output),
    )
    return [
        _line(charge, Decimal(count), price, amount=_EXACT.scaleb(_EXACT.multiply(price, Decimal(count)), -6))
        for charge, count, price in lines
        if count or charge in (Charge.INPUT, Charge.OUTPUT)
    ]


def _charge_nothing(rates: TokenRates) -> list[CostPart]:
    nothing = Decimal(0)
    return [_line(charge, nothing, nothing, amount=nothing) for charge in (Charge.INPUT, Charge.OUTPUT)]


def _charge_time(usage: AttemptUsage, price: Decimal | None) -> list[CostPart]:
    if price is None:
        return []
    if usage.machine_time is None or usage.machine_time <= timedelta(0):
        return [] if price else [_line(Charge.MACHINE_TIME, price, price, amount=price)]
    seconds = Decimal(usage.machine_time // _MICROSECOND).scaleb(-6, _EXACT)
    return [_line(Charge.MACHINE_TIME, seconds, price, amount=_EXACT.multiply(price, seconds))]


def _line(charge: Charge, count: Decimal, price: Decimal, *, amount: Decimal) -> CostPart:
    return CostPart(charge=charge, count=count, price=price, amount_usd=amount)


def _build(parts: Sequence[CostPart], *, source: str, priced_as: str) -> Cost | None:
    if not parts:
        return None
    amount = _add(part.amount_usd for part in parts)
    return Cost(amount_usd=amount, source=source, priced_as=priced_as, parts=tuple(parts))


def _add(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def sum_costs(costs: Iterable[Cost | CostSum | None]) -> CostSum:
    """Return what attempts, or whole runs, cost together. None counts as an unknown one."""
    listed = [_as_sum(cost) for cost in costs]
    known = [part.amount_usd for part in listed if part.amount_usd is not None]
    return CostSum(
        amount_usd=_add(known) if known else None,
        known_count=sum(part.known_count for part in listed),
        unknown_count=sum(part.unknown_count for part in listed),
        sources=tuple(sorted({source for part in listed for source in part.sources})),
    )


def _as_sum(cost: Cost | CostSum | None) -> CostSum:
    if cost is None:
        return CostSum(unknown_count=1)
    if isinstance(cost, Cost):
        return CostSum(amount_usd=cost.amount_usd, known_count=1, sources=(cost.source,))
    return cost


def say_cost(cost: Cost | CostSum | None) -> str:
    """Say a cost: “$0.0031”, “< $0.0001”, “at least $0.12”, “unknown”; “none” when nothing was asked."""
    whole = _as_sum(cost)
    if not whole.known_count and not whole.unknown_count:
        return "none"
    amount = whole.amount_usd
    if amount is None:
        return UNKNOWN
    if not whole.is_complete:
        # “At least nothing” says no more than this.
        return f"at least {_say(amount, ROUND_DOWN)}" if amount >= _SMALLEST_SHOWN else UNKNOWN
    if not amount:
        return f"$0 by {OWN_PRICES}"
    return _say(amount, ROUND_HALF_UP) if amount >= _SMALLEST_SHOWN else f"< ${_SMALLEST_SHOWN}"


def _say(amount: Decimal, rounding: str) -> str:
    rounded = amount.quantize(_SMALLEST_SHOWN, rounding, _EXACT)
    if rounded >= 1:
        return f"${amount.quantize(Decimal('0.01'), rounding, _EXACT):,}"
    whole, decimals = str(rounded).split(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def say_part(part: CostPart) -> str:
    """Say one line of a bill: “1,200 input tokens at $2.5 per million”."""
    unit = "" if part.charge is Charge.MACHINE_TIME else " million"
    count = f"{int(part.count):,}" if unit else show_price(part.count)
    return f"{count} {part.charge} at ${show_price(part.price)} per{unit or ' second'}"
