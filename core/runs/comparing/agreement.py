"""How far several values agree: which is the most frequent, and what share says so."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.runs.comparing.answer_places import Absent, Opened
from core.tasks.schemas.json_equality import json_mark

_LONGEST_TEXT = 2_000
# What a JSON value other than an object's or a list's inside begins with.
_BEGINNINGS = frozenset('"-0123456789[{tfnNI')


@dataclass(frozen=True, slots=True)
class Given:
    """One value as somebody gave it: equal ones have the same mark."""

    mark: str
    value: object

    @property
    def is_missing(self) -> bool:
        return isinstance(self.value, Absent)

    @property
    def text(self) -> str:
        """The value for a person; blank when missing."""
        if isinstance(self.value, Absent):
            return ""
        return self.value.text if isinstance(self.value, Opened) else _cut(_write(self.value))


def read_value(value: object) -> Given:
    """Return a value to be counted: 1 is 1.0, but not true, and no field is a value of its own."""
    if isinstance(value, str):  # the most frequent kind, and slow to write as JSON
        return Given(f"text {value}", value)
    if isinstance(value, Absent):
        return Given("absent", value)
    return Given(f"opened {value.text}" if isinstance(value, Opened) else f"is {json_mark(value)}", value)


def count_values(given: Sequence[Given]) -> list[tuple[Given, int]]:
    """Return each value once with how often it was given: the most frequent first, of equals the earliest."""
    first: dict[str, Given] = {}
    for value in given:
        first.setdefault(value.mark, value)
    return [(first[mark], count) for mark, count in Counter(value.mark for value in given).most_common()]


def share(counted: Sequence[tuple[Given, int]]) -> float | None:
    """Return the share of the most frequent value, 0 to 1; None where fewer than two were given."""
    total = sum(count for _, count in counted)
    return counted[0][1] / total if total > 1 else None


def mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values that are known; None when none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _write(value: object) -> str:
    if isinstance(value, str):
        # A text that reads like another value is told from it by its quotes.
        return json.dumps(value, ensure_ascii=False) if not value or _reads_as_json(value) else value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "(a value too large to show)"


def _reads_as_json(text: str) -> bool:
    if text.strip()[:1] not in _BEGINNINGS:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
