"""Runs are written as a file, in one of three formats, a piece at a time."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from core.runs.history.export_csv import write_csv
from core.runs.history.export_jsonl import write_jsonl
from core.runs.history.export_rows import ExportRow
from core.runs.history.records import ExportFormat

_Writer = Callable[[Iterator[list[ExportRow]]], Iterator[bytes]]


def write_export(pages: Iterator[list[ExportRow]], export_format: ExportFormat) -> Iterator[bytes]:
    """Yield the pieces of the file."""
    return _find_writer(export_format)(pages)


def _find_writer(export_format: ExportFormat) -> _Writer:
    if export_format is ExportFormat.CSV:
        return write_csv
    if export_format is ExportFormat.JSONL:
        return write_jsonl
    # Loaded by name because importing pyarrow takes a while, which only this format should wait for.
    module: Any = importlib.import_module("core.runs.history.export_parquet")  # Any: a module
    writer: _Writer = module.write_parquet
    return writer
