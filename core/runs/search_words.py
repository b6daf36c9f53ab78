"""The words a run can be found by: those of its input and its result, without the names of fields."""

import re
from collections.abc import Iterator

_MAX_CHARACTERS = 20_000
# What stands between words, beyond ASCII, and what cannot be stored. Depending on its locale, PostgreSQL takes
# typographic quotes for letters, and leaves letters beyond ASCII as large as they are. It leaves out what stands
# between < and >, as if that were HTML, and takes an address or a path for one word.
_BETWEEN_WORDS = re.compile(
    "[<>@/\x00-\x1f\x7f-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u2000-\u206f\u2190-\u2bff\u3000-\u303f"
    "\ud800-\udfff\ufe10-\ufe1f\ufe30-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\ufff0-\uffff]+"
)


def list_words(value: object) -> str:
    """Return the texts and numbers in a JSON value, a line each, cut past 20,000 characters."""
    lines, room = list[str](), _MAX_CHARACTERS
    for text in _walk(value):
        lines.append(text[:room])
        room -= len(text) + 1
        if room <= 0:
            break
    return fold_words("\n".join(lines))


def fold_words(text: str) -> str:
    """Return a text as its words are stored and looked for: in small letters, with a space where no word can be."""
    return _BETWEEN_WORDS.sub(" ", text.casefold())


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
