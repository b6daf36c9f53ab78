"""What the measurements share: one figure, and a process to be measured."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value beside what was promised."""

    name: str
    value: float
    unit: str
    promised: str = ""

    def __str__(self) -> str:
        return f"{self.name:<68} {self.value:>9.1f} {self.unit:<4} {self.promised}"


def spread(name: str, seconds: Sequence[float], *, p50: str = "", p95: str = "") -> Iterator[Figure]:
    """Yield the median and the 95th percentile of some durations, in milliseconds, beside what was promised."""
    ordered = sorted(each * 1000 for each in seconds)
    yield Figure(f"{name}, p50", statistics.median(ordered), "ms", p50 and f"promised: {p50}")
    yield Figure(f"{name}, p95", ordered[int(len(ordered) * 0.95)], "ms", p95 and f"promised: {p95}")
