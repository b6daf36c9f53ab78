"""Runs as Parquet, for data frames: typed columns, one group of rows for each page read.

Costs are floating-point numbers there, as data frames want them.
"""

import tempfile
from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from core.runs.history.export_csv import as_text
from core.runs.history.export_rows import COLUMNS, ExportRow

_PIECE_BYTES = 256 * 1024
_NUMBERS: Final = {
    "agent_version": pa.int32(),
    "variation": pa.bool_(),
    "task_version": pa.int32(),
    "attempts": pa.int32(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "cost_usd": pa.float64(),
    "duration_seconds": pa.float64(),
    "rating": pa.int8(),
    "queued_at": pa.timestamp("us", tz="UTC"),
}
_SCHEMA: Final = pa.schema([(name, _NUMBERS.get(name, pa.string())) for name in COLUMNS])
_CONVERTERS: dict[str, Callable[[Any], Any]] = {  # Any: what a run holds, and what a column takes
    "id": str,
    "cost_usd": float,
    "input": as_text,
    "result": as_text,
}


def write_parquet(pages: Iterator[list[ExportRow]]) -> Iterator[bytes]:
    """Yield the file in pieces once it is written: what is in it stands at its end, so it is made on disk first."""
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
            for page in pages:
                writer.write_table(pa.table({name: _column(page, name) for name in COLUMNS}, schema=_SCHEMA))
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _column(page: list[ExportRow], name: str) -> list[Any]:  # Any: as above
    convert = _CONVERTERS.get(name)
    values = [row[name] for row in page]
    return values if convert is None else [None if value is None else convert(value) for value in values]
