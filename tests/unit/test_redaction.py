"""Secrets are masked by value, wherever they turn up."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from core.redaction import (
    cut_redacted,
    guard_logging,
    redact,
    redact_json,
    register_header,
    register_secret,
    split_redacted,
)

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


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!"])
def test_a_secret_is_masked_in_base64_wherever_it_stands(before: str, after: str) -> None:
    secret = 'sk-CANARY+"4711"/%41'
    register_secret(secret)
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()

    masked = redact(f"Basic {encoded}.")

    assert "[secret]" in masked
    assert len(masked) <= len("Basic [secret].") + 12  # what stands for the neighbours, and shares a byte with them


def test_a_secret_is_masked_as_urls_json_and_logs_spell_it() -> None:
    secret = 'sk-CANARY+"4711"/%41\\x'
    register_secret(secret)
    body = json.dumps({"key": secret})

    for text in (quote(secret), quote(secret, safe=""), quote_plus(secret), body, f"{body.encode()!r}", repr(secret)):
        assert "4711" not in redact(text)


@pytest.mark.parametrize("value", ["billing", "2026-01-01", "application/json", "my team", "1.2.3", "https"])
def test_an_ordinary_header_does_not_blot_out_ordinary_answers(value: str) -> None:
    register_header("X-Team", value)

    assert redact(f"It was {value}.") == f"It was {value}."


@pytest.mark.parametrize(
    "value", ["xkqzvbnmwrtplkjhgf", "Bearer gw-4711-canary", "gw-4711-canary", "Token token=gw-4711-canary"]
)
def test_a_secret_in_a_header_is_masked_without_the_word_before_it_too(value: str) -> None:
    register_header("X-Gateway", value)

    assert value.split()[-1] not in redact(f"{value}, {value.split()[-1]}")


def test_an_ordinary_word_is_masked_where_the_headers_name_tells_of_a_secret() -> None:
    register_header("X-Access-Token", "swordfish")

    assert redact("swordfish") == "[secret]"


@pytest.mark.parametrize("length", range(1, len(SECRET)))
def test_the_beginning_of_a_secret_at_a_cut_is_dropped(length: int) -> None:
    assert cut_redacted(f"{SECRET} and {SECRET[:length]}") == "[secret] and "


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
