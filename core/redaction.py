"""Keeps secrets out of logs, errors and stored text, by value.

Every secret is registered when it is unsealed, so whatever echoes it later shows `[secret]` instead; also as URLs,
JSON and base64 spell it.
"""

import base64
import json
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

_MASK = "[secret]"
_SHORTEST = 6
_SHORTEST_ENCODED = 12
_WORD = r"([A-Z]?[a-z]{1,14}|[A-Z]{1,8})"
_ORDINARY = re.compile(rf"{_WORD}([ _./-]{_WORD})*|[0-9][0-9.:/-]{{0,11}}")
_TELLS_A_SECRET = re.compile(r"key|token|secret|auth|pass|cred|cookie|session|sign", re.IGNORECASE)
_HTTP_LOGGERS = ("httpx", "httpx2", "httpcore", "httpcore2", "hpack", "urllib3", "requests", "websockets")
_QUIET_LOGGERS = (*_HTTP_LOGGERS, "openai", "anthropic", "google", "google_genai", "boto3", "botocore", "alembic")
"""Some write whole requests, headers and prompts, at DEBUG."""
_lock = threading.Lock()
_known: tuple[str, ...] = ()
"""Longest first. Replaced as a whole, so it is read without a lock."""


def register_secret(secret: str) -> None:
    """Mask this value from now on. Values under 6 characters are left alone: masking them would shred ordinary text."""
    global _known  # one for the process, since a secret may turn up anywhere in it
    if len(secret) < _SHORTEST or secret in _known:
        return
    with _lock:
        spellings = {spelling for spelling in _spell(secret) if len(spelling) >= _SHORTEST}
        _known = tuple(sorted({*_known, *spellings}, key=lambda one: (-len(one), one)))


def register_header(name: str, value: str) -> None:
    """Mask the value of a sealed header, and what stands behind a word like "Bearer" in it.

    Words, versions and dates are left alone unless the header's name tells of a secret: one that says "2026-01-01" or
    "billing" must not blot out every such answer of a model.
    """
    if _TELLS_A_SECRET.search(name):
        register_secret(value)
    for part in (value, *value.split()):
        if not _ORDINARY.fullmatch(part):
            register_secret(part)


def _spell(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret), quote(secret, safe=""), quote_plus(secret))
    escaped = json.dumps(secret)[1:-1]
    yield from (escaped, repr(secret)[1:-1], repr(escaped)[1:-1])
    if len(secret) < _SHORTEST_ENCODED:
        return
    # Where a secret begins within the encoded bytes decides on its spelling; its edges depend on the neighbours.
    plain = secret.encode(errors="surrogatepass")
    for skipped in range(3):
        whole = (len(plain) - skipped) // 3 * 3
        encoded = base64.b64encode(plain[skipped : skipped + whole])
        yield encoded.decode()
        yield encoded.translate(bytes.maketrans(b"+/", b"-_")).decode()


def redact(text: str) -> str:
    """Return the text with every known secret masked."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, _MASK)
    return text


def split_redacted(text: str) -> tuple[str, str]:
    """Return what of a growing text may be shown, masked, and the end to keep back: it may be a secret's beginning."""
    masked = redact(text)
    kept = max((_overlap(masked, secret) for secret in _known), default=0)
    return masked[: len(masked) - kept], masked[len(masked) - kept :]


def cut_redacted(text: str) -> str:
    """Return a text whose end was cut off, masked: the beginning of a secret at its end goes too."""
    return split_redacted(text)[0]


def _overlap(text: str, secret: str) -> int:
    """Return how many characters at the end of the text are the beginning of the secret, though not all of it."""
    start = text.find(secret[0], max(0, len(text) - len(secret) + 1))
    while start >= 0:
        if secret.startswith(text[start:]):
            return len(text) - start
        start = text.find(secret[0], start + 1)
    return 0


def redact_json(value: object) -> object:
    """Return the JSON value with every known secret masked, in keys too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redact_json(item) for item in value]
    if isinstance(value, dict):
        return {redact(str(key)): redact_json(item) for key, item in value.items()}
    return value


def guard_logging() -> None:
    """Mask secrets in every record of this process as it is made, and quieten libraries that log URLs or chatter.

    Streamlit and uvicorn log to handlers of their own, so filters on the root's would miss what they say.
    """
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.setLogRecordFactory(_RedactedRecord)


class _RedactedRecord(logging.LogRecord):
    """A log record that holds no known secret, neither in its message nor in its traceback."""

    def __init__(self, *args: Any, **values: Any) -> None:  # Any: the signature is logging's
        super().__init__(*args, **values)
        try:
            message = self.getMessage()
        except Exception:  # noqa: BLE001  # a caller's mistake in a log line must not become the caller's exception
            message = f"{self.msg} (its arguments do not fit: {self.args!r})"
            self.msg, self.args = redact(message), ()
        if redact(message) != message:
            self.msg, self.args = redact(message), ()
        if self.exc_info:
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))
        if self.stack_info:
            self.stack_info = redact(self.stack_info)
