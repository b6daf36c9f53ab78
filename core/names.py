"""Names of things: trimmed, printable, of bearable length."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from db.tables import MAX_NAME_CHARACTERS

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _check_name(value: str) -> str:
    trimmed = " ".join(value.split())
    if not trimmed:
        raise ValueError("Give it a name.")
    if len(trimmed) > MAX_NAME_CHARACTERS:
        raise ValueError(f"A name has at most {MAX_NAME_CHARACTERS} characters; this one has {len(trimmed)}.")
    if not trimmed.isprintable():
        raise ValueError("A name holds printable characters only.")
    return trimmed


def _check_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("The text holds a NUL character, which cannot be stored. Remove it.")
    if _UNSTORABLE.search(value):
        raise ValueError("The text holds half of a surrogate pair, which cannot be stored. Remove it.")
    return value


Name = Annotated[str, AfterValidator(_check_text), AfterValidator(_check_name)]
"""A thing's name: inner white space folded, 1 to 120 printable characters."""

PlainText = Annotated[str, AfterValidator(_check_text)]
"""Any text that Postgres can store."""


def storable(text: str) -> str:
    """Return foreign text with what Postgres cannot store replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def next_copy_name(name: str, *, taken: Sequence[str]) -> str:
    """Return "NAME copy", or "NAME copy 2" and so on, whichever is free and short enough."""
    used = {other.casefold() for other in taken}
    for number in range(1, len(taken) + 2):
        suffix = " copy" if number == 1 else f" copy {number}"
        candidate = name[: MAX_NAME_CHARACTERS - len(suffix)].rstrip() + suffix
        if candidate.casefold() not in used:
            return candidate
    raise AssertionError("More candidates than names were tried.")
