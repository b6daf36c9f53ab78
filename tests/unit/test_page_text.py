"""Words for people: what markdown would change, and numbers and times as they are read."""

from datetime import UTC, datetime, timedelta

import pytest

from pages.ui.text import cut, duration, find_zone, label, milliseconds, relative_time, tokens

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
JOINER = "\u2060"


def plain(text: str) -> str:
    """What a reader sees of a label: without backslashes before punctuation and without joiners."""
    return text.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\").replace(JOINER, "")


@pytest.mark.parametrize(
    "text", ["**bold**", ":red[x]", "<b>x</b>", "![i](http://x.example)", "a_b_c", "$x$", "`code`", "C:\\new", "1 -> 2"]
)
def test_label_keeps_every_visible_character(text: str) -> None:
    assert plain(label(text)) == text


@pytest.mark.parametrize("text", [":material/home:", "http://x.example", "www.x.example", "me@x.example", "a -> b"])
def test_label_splits_what_is_replaced_after_parsing(text: str) -> None:
    assert JOINER in label(text)


def test_label_is_one_line() -> None:
    assert "\n" not in label("one\n# two\n- three")


def test_cut_ends_with_an_ellipsis_within_the_limit() -> None:
    assert cut("a" * 100, 10) == "a" * 9 + "…"
    assert cut("short", 10) == "short"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "—"), (0.004, "0.00 s"), (1.239, "1.24 s"), (59.994, "59.99 s"), (125, "2 min 05 s")]
)
def test_duration_carries_its_unit(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(seconds=1), "just now"),
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(days=5), "5 d ago"),
    ],
)
def test_relative_time_names_the_largest_unit(ago: timedelta, shown: str) -> None:
    assert relative_time(NOW - ago, now=NOW) == shown


def test_numbers_have_separators_and_units() -> None:
    assert tokens(1234) == "1,234 tokens"
    assert tokens(1) == "1 token"
    assert milliseconds(341.7) == "342 ms"


@pytest.mark.parametrize("name", ["", "Nowhere/Town", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b"])
def test_unknown_time_zone_is_utc(name: str) -> None:
    assert find_zone(name) is UTC


def test_known_time_zone_is_found() -> None:
    assert str(find_zone("Europe/Paris")) == "Europe/Paris"
