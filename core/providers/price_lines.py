"""A provider's prices as lines of text, as a person writes them into a form.

gpt-4o* = 2.50 in, 10 out, 1.25 cached
qwen3:8b = 0.0002 per second
"""

from core.errors import Detail, InvalidInputError
from core.providers.prices import ModelPrice, PriceTable, show_price
from core.requests import parse_request

_FIELD = "prices"
_UNITS = {
    "in": "input_per_million",
    "out": "output_per_million",
    "cached": "cached_input_per_million",
    "per second": "per_second",
}
_MAX_SHOWN = 40
_FORM = "Write “model = 0.15 in, 0.60 out” or “model = 0.0002 per second”."


def write_price_lines(prices: PriceTable | None) -> str:
    """Return a price table as lines, one for each entry; `read_price_lines` reads the same table from them."""
    return "\n".join(_write_line(entry) for entry in (prices.entries if prices is not None else ()))


def read_price_lines(text: str) -> PriceTable | None:
    """Return the price table of some lines; None when all are blank.

    Raises: InvalidInputError: a line cannot be read; the details are about the field `prices`.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    entries = [_read_line(line, number) for number, line in lines]
    if not entries:
        return None
    try:
        return parse_request(PriceTable, {"entries": entries})
    except InvalidInputError as error:
        raise _refuse(error.message) from error


def _write_line(entry: ModelPrice) -> str:
    prices = [(unit, getattr(entry, field)) for unit, field in _UNITS.items()]
    told = ", ".join(f"{show_price(price)} {unit}" for unit, price in prices if price is not None)
    return f"{entry.model_name} = {told}"


def _read_line(line: str, number: int) -> ModelPrice:
    # The name of a model may hold an equals sign, a price may not.
    name, equals, told = line.rpartition("=")
    if not equals:
        raise _refuse(f"Line {number} has no “=”. {_FORM}")
    values: dict[str, object] = {"model_name": name.strip()}
    for piece in told.split(","):
        price, _, unit = piece.strip().partition(" ")
        field = _UNITS.get(" ".join(unit.split()).lower())
        if field is None:
            raise _refuse(f"Line {number}: “{piece.strip()[:_MAX_SHOWN]}” is no price. {_FORM}")
        if field in values:
            raise _refuse(f"Line {number} has two prices “{unit.strip()}”. Remove one.")
        values[field] = price
    try:
        return parse_request(ModelPrice, values)
    except InvalidInputError as error:
        raise _refuse(f"Line {number}: {error.message}") from error


def _refuse(message: str) -> InvalidInputError:
    return InvalidInputError(message, details=[Detail(place=_FIELD, message=message)])
