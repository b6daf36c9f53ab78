"""Which known word somebody may have meant."""

import difflib
import re
from collections.abc import Iterable

MAX_WORD = 80
_MAX_KNOWN = 500
_NEAR = 0.74


def look(text: str) -> str:
    """Return what two spellings of one word have in common: no case, no signs, no blanks."""
    return re.sub(r"[\W_]+", "", text.casefold())


def find_nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant, None when none is near. Looks at 500 words at most."""
    if not word or len(word) > MAX_WORD:
        return None
    words = [one for one, _ in zip(known, range(_MAX_KNOWN), strict=False) if len(one) <= MAX_WORD]
    by_look = {look(one): one for one in reversed(words)}
    same = by_look.get(look(word))
    if same is not None:
        return same
    near = difflib.get_close_matches(look(word), list(by_look), n=1, cutoff=_NEAR)
    if near:
        return by_look[near[0]]
    return _find_part(look(word), by_look)


def _find_part(word: str, by_look: dict[str, str]) -> str | None:
    """Return the one known word that begins or ends with this one, or the other way round."""
    if len(word) < 4:
        return None
    held = [one for one in by_look if len(one) >= 4 and (_touches(one, word) or _touches(word, one))]
    return by_look[held[0]] if len(held) == 1 else None


def _touches(long: str, short: str) -> bool:
    return long.startswith(short) or long.endswith(short)
