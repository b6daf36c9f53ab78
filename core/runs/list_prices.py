"""The public prices of vendors that are known for certain, from the data bundled with genai-prices.

Importing this module loads that package (0.1 s, 4 MB): pages never import it. It asks no network: prices are read from
the bundled data directly, whatever an updater of genai-prices may have fetched.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import genai_prices
from genai_prices import types
from genai_prices.data import providers

from core.providers.prices import TokenRates

SOURCE = f"genai-prices {genai_prices.__version__}"

# Exact hosts: genai-prices' own patterns take any host that begins like the vendor's. Left out on purpose: Azure (the
# name of a deployment says nothing of its model), OpenRouter and other routers (the price is of whom they pick), Google
# and xAI (their OpenAI dialect may leave the tokens of thinking out of the output).
_VENDORS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.cerebras.ai": "cerebras",
    "api.deepseek.com": "deepseek",
    "api.fireworks.ai": "fireworks",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral",
    "api.moonshot.ai": "moonshotai",
    "api.together.xyz": "together",
}
_TEXT_PRICES = frozenset({"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok"})
# What costs only when it is used, and Benchtop never does. Anything else, such as a fee per request, is not known here.
_UNUSED = re.compile("web_searches_kcount|storage_searches_kcount|cache_write_1h_mtok|.*(audio|image|video).*")
_SNAPSHOT = re.compile(r"(-latest|-\d{4}(-\d{2}-\d{2})?|-\d{6}|-\d{8})?")


class ListPrice(NamedTuple):
    """What a model cost at a time."""

    model_name: str
    """As genai-prices calls it."""
    rates: TokenRates


def find_list_price(*, base_url: str, model_name: str, at: datetime, input_tokens: int) -> ListPrice | None:
    """Return the public price of a model; None unless vendor and model are known for certain.

    `at` is when the request was sent (UTC if naive). Long inputs cost more at some vendors, so `input_tokens` counts.
    """
    vendor = _find_vendor(base_url)
    model = _find_model(vendor, model_name.strip().lower()) if vendor else None
    if model is None:
        return None
    prices = {key: price for key, price in vars(model.get_prices(at)).items() if price is not None}
    if any(key not in _TEXT_PRICES and not _UNUSED.fullmatch(key) for key in prices):
        return None
    rates = {key: _rate(prices[key], input_tokens) for key in _TEXT_PRICES & prices.keys()}
    # Free by a list is as good as not listed: some models are entered before their price is known.
    if not rates.get("input_mtok") or not rates.get("output_mtok"):
        return None
    return ListPrice(
        model.id,
        TokenRates(
            rates["input_mtok"], rates["output_mtok"], rates.get("cache_read_mtok"), rates.get("cache_write_mtok")
        ),
    )


def find_list_window(*, base_url: str, model_name: str) -> int | None:
    """Return how many tokens a model reads and writes at most; None unless vendor and model are known for certain."""
    vendor = _find_vendor(base_url)
    model = _find_model(vendor, model_name.strip().lower()) if vendor else None
    return None if model is None else model.context_window or None


def _rate(price: Decimal | types.TieredPrices, input_tokens: int) -> Decimal:
    if isinstance(price, Decimal):
        return price
    reached = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return reached[-1] if reached else price.base


def _find_vendor(base_url: str) -> str | None:
    try:
        parts = urlsplit(base_url)
        is_usual = parts.scheme == "https" and parts.port in (None, 443)
    except ValueError:
        return None
    return _VENDORS.get(parts.hostname or "") if is_usual else None


@lru_cache(maxsize=1024)
def _find_model(vendor: str, model_name: str) -> types.ModelInfo | None:
    models = next(provider.models for provider in providers if provider.id == vendor)
    return next((model for model in models if _names(model, model_name)), None)


def _names(model: types.ModelInfo, model_name: str) -> bool:
    """Say whether the entry means this very model, and not all whose names merely begin alike."""
    return model_name == model.id.lower() or any(_is_exact(clause, model_name) for clause in _clauses(model.match))


def _clauses(match: types.MatchLogic) -> Iterator[types.MatchLogic]:
    if isinstance(match, types.ClauseOr):
        for clause in match.or_:
            yield from _clauses(clause)
    else:
        yield match


def _is_exact(clause: types.MatchLogic, model_name: str) -> bool:
    if isinstance(clause, types.ClauseEquals):
        return clause.is_match(model_name)
    if isinstance(clause, types.ClauseRegex):
        return clause.regex.startswith("^") and clause.regex.endswith("$") and clause.is_match(model_name)
    if isinstance(clause, types.ClauseStartsWith) and clause.is_match(model_name):
        return _SNAPSHOT.fullmatch(model_name, len(clause.starts_with)) is not None
    return False
