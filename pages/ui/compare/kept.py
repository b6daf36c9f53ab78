"""What the page has read before and need not read again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from core.runs.comparing.aligning import align
from core.runs.comparing.records import AlignedAnswers, ComparisonRecord
from pages.ui.door import Door

Value = TypeVar("Value")


@dataclass
class Kept:
    """What was read since the newest event: until the next one, it is still so."""

    seq: int = 0
    values: dict[str, Any] = field(default_factory=dict)  # Any: whatever is read

    def read(self, door: Door, name: str, read: Callable[[], Value]) -> Value:
        """Return what was kept under this name, or read it. Each name stands for one type."""
        if not door.seq or door.seq != self.seq:  # 0: it is not known what happened
            self.seq, self.values = door.seq, {}
        if name not in self.values:
            self.values[name] = read()
        found: Value = self.values[name]
        return found


@dataclass
class Shown:
    """The stored comparison that is shown, and the answers that were aligned last."""

    comparison: ComparisonRecord | None = None
    _aligned: tuple[ComparisonRecord, AlignedAnswers] | None = None

    def forget(self) -> None:
        """Let go of up to 80 answers that nobody looks at any more."""
        self.comparison = self._aligned = None

    def align(self, comparison: ComparisonRecord) -> AlignedAnswers:
        """Return the answers field by field; of the very same record only once."""
        if self._aligned is None or self._aligned[0] is not comparison:
            self._aligned = (comparison, align(comparison))
        return self._aligned[1]
