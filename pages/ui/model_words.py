"""Words for what is known of a model: its size, its window, and whether it is in trouble."""

from datetime import date

from pages.ui.text import NOTHING

_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


def say_day(day: date) -> str:
    """Return `11 Dec 2026`."""
    return f"{day:%-d %b %Y}"


def say_size(size_bytes: int | None) -> str:
    """Return `4.7 GB`; a dash for None."""
    if size_bytes is None:
        return NOTHING
    for size, unit in _UNITS:
        if size_bytes >= size:
            return f"{size_bytes / size:.1f} {unit}"
    return f"{size_bytes} bytes"


def say_tokens(count: int | None) -> str:
    """Return `128k` for a window of so many tokens, in thousands from ten thousand on; a dash for None."""
    if count is None:
        return NOTHING
    if count < 10_000:
        return f"{count:,}"
    # 131,072 is called 128k, and 200,000 is called 200k.
    return f"{count // 1024:,}k" if count % 1024 == 0 else f"{round(count / 1000):,}k"
