"""Tasks with a rich input and a rich answer, for the tests of the Run page."""

import json
from typing import Any, Final
from urllib.parse import quote_plus

Schema = dict[str, Any]  # Any: JSON


def _make_object(fields: Schema, *, required: list[str] | None = None, **words: object) -> Schema:
    needed = list(fields) if required is None else required
    return {"type": "object", "properties": fields, "required": needed, "additionalProperties": False, **words}


_TEXT: Final[Schema] = {"type": "string"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}

ORDER_SCHEMA: Final = _make_object(
    {
        "customer": _make_object({"name": _TEXT, "address": _make_object({"city": _TEXT, "street": _TEXT})}),
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": _make_object({"sku": _TEXT, "quantity": {"type": "integer", "minimum": 1}}),
        },
        "payment": {
            "anyOf": [
                _make_object({"kind": {"const": "card"}, "digits": _TEXT}, title="Card"),
                _make_object({"kind": {"const": "transfer"}, "iban": _TEXT}, title="Transfer"),
            ]
        },
        "urgency": {"type": "string", "enum": ["low", "high"]},
        "due": _DAY,
        "tags": {"type": "array", "items": _TEXT},
    },
    required=["customer", "lines", "payment", "urgency", "due"],
)
"""An input: objects in objects, a list of objects, one of two shapes, a choice, a date, a list of words."""

ORDER: Final[Schema] = {
    "customer": {"name": "Ada", "address": {"city": "London", "street": "St James Square 12"}},
    "lines": [{"sku": "B-2", "quantity": 1}, {"sku": "A-1", "quantity": 3}],
    "payment": {"kind": "transfer", "iban": "GB33"},
    "urgency": "high",
    "due": "2026-05-04",
    "tags": ["gift"],
}

REVIEW_SCHEMA: Final = _make_object(
    {
        "verdict": {"type": "string", "enum": ["accept", "reject"]},
        "due": _DAY,
        "customer": _make_object({"name": _TEXT, "address": _make_object({"city": _TEXT, "street": _TEXT})}),
        "lines": {
            "type": "array",
            "items": _make_object({"item": _TEXT, "quantity": {"type": "integer"}, "ships": _DAY}),
        },
        "reason": {"type": ["string", "null"]},
    }
)
"""An answer: a choice, dates, a tree, a table, and a text that may be null."""

REVIEW: Final[Schema] = {
    "verdict": "accept",
    "due": "2026-05-04",
    "customer": {"name": "Ada", "address": {"city": "London", "street": "St James Square 12"}},
    "lines": [
        {"item": "=HYPERLINK(1)", "quantity": 3, "ships": "2026-05-01"},
        {"item": "Lamp", "quantity": 1, "ships": "2026-05-02"},
    ],
    "reason": None,
}


def answer_mode(value: object) -> str:
    """Return the fake model server's mode that answers exactly this."""
    return f"answer:{quote_plus(json.dumps(value))}"
