"""Names of things: trimmed, printable, of bearable length."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, TypeVar

from pydantic import AfterValidator

from core.errors import NameTakenError
from db.tables import MAX_NAME_CHARACTERS

Copied = TypeVar("Copied")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Persian words and combined emoji hold joiners, which are not printable by themselves: U+200C and U+200D.
_JOINERS = "\u200c\u200d"
_JOINER_INSIDE = re.compile(rf"(?<=[^\s{_JOINERS}])[{_JOINERS}](?=[^\s{_JOINERS}])")
_COPY_TRIES = 5


def _check_name(value: str) -> str:
    trimmed = " ".join(value.split())
    if not trimmed:
        raise ValueError("Give it a name.")
    if len(trimmed) > MAX_NAME_CHARACTERS:
        raise ValueError(f"A name has at most {MAX_NAME_CHARACTERS} characters; this one has {len(trimmed)}.")
    if not _JOINER_INSIDE.sub("", trimmed).isprintable():
        raise ValueError("A name holds printable characters only.")
    return trimmed


def _check_text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("The text holds a NUL character, which cannot be stored. Remove it.")
    if _UNSTORABLE.search(value):
        raise ValueError("The text holds half of a surrogate pair, which cannot be stored. Remove it.")
    return value


Name = Annotated[str, AfterValidator(_check_text), AfterValidator(_check_name)]
"""A thing's name: inner white space folded, 1 to 120 characters, printable or joining two that are."""

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
        candidate = name[: MAX_NAME_CHARACTERS - len(suffix)].rstrip(_JOINERS + " ") + suffix
        if candidate.casefold() not in used:
            return candidate
    raise AssertionError("More candidates than names were tried.")


def copy_until_free(copy: Callable[[], Copied]) -> Copied:
    """Make a copy under the next free name, again when somebody else took that name first. Raises: NameTakenError."""
    for _ in range(_COPY_TRIES - 1):
        with suppress(NameTakenError):
            return copy()
    return copy()
