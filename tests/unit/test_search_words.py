"""The words a run is found by."""

import pytest

from core.runs.search_words import fold_words, list_words


def test_texts_and_numbers_are_listed_without_names_of_fields_and_truths() -> None:
    value = {"category": "Billing", "scores": [1, 0.5], "deep": {"note": "Late"}, "is_new": True, "none": None}

    assert list_words(value).split() == ["billing", "1", "0.5", "late"]


def test_long_contents_are_cut() -> None:
    assert len(list_words(["x" * 30_000, "never"])) <= 20_000


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“Été” — «ÖSTLUND»…", ["été", "östlund"]),
        ("nul\x00half\ud800\ufffdend", ["nul", "half", "end"]),
        ("Straße", ["strasse"]),
        ("发票，错误。", ["发票", "错误"]),
        ("ticket-4711 o'brien a_b", ["ticket-4711", "o'brien", "a_b"]),
    ],
)
def test_words_are_small_and_apart(text: str, folded: list[str]) -> None:
    assert fold_words(text).split() == folded


def test_signs_that_postgresql_reads_as_markup_or_addresses_part_words() -> None:
    assert fold_words("a<b and c>d <script>x</script>").split() == ["a", "b", "and", "c", "d", "script", "x", "script"]
    assert fold_words("Kim@Example.com /usr/bin").split() == ["kim", "example.com", "usr", "bin"]
