"""The price table of a provider in JSON bodies: prices are texts, which stay exact where numbers would not."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from api.fields import NAME_PATTERN, NO_NAME
from core.providers.prices import MAX_ENTRIES, MAX_MODEL_NAME, PriceTable

PRICE_PATTERN = r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,12})?"
PRICE_SCHEMA = {"type": "string", "pattern": f"^{PRICE_PATTERN}$", "maxLength": 19}
_NULL = {"type": "null"}
_NAME_SCHEMA = {"type": "string", "minLength": 1, "maxLength": MAX_MODEL_NAME, "pattern": NAME_PATTERN, "not": NO_NAME}
_PRICE_FIELDS = ("input_per_million", "output_per_million", "cached_input_per_million", "per_second")
_DESCRIPTION = (
    "What its models cost, in US dollars per million tokens or per second, written as text: “0.15”. `*` in the name of "
    "a model stands for any part of it; no name may come twice. null or no entries: no prices of its own."
)


def _describe_entry(prices: dict[str, Any], *, required: list[str]) -> dict[str, Any]:  # Any: JSON Schema
    return {
        "type": "object",
        "properties": {"model_name": _NAME_SCHEMA, **dict.fromkeys(_PRICE_FIELDS, _NULL), **prices},
        "required": ["model_name", *required],
        "additionalProperties": False,
    }


_TOKEN_PRICES: dict[str, Any] = {  # Any: JSON Schema
    "input_per_million": PRICE_SCHEMA,
    "output_per_million": PRICE_SCHEMA,
    "cached_input_per_million": {"anyOf": [PRICE_SCHEMA, _NULL]},
}
_ENTRY_SCHEMA = {
    "anyOf": [
        _describe_entry(_TOKEN_PRICES, required=["input_per_million", "output_per_million"]),
        _describe_entry({"per_second": PRICE_SCHEMA}, required=["per_second"]),
    ]
}
_TABLE_SCHEMA = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "currency": {"type": "string", "const": "USD"},
                "entries": {"type": "array", "items": _ENTRY_SCHEMA, "maxItems": MAX_ENTRIES},
            },
            "additionalProperties": False,
        },
        _NULL,
    ]
}


def _check_texts(table: object) -> object:
    entries = table.get("entries") if isinstance(table, Mapping) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        if isinstance(entry, Mapping):
            _check_entry(entry, number)
    return table


def _check_entry(entry: Mapping[str, object], number: int) -> None:
    name = entry.get("model_name")
    if isinstance(name, str) and any(character.isspace() and character != " " for character in name):
        raise ValueError(f"Entry {number}: the name of a model stands on one line, without tabs.")
    for field in _PRICE_FIELDS:
        price = entry.get(field)
        if price is not None and not (isinstance(price, str) and re.fullmatch(PRICE_PATTERN, price, re.ASCII)):
            raise ValueError(f"Entry {number}: write “{field}” as a text in plain digits, such as “0.15”.")


JsonPrices = Annotated[
    PriceTable | None, BeforeValidator(_check_texts), WithJsonSchema(_TABLE_SCHEMA), Field(description=_DESCRIPTION)
]
