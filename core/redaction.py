"""Keeps secrets out of logs, errors and stored text, by value.

Every secret is registered when it is unsealed, so whatever echoes it later shows `[secret]` instead.
"""

import logging
import threading

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


def redact_json(value: object) -> object:
    """Return the JSON value with every known secret masked, in keys too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [redact_json(item) for item in value]
    if isinstance(value, dict):
        return {redact(str(key)): redact_json(item) for key, item in value.items()}
    return value


class RedactingFilter(logging.Filter):
    """Masks secrets in every record of the handler it is put on, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            record.msg = redact(record.getMessage())
        except Exception:  # noqa: BLE001  # a caller's mistake in a log line must not become the caller's exception
            record.msg = redact(f"{record.msg} (its arguments do not fit: {record.args!r})")
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        # Another handler may have filled these in before.
        record.exc_text = redact(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = redact(record.stack_info) if record.stack_info else record.stack_info
        return True


def guard_logging() -> None:
    """Put the filter on the root handlers, and quieten libraries that log URLs or chatter."""
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "hpack", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, RedactingFilter) for known in handler.filters):
            handler.addFilter(RedactingFilter())
