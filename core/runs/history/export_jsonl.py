"""Runs as JSON Lines, for programs: an object a line, with input and result as they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from core.runs.history.export_rows import ExportRow


def write_jsonl(pages: Iterator[list[ExportRow]]) -> Iterator[bytes]:
    """Yield the lines of each page."""
    for page in pages:
        yield b"".join(_write_line(row) for row in page)


def _write_line(row: ExportRow) -> bytes:
    try:
        line = json.dumps(row, default=_write_value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can say
        line = json.dumps(row, default=_write_value).encode()
    return line + b"\n"


def _write_value(value: object) -> str | float:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
