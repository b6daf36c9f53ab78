"""How large the machine is that a regular expression becomes: what matching one character may cost at worst."""

import re

_COUNT = re.compile(r"\{(\d{1,6})(,(\d{0,6}))?\}")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:[pP]\{[^}]*\}|.)", re.DOTALL)
# Measured as bytes: a set of ASCII takes one state, one over all of Unicode dozens to hundreds.
_ANY = 12
_PROPERTY = 300


def pattern_size(pattern: str) -> int:
    """Return about how many states the pattern has when its counted repeats are written out; at least 1."""
    totals = [0]  # one for each group that is open
    last = 0
    at = 0
    while at < len(pattern):
        character = pattern[at]
        count = _COUNT.match(pattern, at)
        if character == "(":
            totals.append(0)
            last, at = 0, at + 1
        elif character == ")" and len(totals) > 1:
            last, at = totals.pop(), at + 1
            totals[-1] += last
        elif count is not None:
            times = max(int(count[1]), int(count[3] or 0))
            totals[-1] += last * max(0, times - 1)
            last, at = last * max(1, times), count.end()
        else:
            last, at = _read_piece(pattern, at)
            totals[-1] += last
    return max(1, sum(totals))


def _read_piece(pattern: str, at: int) -> tuple[int, int]:
    """Return the size of the one piece that stands there, and where it ends."""
    piece = _ESCAPE.match(pattern, at) or _SET.match(pattern, at)
    if piece is None:
        return (_ANY if pattern[at] == "." or not pattern[at].isascii() else 1), at + 1
    text = piece[0]
    if "\\p" in text or "\\P" in text:
        return _PROPERTY, piece.end()
    is_wide = not text.isascii() or text.startswith("[^") or (len(text) > 1 and text[1] in "WDS")
    return (_ANY if is_wide else 1), piece.end()
