"""An answer as text to copy and as files to download."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.spreadsheets import escape_formula
from pages.ui.result.outline import Group, Line, Part, Table


def as_json(value: object) -> str:
    """Return JSON as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_text(parts: Sequence[Part]) -> str:
    """Return the laid out answer as plain text: a line for each value, tables with tabs between their cells."""
    return "\n".join(_say_parts(parts, indent=""))


def as_csv(table: Table) -> str:
    """Return a table as CSV: dates as ISO, lists as JSON, blank for null. No cell is taken for a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    names = [column.name for column in table.columns]
    writer.writerow([escape_formula(name) for name in names])
    writer.writerows([_as_cell(row.get(name)) for name in names] for row in table.rows)
    return file.getvalue()


def file_stem(name: str) -> str:
    """Return a name as a part of a file's name."""
    kept = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name)
    return kept.strip("-.")[:60] or "list"


def _as_cell(value: object) -> str:
    if value is None:
        return ""
    return escape_formula(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _say_parts(parts: Sequence[Part], *, indent: str) -> Iterator[str]:
    for part in parts:
        match part:
            case Line():
                yield f"{indent}{part.name}: {', '.join(value.text for value in part.values)}"
            case Group():
                yield f"{indent}{part.name}:"
                yield from _say_parts(part.parts, indent=f"{indent}  ")
            case Table():
                yield f"{indent}{part.name}:"
                yield "\t".join(column.name for column in part.columns)
                yield from (_say_row(part, row) for row in part.rows)


def _say_row(table: Table, row: Mapping[str, Any]) -> str:  # Any: JSON
    return "\t".join(" ".join(_plain(row.get(column.name)).split()) for column in table.columns)


def _plain(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
