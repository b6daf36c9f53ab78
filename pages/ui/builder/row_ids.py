"""Numbers by which the browser knows a field again wherever it stands. Knows no Streamlit."""

from collections.abc import Iterable

from core.tasks.builder import Field


class RowIds:
    """Gives a field the same number as long as it is the same object, which an edit elsewhere leaves it.

    A field that was edited is another one; it stands where it stood. The same field in two places has one number.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Field, int]] = {}
        self._last = 0

    def numbered(self, fields: Iterable[Field]) -> list[int]:
        """Return the numbers of these fields, and forget all others."""
        found: dict[int, tuple[Field, int]] = {}
        numbers = []
        for field in fields:
            known = found.get(id(field)) or self._known.get(id(field))
            if known is None:
                self._last += 1
                known = (field, self._last)
            found[id(field)] = known
            numbers.append(known[1])
        self._known = found
        return numbers
