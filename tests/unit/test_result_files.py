"""An answer as text and as files."""

import csv
import io
from collections.abc import Sequence

import pytest

from core.spreadsheets import escape_formula
from pages.ui.result.files import as_csv, as_text, file_stem
from pages.ui.result.outline import Table, lay_out


def make_table(rows: Sequence[object]) -> Table:
    (part,) = lay_out({"items": rows}, {})
    assert isinstance(part, Table)
    return part


def test_csv_holds_every_cell_as_a_program_reads_it() -> None:
    rows = [
        {"text": 'a "b", c', "price": -1.5, "is_new": True, "tags": ["x", "y"], "at": {"on": "2026-01-02"}},
        {"text": "two\nlines", "price": None},
    ]

    read = list(csv.reader(io.StringIO(as_csv(make_table(rows)))))

    assert read == [
        ["text", "price", "is_new", "tags", "at.on"],
        ['a "b", c', "-1.5", "true", '["x", "y"]', "2026-01-02"],
        ["two\nlines", "", "", "", ""],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"

    assert escape_formula(text) == f"'{text}"
    (head, line) = csv.reader(io.StringIO(as_csv(make_table([{text: text}])), newline=""))
    assert (head, line) == ([f"'{text}"], [f"'{text}"])


def test_text_has_a_line_for_each_value() -> None:
    result = {"a": 1, "b": {"c": "x", "d": ["y", "z"]}, "e": [{"f": "a\tb", "g": None}]}

    assert as_text(lay_out(result, {})) == "a: 1\nb:\n  c: x\n  d: y, z\ne:\nf\tg\na b\t"


@pytest.mark.parametrize(
    ("name", "stem"), [("items", "items"), ("a.b/../c", "a.b-..-c"), ("..", "list"), ("é ü", "é-ü")]
)
def test_name_of_a_file_is_harmless(name: str, stem: str) -> None:
    assert file_stem(name) == stem
