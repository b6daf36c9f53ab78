"""Keeps secrets out of logs, errors and stored text, by value.

Every secret is registered when it is unsealed, so whatever echoes it later shows `[secret]` instead.
"""

import logging
import threading
from typing import Any

_MASK = "[secret]"
_SHORTEST = 6
_lock = threading.Lock()
_secrets: set[str] = set()


def register_secret(secret: str) -> None:
    """Mask this value from now on. Values under 6 characters are left alone: masking them would shred ordinary text."""
    if len(secret) < _SHORTEST:
        return
    with _lock:
        _secrets.add(secret)


def redact(text: str) -> str:
    """Return the text with every known secret masked."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, _MASK)
    return text


def split_redacted(text: str) -> tuple[str, str]:
    """Return what of a growing text may be shown, masked, and the end to keep back: it may be a secret's beginning."""
    masked = redact(text)
    with _lock:
        known = list(_secrets)
    kept = max((_overlap(masked, secret) for secret in known), default=0)
    return masked[: len(masked) - kept], masked[len(masked) - kept :]


def _overlap(text: str, secret: str) -> int:
    longest = min(len(text), len(secret) - 1)
    return next((length for length in range(longest, 0, -1) if text.endswith(secret[:length])), 0)


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
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "hpack", "alembic"):
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
