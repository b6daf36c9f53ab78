"""Reads JSON that people paste, strictly: a key that stands twice is a mistake, and NaN is no number."""

import json
import math
from typing import Any, NoReturn

from core.errors import InvalidInputError
from core.tasks.schemas.json_values import show_value


def strict_decoder(refusal: type[InvalidInputError]) -> json.JSONDecoder:
    """Return a decoder that raises `refusal` for what JSON's own readers let pass or make up.

    What is no JSON at all still raises json.JSONDecodeError.
    """

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON
        result: dict[str, Any] = {}  # Any: JSON
        for key, value in pairs:
            if key in result:
                raise refusal(f"The key {show_value(key)} stands twice in one object. Keep one of them.")
            result[key] = value
        return result

    def refuse_number(name: str) -> NoReturn:
        raise refusal(f"{name} is not a number JSON can hold.")

    def read_float(text: str) -> float:
        value = float(text)
        return value if math.isfinite(value) else refuse_number(text[:40])

    return json.JSONDecoder(object_pairs_hook=read_object, parse_constant=refuse_number, parse_float=read_float)
