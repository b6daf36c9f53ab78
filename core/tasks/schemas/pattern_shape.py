"""What can be told of a regular expression by reading it: lengths it can match, and what makes it slow elsewhere.

The judge matches in linear time whatever the pattern. Other tools that read the same schema backtrack, and take
exponential time on nested repeats; and the judge refuses back-references and lookaround.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Final

_COUNT: Final = re.compile(r"\{([0-9]{1,9})(,([0-9]{0,9}))?\}")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|[pP]\{[^}]*\}|[pP]\w|c[A-Za-z]|.)",
    re.DOTALL,
)
_GROUP_START: Final = re.compile(r"\((?:\?:|\?P?<[A-Za-z_]\w*>)?")
_LOOKAROUND: Final = ("(?=", "(?!", "(?<=", "(?<!")
_WIDTHLESS: Final = frozenset("bBAzZGQE")
_MAX_CHARACTERS = 4_000
_MAX_NESTING = 50


@dataclass(frozen=True, slots=True)
class PatternShape:
    """What a pattern is like. Lengths are in characters; `longest` is infinite when nothing bounds it."""

    shortest: float
    longest: float
    is_anchored: bool
    """Whether it has to match the whole text, from ^ to $."""
    slow_parts: tuple[str, ...]
    """What is not linear-time safe: “a back-reference”, “lookaround”, “a repeat inside a repeat”."""


@dataclass(slots=True)
class _Branch:
    """What stands between two bars, as far as it has been read."""

    shortest: float = 0
    longest: float = 0
    last: tuple[float, float, bool] = (0, 0, False)
    """Of the last piece: its lengths, and whether repeating it would repeat a repeat."""
    fixed: int = 0
    """How many pieces take at least one character and are no repeat."""
    repeats: int = 0

    def add(self, shortest: float, longest: float, *, is_repeat: bool) -> None:
        self.shortest += shortest
        self.longest += longest
        self.last = (shortest, longest, is_repeat)
        self.fixed += shortest > 0 and not is_repeat
        self.repeats += is_repeat

    @property
    def is_repeat(self) -> bool:
        return self.repeats > 0 and self.fixed == 0


@dataclass(slots=True)
class _Group:
    branches: list[_Branch] = field(default_factory=lambda: [_Branch()])

    def lengths(self) -> tuple[float, float]:
        return min(one.shortest for one in self.branches), max(one.longest for one in self.branches)

    def is_repeat(self) -> bool:
        return any(one.is_repeat for one in self.branches)


def read_pattern(pattern: str) -> PatternShape | None:
    """Return what a pattern is like, None when it is longer or stranger than is read here."""
    if len(pattern) > _MAX_CHARACTERS:
        return None
    return _Reader(pattern).read()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._groups = [_Group()]
        self._slow: dict[str, None] = {}

    def read(self) -> PatternShape | None:
        while self._position < len(self._pattern):
            if not self._read_piece() or len(self._groups) > _MAX_NESTING:
                return PatternShape(0, math.inf, False, tuple(self._slow)) if self._slow else None
        if len(self._groups) != 1:
            return None
        shortest, longest = self._groups[0].lengths()
        body = self._pattern
        is_anchored = body.startswith("^") and body.endswith("$") and not body.endswith("\\$")
        is_anchored = is_anchored and len(self._groups[0].branches) == 1
        return PatternShape(shortest, longest, is_anchored, tuple(self._slow))

    def _read_piece(self) -> bool:
        """Read one piece and the repeat behind it; False when it is not understood."""
        character = self._pattern[self._position]
        if self._pattern.startswith(_LOOKAROUND, self._position):
            self._slow["lookaround"] = None
            return False
        if character == "(":
            return self._open_group()
        if character == ")":
            return self._close_group()
        if character == "|":
            self._position += 1
            self._groups[-1].branches.append(_Branch())
            return True
        return self._read_single(character)

    def _read_single(self, character: str) -> bool:
        width, end = 1, self._position + 1
        if character in "^$":
            width = 0
        elif character in "*+?{":  # a lone { is a letter to some engines and an error to others
            return False
        elif character == "\\":
            found = _ESCAPE.match(self._pattern, self._position)
            if not found:
                return False
            end = found.end()
            width = 0 if found[0][1:] in _WIDTHLESS else 1
            if found[0][1] in "123456789k":
                self._slow["a back-reference"] = None
                return False
        elif character == "[":
            found = _CLASS.match(self._pattern, self._position)
            if not found or _is_odd_class(found[0]):
                return False
            end = found.end()
        self._position = end
        self._groups[-1].branches[-1].add(width, width, is_repeat=False)
        return self._read_repeat()

    def _open_group(self) -> bool:
        found = _GROUP_START.match(self._pattern, self._position)
        if not found or self._pattern.startswith("?", found.end()):
            return False
        self._position = found.end()
        self._groups.append(_Group())
        return True

    def _close_group(self) -> bool:
        if len(self._groups) == 1:
            return False
        group = self._groups.pop()
        shortest, longest = group.lengths()
        self._position += 1
        self._groups[-1].branches[-1].add(shortest, longest, is_repeat=group.is_repeat())
        return self._read_repeat()

    def _read_repeat(self) -> bool:
        bounds = self._read_count()
        if bounds is None:
            return True
        if self._pattern[self._position : self._position + 1] == "?":  # lazy: matches the same texts
            self._position += 1
        lowest, highest = bounds
        branch = self._groups[-1].branches[-1]
        shortest, longest, is_repeat = branch.last
        if highest == math.inf and is_repeat:
            self._slow["a repeat inside a repeat"] = None
        branch.shortest -= shortest
        branch.longest = _widest(branch, longest)
        branch.fixed -= shortest > 0 and not is_repeat
        branch.repeats -= is_repeat
        most = 0 if longest == 0 or highest == 0 else longest * highest
        branch.add(shortest * lowest, most, is_repeat=is_repeat or highest == math.inf)
        return self._pattern[self._position : self._position + 1] not in ("*", "+", "?")

    def _read_count(self) -> tuple[int, float] | None:
        character = self._pattern[self._position : self._position + 1]
        simple: dict[str, tuple[int, float]] = {"*": (0, math.inf), "+": (1, math.inf), "?": (0, 1)}
        if character in simple:
            self._position += 1
            return simple[character]
        found = _COUNT.match(self._pattern, self._position)
        if not found:
            return None
        self._position = found.end()
        lowest = int(found[1])
        if found[2] is None:
            return lowest, lowest
        return lowest, int(found[3]) if found[3] else math.inf


def _is_odd_class(text: str) -> bool:
    """Say whether engines differ in how they read a class: `[]a]`, a class inside a class, `&&`."""
    inside = text[1:].replace("[:", "").replace("\\[", "")
    return text.startswith(("[]", "[^]")) or "&&" in text or "[" in inside


def _widest(branch: _Branch, without: float) -> float:
    """Return the longest match of a branch without its last piece, which may itself be unbounded."""
    return branch.longest - without if without < math.inf else branch.longest
