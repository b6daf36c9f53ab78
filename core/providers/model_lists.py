"""Reads the lists of models that servers answer with, trusting nothing in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.providers.answers import BadAnswer

MAX_MODEL_NAME_CHARACTERS = 300
MAX_MODELS = 2_000


def read_entries(answer: Any, *, collection: str) -> list[Mapping[str, Any]]:  # Any: JSON of a stranger
    """Return the objects of the list under `collection`, at most 2,000. Raises: BadAnswer: there is no such list."""
    entries = answer.get(collection) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise BadAnswer(f"its answer holds no list of {collection}")
    return [entry for entry in entries[:MAX_MODELS] if isinstance(entry, dict)]


def read_name(entry: Mapping[str, Any], *keys: str) -> str:  # Any: JSON of a stranger
    """Return the text under the first of the keys that holds one; blank: there is none."""
    found = (entry.get(key) for key in keys)
    return next((name.strip() for name in found if isinstance(name, str) and name.strip()), "")


def read_count(value: object) -> int | None:
    """Return a positive whole number as a server writes it; None for anything else."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 < value < 2**53 else None  # type: ignore[operator,return-value]  # told by is_number


def is_usable_name(name: str) -> bool:
    """Say whether an agent could take the name: it can be stored, shown and typed."""
    return name.isprintable() and len(name) <= MAX_MODEL_NAME_CHARACTERS


def read_words(value: object) -> tuple[str, ...]:
    """Return the short texts of a list, each once; nothing for anything else."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    words = [word for word in value[:20] if isinstance(word, str) and word.isprintable() and 0 < len(word) <= 40]
    return tuple(dict.fromkeys(words))
