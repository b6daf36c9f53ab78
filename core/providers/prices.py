"""What a provider's models cost, as its owner says: per million tokens, or per second of a machine of one's own."""

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

MAX_ENTRIES = 200
MAX_PRICE = 1_000_000
MAX_DECIMALS = 12
MAX_MODEL_NAME = 200
_MAX_WRITTEN = 40
_ANY = "*"
_STEP = Decimal(1).scaleb(-MAX_DECIMALS)
_WHOLE = Context(prec=2 * _MAX_WRITTEN)


class TokenRates(NamedTuple):
    """US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    """For input the server had read before; None: as all input."""
    cache_write: Decimal | None = None
    """For input the server keeps for later; None: as all input."""


def _read_price(value: object) -> Decimal | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    # An integer is not written out on the way: Python refuses to beyond 4,300 digits.
    price = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else _to_decimal(value)
    if not price.is_finite():
        raise ValueError("A price is a number like 0.15, not infinity and not NaN.")
    if price < 0:
        raise ValueError("A price is not negative; 0 means free.")
    if price > MAX_PRICE:
        raise _too_much()
    if price and (price.adjusted() < -MAX_DECIMALS or price != price.quantize(_STEP, context=_WHOLE)):
        raise ValueError(f"A price has at most {MAX_DECIMALS} decimal places.")
    return Decimal(show_price(price)) if price else Decimal(0)


def _to_decimal(value: object) -> Decimal:
    if not isinstance(value, float | str | Decimal):
        raise _no_number()
    written = str(value).strip()  # a float as it was typed: 0.1 stays 0.1
    if len(written) > _MAX_WRITTEN:
        raise ValueError(f"A price has at most {_MAX_WRITTEN} characters.")
    try:
        return Decimal(written)
    except InvalidOperation as error:
        raise _no_number() from error


def _no_number() -> ValueError:
    return ValueError("Write a price as a number like 0.15, without a currency sign.")


def _too_much() -> ValueError:
    return ValueError(f"A price is at most {MAX_PRICE:,}.")


def show_price(price: Decimal) -> str:
    """Return a price in digits, with no exponent and no zeros at its end."""
    written = format(price, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _read_model_name(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("The name of a model is text.")
    name = value.strip()
    if not name:
        raise ValueError("Say which model the price is for; * stands for any part of a name.")
    if len(name) > MAX_MODEL_NAME:
        raise ValueError(f"The name of a model has at most {MAX_MODEL_NAME} characters.")
    if not name.isprintable():
        raise ValueError("The name of a model holds printable characters only.")
    return name


def _read_currency(value: object) -> object:
    if value != "USD":
        raise ValueError("Prices are in US dollars (USD); other currencies are not converted.")
    return value


def _write_price(price: Decimal | None) -> str | None:
    return None if price is None else show_price(price)


Exact = Annotated[Decimal, PlainSerializer(show_price, return_type=str, when_used="json")]
"""A number that is written to JSON as text, since nothing else stays exact there."""
Price = Annotated[
    Decimal | None,
    BeforeValidator(_read_price),
    PlainSerializer(_write_price, return_type=str | None, when_used="json"),
]


class _Strict(BaseModel):
    """A record that names the fields it does not know."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: object) -> object:
        if isinstance(values, Mapping):
            unknown = [str(key) for key in values if key not in cls.model_fields]
            if unknown:
                known = ", ".join(cls.model_fields)
                raise ValueError(f"There is no field “{unknown[0][:_MAX_WRITTEN]}” here; the fields are {known}.")
        return values


class ModelPrice(_Strict):
    """What one model costs, or all whose names fit a pattern: by tokens or by time, not both. 0 is free."""

    model_name: Annotated[str, BeforeValidator(_read_model_name)] = Field(default="", validate_default=True)
    """An exact name, or one with * for any characters; capitals do not matter."""
    input_per_million: Price = None
    output_per_million: Price = None
    """With the tokens a model thinks in."""
    cached_input_per_million: Price = None
    """For input the server had read before; None: as all input."""
    per_second: Price = None
    """For each second the machine works on an answer."""

    @model_validator(mode="after")
    def _check_kinds(self) -> Self:
        tokens = (self.input_per_million, self.output_per_million)
        if self.per_second is not None:
            if any(price is not None for price in (*tokens, self.cached_input_per_million)):
                raise ValueError(f"Price “{self.model_name}” per million tokens or per second, not both.")
        elif all(price is None for price in (*tokens, self.cached_input_per_million)):
            raise ValueError(f"Give “{self.model_name}” a price per million tokens, or one per second.")
        elif None in tokens:
            raise ValueError(f"Give “{self.model_name}” a price for input and one for output; 0 means free.")
        return self

    @property
    def rates(self) -> TokenRates | None:
        """Its prices by tokens; None when it is priced by time."""
        if self.input_per_million is None or self.output_per_million is None:
            return None
        return TokenRates(self.input_per_million, self.output_per_million, self.cached_input_per_million)

    def fits(self, model_name: str) -> bool:
        """Say whether the price is for a model of this name."""
        return _fits(self.model_name.casefold(), model_name.strip().casefold())


def _refuse_many(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("The prices are a list, one entry for each model.")
    if len(value) > MAX_ENTRIES:
        raise ValueError(f"There are {len(value):,} prices; at most {MAX_ENTRIES} are kept. Use * in the names.")
    return value


class PriceTable(_Strict):
    """The prices of one provider's models."""

    currency: Annotated[Literal["USD"], BeforeValidator(_read_currency)] = "USD"
    entries: Annotated[tuple[ModelPrice, ...], BeforeValidator(_refuse_many)] = ()

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        seen: set[str] = set()
        for entry in self.entries:
            if entry.model_name.casefold() in seen:
                raise ValueError(f"“{entry.model_name}” has two prices. Remove one.")
            seen.add(entry.model_name.casefold())
        return self

    def find(self, model_name: str) -> ModelPrice | None:
        """Return the price of a model: the exact name's, else of the pattern that says most; None if there is none."""
        fitting = [entry for entry in self.entries if entry.fits(model_name)]
        return max(fitting, key=_say_how_much, default=None)


def read_prices(stored: Mapping[str, Any] | None) -> PriceTable | None:  # Any: JSON
    """Return the table that `write_prices` wrote."""
    return None if stored is None else PriceTable.model_validate(stored)


def write_prices(prices: PriceTable | None) -> dict[str, Any] | None:  # Any: JSON
    """Return a table as it is stored; None when it holds no price."""
    if prices is None or not prices.entries:
        return None
    return prices.model_dump(mode="json", exclude_none=True)


def _say_how_much(entry: ModelPrice) -> tuple[bool, int]:
    # Of equals `max` takes the first.
    return _ANY not in entry.model_name, len(entry.model_name.replace(_ANY, ""))


def _fits(pattern: str, name: str) -> bool:
    # Piece by piece, without a regular expression: many stars cost no more than a few.
    first, *rest = pattern.split(_ANY)
    if not rest:
        return pattern == name
    *middle, last = rest
    if not name.startswith(first):
        return False
    place = len(first)
    for piece in middle:
        found = name.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return len(name) - place >= len(last) and name.endswith(last)
