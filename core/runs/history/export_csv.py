"""Runs as CSV (RFC 4180), for spreadsheets.

It begins with a byte order mark, without which Excel takes "é" for two other letters. A text that a spreadsheet would
take for a formula gets an apostrophe before it; numbers stay numbers.
"""

import csv
import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.names import storable
from core.runs.history.export_rows import COLUMNS, ExportRow
from core.spreadsheets import escape_formula

_BYTE_ORDER_MARK = "\ufeff"


def write_csv(pages: Iterator[list[ExportRow]]) -> Iterator[bytes]:
    """Yield the file in pieces: the names of the columns, then the runs of each page."""
    yield (_BYTE_ORDER_MARK + _write_lines([list(COLUMNS)])).encode()
    for page in pages:
        yield _write_lines([_write_cell(row[name]) for name in COLUMNS] for row in page).encode()


def as_text(value: Any) -> str:  # Any: JSON
    """Return an input or a result as text: a text as it is, anything else as JSON."""
    return storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _write_lines(lines: Any) -> str:  # Any: rows of cells
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(lines)
    return written.getvalue()


def _write_cell(value: Any) -> str | int | float:  # Any: what a run holds
    if isinstance(value, str):  # most of them
        return escape_formula(storable(value))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return escape_formula(str(value) if isinstance(value, uuid.UUID) else as_text(value))
