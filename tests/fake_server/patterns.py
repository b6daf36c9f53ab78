"""Make a text that a regular expression matches."""

import re
import re._constants as codes  # type: ignore[import-not-found]  # the parser of `re` has no stubs
import re._parser as parser  # type: ignore[import-not-found]  # the parser of `re` has no stubs
from typing import Any

_CLASSES = {
    codes.CATEGORY_DIGIT: "1234567890",
    codes.CATEGORY_WORD: "abcdefgh",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_DIGIT: "x",
    codes.CATEGORY_NOT_SPACE: "x",
    codes.CATEGORY_NOT_WORD: "-",
}
_LONGEST = 24


def make_matching_text(pattern: str, *, number: int = 0, min_length: int = 0) -> str:
    """Return a text the pattern matches, trying longer repetitions until `min_length` is reached."""
    tree = parser.parse(pattern)
    for extra in range(_LONGEST):
        text = "".join(_write(token, number, extra) for token in tree)
        if len(text) >= min_length and re.search(pattern, text):
            return text
    raise ValueError(f"No text found for the pattern {pattern!r}.")


def _write(token: tuple[Any, Any], number: int, extra: int) -> str:  # Any: tokens of the parser of `re` are untyped
    kind, value = token
    if kind is codes.LITERAL:
        return chr(value)
    if kind is codes.NOT_LITERAL:
        return "x" if value != ord("x") else "y"
    if kind is codes.ANY:
        return "x"
    if kind is codes.IN:
        return _pick(value, number)
    if kind in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, inner = value
        times = min(least + extra, most if most is not codes.MAXREPEAT else _LONGEST + least)
        return "".join(_write(part, number, extra) for _ in range(times) for part in inner)
    if kind is codes.SUBPATTERN:
        return "".join(_write(part, number, extra) for part in value[3])
    if kind is codes.BRANCH:
        return "".join(_write(part, number, extra) for part in value[1][number % len(value[1])])
    return ""


def _pick(choices: list[tuple[Any, Any]], number: int) -> str:  # Any: as above
    if choices[0][0] is codes.NEGATE:
        allowed = "xyz0A-_ "
        unwanted = {_pick([choice], 0) for choice in choices[1:]}
        return next(char for char in allowed if char not in unwanted)
    kind, value = choices[0]
    if kind is codes.RANGE:
        return chr(value[0] + number % (value[1] - value[0] + 1))
    if kind is codes.CATEGORY:
        return _CLASSES[value][number % len(_CLASSES[value])]
    return chr(value)
