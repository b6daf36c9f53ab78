"""Secrets are masked by value, wherever they turn up."""

import io
import logging
from collections.abc import Iterator

import pytest

from core.redaction import guard_logging, redact, redact_json, register_secret, split_redacted

SECRET = "sk-CANARY-redaction-4711"


@pytest.fixture(autouse=True)
def registered() -> None:
    register_secret(SECRET)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with a handler of its own, as Streamlit and uvicorn have, and what it wrote."""
    factory = logging.getLogRecordFactory()
    guard_logging()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("tests.redaction")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)


def test_a_secret_is_masked_in_text_and_json() -> None:
    value = {"a": [f"x{SECRET}y", 1, None], SECRET: {"b": SECRET}}

    assert redact(f"Bearer {SECRET}.") == "Bearer [secret]."
    assert redact_json(value) == {"a": ["x[secret]y", 1, None], "[secret]": {"b": "[secret]"}}


def test_a_longer_secret_is_masked_whole() -> None:
    register_secret(SECRET + "-long")

    assert redact(f"{SECRET}-long") == "[secret]"


@pytest.mark.parametrize("short", ["", "a", "abcde"])
def test_very_short_secrets_leave_ordinary_text_alone(short: str) -> None:
    register_secret(short)

    assert redact("abcdef a") == "abcdef a"


def test_log_lines_arguments_and_tracebacks_are_masked(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log

    logger.warning("The key is %s.", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("It failed.", stack_info=True)

    assert "The key is [secret]." in written.getvalue()
    assert "ValueError: [secret]" in written.getvalue()
    assert SECRET not in written.getvalue()


def test_a_traceback_another_handler_has_already_written_out_is_masked(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    first = logging.StreamHandler(io.StringIO())
    logger.handlers.insert(0, first)

    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("It failed.")
    finally:
        logger.removeHandler(first)

    assert SECRET not in written.getvalue()


def test_a_log_line_with_wrong_arguments_does_not_fail_its_caller(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log

    logger.warning("%d of %d", SECRET)

    assert "%d of %d" in written.getvalue()
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_secret_that_arrives_in_pieces_is_never_shown(size: int) -> None:
    text = f"before {SECRET} after sk-C"
    shown, pending = "", ""

    for start in range(0, len(text), size):
        safe, pending = split_redacted(pending + text[start : start + size])
        shown += safe

    assert shown == "before [secret] after "
    assert pending == "sk-C"
