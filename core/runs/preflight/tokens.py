"""How many tokens a text will be, estimated from its characters: no tokenizer is asked.

Measured against the built-in model's tokenizer, whose vocabulary is small (49,152): English prose 3.1 to 3.5 characters
a token, JSON 2.9, German 2.6, Russian 1.25, Chinese, Japanese, Korean and Thai 0.5, one digit a token. Those are the
upper ends here; the lower ends are for vocabularies of 200,000 and more. The truth usually lies between the two.
"""

import re
from typing import Final, NamedTuple

_MAX_READ: Final = 200_000
_SLICES: Final = 40
_DIGITS: Final = re.compile(r"[0-9]+")
_EUROPEAN: Final = re.compile(r"[\u0080-\u024f\u2000-\u206f\u20a0-\u20bf]+")
_ALPHABETS: Final = re.compile(r"[\u0250-\u0dff]+")
_ASCII: Final = re.compile(r"[\x00-\x7f]+")
_BEYOND: Final = re.compile(r"[\U00010000-\U0010ffff]+")


class TokenEstimate(NamedTuple):
    """At least and at most how many tokens, as far as characters can tell."""

    low: int
    high: int

    def plus(self, other: "TokenEstimate") -> "TokenEstimate":
        """Return the estimate of both."""
        return TokenEstimate(self.low + other.low, self.high + other.high)

    @property
    def words(self) -> str:
        """“about 1,200 to 1,900 tokens”, rounded as an estimate should be."""
        return f"about {_round(self.low):,} to {_round(self.high):,} tokens"


NO_TOKENS: Final = TokenEstimate(0, 0)


def estimate_tokens(text: str) -> TokenEstimate:
    """Return an estimate for a text. Of more than 200,000 characters, slices from all over stand for the whole."""
    if len(text) <= _MAX_READ:
        return _estimate(text)
    width, step = _MAX_READ // _SLICES, len(text) // _SLICES
    read = "".join(text[index * step : index * step + width] for index in range(_SLICES))
    low, high = _estimate(read)
    scale = len(text) / len(read)
    return TokenEstimate(int(low * scale), int(high * scale))


def _estimate(text: str) -> TokenEstimate:
    digits = _count(_DIGITS, text)
    if text.isascii():
        ascii_only, european, alphabets, beyond, wide = len(text), 0, 0, 0, 0
    else:
        ascii_only, european, alphabets = _count(_ASCII, text), _count(_EUROPEAN, text), _count(_ALPHABETS, text)
        beyond = _count(_BEYOND, text)
        wide = len(text) - ascii_only - european - alphabets - beyond
    plain = ascii_only - digits
    low = plain / 4.6 + digits / 3 + european / 2.5 + alphabets / 3.5 + wide / 1.6 + beyond
    high = plain / 2.8 + digits * 1.25 + european * 1.5 + alphabets + wide * 2.7 + beyond * 3.2
    return TokenEstimate(int(low), int(high) + (1 if text else 0))


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(text) - len(pattern.sub("", text))


def _round(count: int) -> int:
    """Round to two digits that mean something."""
    digits = max(0, len(str(count)) - 2)
    return round(count, -digits)
