"""The words a run can be found by: those of its input and its result, without the names of fields."""

from collections.abc import Iterator

_MAX_CHARACTERS = 20_000


def list_words(value: object) -> str:
    """Return the texts and numbers in a JSON value, a line each, cut past 20,000 characters."""
    lines, room = list[str](), _MAX_CHARACTERS
    for text in _walk(value):
        lines.append(text[:room])
        room -= len(text) + 1
        if room <= 0:
            break
    return "\n".join(lines)


def _walk(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, dict):
            pending.extend(reversed(found.values()))
        elif isinstance(found, list):
            pending.extend(reversed(found))
        elif isinstance(found, int | float) and not isinstance(found, bool):
            yield str(found)
