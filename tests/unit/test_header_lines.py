"""Extra headers are read line by line, and no error ever holds the value of one."""

import pytest

from core.errors import InvalidInputError
from pages.ui.providers.header_lines import read_header_lines

CANARY = "CANARY-7f2c-not-to-be-seen"


def test_headers_are_read_one_on_each_line() -> None:
    headers = read_header_lines("X-Team: data\n\n  X-Gateway-Token :  a:b c  \n")

    assert {name: value.get_secret_value() for name, value in headers.items()} == {
        "X-Team": "data",
        "X-Gateway-Token": "a:b c",
    }


def test_nothing_gives_no_headers() -> None:
    assert read_header_lines(" \n\n") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"X-Team: data\n{CANARY}", "Line 2 has no colon. Write “Name: value”."),
        (f"X Team: {CANARY}", "Line 1: The name of a header has letters, digits and - only."),
        (f"\nAuthorization: {CANARY}", "Line 2: The header Authorization is set by Benchtop itself."),
        (f"X-Team: {CANARY}ü", "Line 1: The value of a header is one line of ordinary characters, at most 4,000."),
        ("X-Team:", "Line 1: The value of a header is one line of ordinary characters, at most 4,000."),
        (f"X-Team: {CANARY}\nx-team: b", "Line 2: the header x-team stands there twice. Remove one."),
        ("\n".join(f"X-{n}: {CANARY}" for n in range(21)), "These are 21 headers; at most 20 can be sent."),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_header_lines(text)

    (detail,) = caught.value.details
    assert (detail.place, detail.message) == ("headers", problem)
    assert CANARY not in repr(caught.value) + caught.value.message
    assert caught.value.__cause__ is None


def test_mask_is_not_taken_for_a_value() -> None:
    with pytest.raises(InvalidInputError, match="Line 1: That is a mask"):
        read_header_lines("X-Team: ****")
