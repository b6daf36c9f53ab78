"""The schema of a row of a CSV text: one field for each column, its type read from the sample rows."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pydantic import JsonValue

from core.errors import Detail, InvalidInputError
from core.tasks.schemas.json_values import MAX_INTEGER_BITS, JsonObject, show_value
from core.tasks.sources.inference import infer_schema

__all__ = ["schema_from_csv"]

DELIMITERS = (",", ";", "\t", "|")
MAX_ROWS = 1_000
MAX_COLUMNS = 1_000
_SNIFFED_ROWS = 20
# Digits with a leading zero are codes, as in a postcode, and stay text; so do decimal commas.
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_FLAG = re.compile(r"true|false", re.IGNORECASE)
_MAX_DIGITS = MAX_INTEGER_BITS // 4


def schema_from_csv(text: str) -> JsonObject:
    """Return an object schema with a field for each column of the header, from up to 1,000 rows below it.

    Columns are parted by comma, semicolon, tab or bar, whichever fits; quotes and a BOM are understood. A column
    with a blank cell becomes nullable and not required. Without rows every column is text.
    Raises: InvalidInputError: it is empty, a name is missing or stands twice, or a row has too many or too few cells
    (the message names the line).
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InvalidInputError("The CSV text is empty. Paste a header and some rows.")
    delimiter = find_delimiter(text)
    records = _read_records(text, delimiter)
    header = next(records, None)
    if header is None:
        raise InvalidInputError("The CSV text holds no words, only quotes or blanks. Paste a header and some rows.")
    _, first = header
    names = _check_header([name.strip() for name in first])
    rows = [_check_row(line, row, len(names)) for line, row in islice(records, MAX_ROWS)]
    columns = [_read_column([row[index].strip() for row in rows]) for index in range(len(names))]
    return _build_schema(names, columns)


def find_delimiter(text: str) -> str:
    """Return the delimiter that gives the most columns to the most rows; a comma when there is one column."""

    def score(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            widths = [len(row) for row in islice(reader, _SNIFFED_ROWS) if any(cell.strip() for cell in row)]
        except csv.Error:
            return (0, 0)
        first = widths[0] if widths else 0
        return (sum(width == first for width in widths) if first > 1 else 0, first)

    return max(DELIMITERS, key=score)


def _read_records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, each with the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem = "a quote is never closed" if "unexpected end" in str(error) else str(error)
            raise InvalidInputError(f"The CSV text cannot be read at line {reader.line_num}: {problem}.") from error
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield reader.line_num, row


def _check_header(names: list[str]) -> list[str]:
    if len(names) > MAX_COLUMNS:
        raise InvalidInputError(f"The header has {len(names):,} columns; at most {MAX_COLUMNS:,} are read.")
    nameless = [str(index + 1) for index, name in enumerate(names) if not name]
    if nameless:
        raise InvalidInputError(
            f"The header has no name for column {', '.join(nameless[:10])}.",
            hint="The first line must name every column. Is there a delimiter too many at its end?",
            details=[Detail(place="", message=f"column {number} has no name") for number in nameless[:10]],
        )
    for name in names:
        if not name.isprintable():
            raise InvalidInputError(f"The column name {show_value(name)} holds a line break or a control character.")
        if names.count(name) > 1:
            raise InvalidInputError(f"The header names the column {show_value(name)} more than once. Rename one.")
    return names


def _check_row(line: int, row: list[str], width: int) -> list[str]:
    if len(row) != width:
        raise InvalidInputError(
            f"The row at line {line} has {len(row)} cells, but the header has {width}.",
            hint="Put a cell that holds the delimiter in double quotes.",
        )
    return row


def _read_column(cells: Sequence[str]) -> list[JsonValue]:
    """Read the cells as the narrowest type that fits them all; a blank one is null."""
    given = [cell for cell in cells if cell]
    if given and all(_FLAG.fullmatch(cell) for cell in given):
        return [cell.lower() == "true" if cell else None for cell in cells]
    if given and all(_INTEGER.fullmatch(cell) and len(cell) < _MAX_DIGITS for cell in given):
        return [int(cell) if cell else None for cell in cells]
    if given and all(_NUMBER.fullmatch(cell) and len(cell) < 100 for cell in given):
        return [float(cell) if cell else None for cell in cells]
    return [cell or None for cell in cells]


def _build_schema(names: list[str], columns: list[list[JsonValue]]) -> JsonObject:
    count = len(columns[0])
    rows: list[JsonValue] = [{name: columns[at][row] for at, name in enumerate(names)} for row in range(count)]
    schema = infer_schema(rows or [dict.fromkeys(names, "")])
    with_blanks = {name for name, column in zip(names, columns, strict=True) if None in column}
    return {**schema, "required": [name for name in names if name not in with_blanks]}
