"""The constraints the form sets on a field: which fit a type, what each takes, and where it stands."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from core.errors import InvalidInputError
from core.tasks.drafts.field_types import NUMERIC, FieldType, Number
from core.tasks.schemas.json_values import JsonObject

Setting: TypeAlias = Number | str | bool


class SettingKind(StrEnum):
    """What a constraint takes: any number, a whole number from 0, a text, or yes and no."""

    NUMBER = "number"
    COUNT = "count"
    TEXT = "text"
    FLAG = "flag"


class Bound(NamedTuple):
    """A limit of a number; an exclusive one is not allowed itself."""

    value: Number
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint: its name in `Field.changed`, its keyword in the schema, and what it takes."""

    name: str
    keyword: str
    kind: SettingKind
    types: frozenset[FieldType]
    noun: str

    def read(self, words: JsonObject) -> Setting | None:
        """Return what is set, None when nothing is or when it is written in a way the form cannot edit."""
        value = words.get(self.keyword)
        return value if value is not None and self._takes(value) else None

    def check(self, value: object) -> None:
        """Raises: InvalidInputError: the value cannot be set here."""
        if not self._takes(value):
            raise InvalidInputError(f"“{self.keyword}” takes {_TAKES[self.kind]}.")
        if self.keyword == "multipleOf" and isinstance(value, int | float) and value <= 0:
            raise InvalidInputError("“multipleOf” takes a number above 0.")

    def _takes(self, value: object) -> bool:
        match self.kind:
            case SettingKind.FLAG:
                return isinstance(value, bool)
            case SettingKind.TEXT:
                return isinstance(value, str)
            case SettingKind.COUNT:
                return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return is_number(value)


_TAKES: Final = {
    SettingKind.NUMBER: "a number",
    SettingKind.COUNT: "a whole number from 0",
    SettingKind.TEXT: "a text",
    SettingKind.FLAG: "yes or no",
}
_TEXTS = frozenset({FieldType.STRING, FieldType.EMAIL, FieldType.URL})
_LISTS = frozenset({FieldType.ARRAY})
_OBJECTS = frozenset({FieldType.OBJECT})

CONSTRAINTS: Final = (
    Constraint("minimum", "minimum", SettingKind.NUMBER, NUMERIC, "a number"),
    Constraint("maximum", "maximum", SettingKind.NUMBER, NUMERIC, "a number"),
    Constraint("exclusive_minimum", "exclusiveMinimum", SettingKind.NUMBER, NUMERIC, "a number"),
    Constraint("exclusive_maximum", "exclusiveMaximum", SettingKind.NUMBER, NUMERIC, "a number"),
    Constraint("multiple_of", "multipleOf", SettingKind.NUMBER, NUMERIC, "a number"),
    Constraint("min_length", "minLength", SettingKind.COUNT, _TEXTS, "a text"),
    Constraint("max_length", "maxLength", SettingKind.COUNT, _TEXTS, "a text"),
    Constraint("pattern", "pattern", SettingKind.TEXT, _TEXTS, "a text"),
    Constraint("min_items", "minItems", SettingKind.COUNT, _LISTS, "a list"),
    Constraint("max_items", "maxItems", SettingKind.COUNT, _LISTS, "a list"),
    Constraint("unique_items", "uniqueItems", SettingKind.FLAG, _LISTS, "a list"),
    Constraint("min_properties", "minProperties", SettingKind.COUNT, _OBJECTS, "an object"),
    Constraint("max_properties", "maxProperties", SettingKind.COUNT, _OBJECTS, "an object"),
    Constraint("allows_others", "additionalProperties", SettingKind.FLAG, _OBJECTS, "an object"),
)
_BY_TYPE: Final = {kind: tuple(one for one in CONSTRAINTS if kind in one.types) for kind in FieldType}
BY_NAME: Final[Mapping[str, Constraint]] = {constraint.name: constraint for constraint in CONSTRAINTS}
# What holds where the keyword is absent.
ABSENT: Final[Mapping[str, bool]] = {"unique_items": False, "allows_others": True}


def constraints_for(field_type: FieldType) -> tuple[Constraint, ...]:
    """Return the constraints that fit a type, in the order a form shows them."""
    return _BY_TYPE[field_type]


def is_number(value: object) -> bool:
    """Say whether a JSON value is a number that JSON can hold."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def number_at(words: JsonObject, keyword: str) -> Number | None:
    """Return the number at a keyword, None when there is none."""
    value = words.get(keyword)
    return value if isinstance(value, int | float) and is_number(value) else None


def bound_of(words: JsonObject, side: str) -> Bound | None:
    """Return the limit on one side (`minimum` or `maximum`), the tighter one where both kinds are set."""
    inclusive = number_at(words, side)
    exclusive = number_at(words, exclusive_keyword(side))
    if exclusive is None:
        return None if inclusive is None else Bound(inclusive)
    if inclusive is None:
        return Bound(exclusive, True)
    is_looser = inclusive > exclusive if side == "minimum" else inclusive < exclusive
    return Bound(inclusive) if is_looser else Bound(exclusive, True)


def exclusive_keyword(side: str) -> str:
    """Return the keyword of the exclusive limit beside `minimum` or `maximum`."""
    return "exclusiveMinimum" if side == "minimum" else "exclusiveMaximum"


def contradictions(words: JsonObject) -> list[str]:
    """Return which limits of a schema exclude each other, as half sentences."""
    found = []
    low, high = bound_of(words, "minimum"), bound_of(words, "maximum")
    if low is not None and high is not None:
        if low.value > high.value:
            found.append(f"has a minimum ({low.value}) above its maximum ({high.value})")
        elif low.value == high.value and (low.is_exclusive or high.is_exclusive):
            found.append(f"allows no number: {low.value} is its limit on both sides and not allowed itself")
    for least, most, noun in _COUNTED:
        low_count, high_count = number_at(words, least), number_at(words, most)
        if low_count is not None and high_count is not None and low_count > high_count:
            found.append(f"asks for at least {low_count} {noun} and at most {high_count}")
    return found


_COUNTED: Final = (
    ("minLength", "maxLength", "characters"),
    ("minItems", "maxItems", "items"),
    ("minProperties", "maxProperties", "fields"),
)
