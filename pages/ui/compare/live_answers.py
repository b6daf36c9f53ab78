"""The answers of a comparison while they are being written."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.runs.comparing.records import AlignedCell, AlignedRow, ComparedColumn, ComparisonRecord
from core.runs.partial_answers import Place
from core.runs.progress import RunProgress
from core.runs.records import RunRecord, RunStatus
from pages.ui.live_fields import build_live_lines

_PLAIN_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class LiveColumn:
    """What is going on in a column: the run that is shown, and how far it is. `writing` is the place being written."""

    run: RunRecord
    progress: RunProgress
    writing: str = ""


@dataclass(frozen=True)
class LiveAnswers:
    """A comparison whose running columns hold what is written so far, and those columns by position."""

    comparison: ComparisonRecord
    columns: Mapping[int, LiveColumn] = field(default_factory=dict)


def find_running(column: ComparedColumn) -> RunRecord | None:
    """Return the first of the column's runs that goes on; None when none has begun."""
    return next((run for run in column.runs if run.status is RunStatus.RUNNING), None)


def read_live(comparison: ComparisonRecord, progresses: Mapping[uuid.UUID, RunProgress]) -> LiveAnswers:
    """Return the comparison with what is written so far in each column that has no answer yet. Pure."""
    live: dict[int, LiveColumn] = {}
    has_changed = False
    columns = list[ComparedColumn]()
    for column in comparison.columns:
        run = find_running(column)
        progress = progresses.get(run.id) if run is not None else None
        if run is None or progress is None:
            columns.append(column)
            continue
        found = progress.fields
        has_answer = any(each.result is not None for each in column.runs)
        writing = "" if has_answer or found is None else write_place(found.writing)
        live[column.position] = LiveColumn(run, progress, writing)
        if has_answer or found is None:
            columns.append(column)
        else:
            columns.append(_put(column, run, found.value))
            has_changed = True
    return LiveAnswers(comparison.model_copy(update={"columns": tuple(columns)}) if has_changed else comparison, live)


def _put(column: ComparedColumn, run: RunRecord, value: dict[str, Any]) -> ComparedColumn:  # Any: JSON
    runs = tuple(each.model_copy(update={"result": value}) if each.id == run.id else each for each in column.runs)
    return column.model_copy(update={"runs": runs})


def write_place(place: Place) -> str:
    """Return a place as the rows of aligned answers write it: `lines[0].price`."""
    written = ""
    for part in place:
        if isinstance(part, int):
            written += f"[{part}]"
        elif _PLAIN_NAME.fullmatch(part):
            written += f".{part}" if written else part
        else:
            written += f"[{json.dumps(part, ensure_ascii=False)}]"
    return written


def add_pending(rows: tuple[AlignedRow, ...], comparison: ComparisonRecord) -> list[AlignedRow]:
    """Return the rows with those of the schema's fields that nobody has written yet, in the schema's order."""
    left, ordered = list(rows), list[AlignedRow]()
    for place in _list_places(comparison):
        own = [row for row in left if is_within(row.place, place)]
        left = [row for row in left if not is_within(row.place, place)]
        ordered += own or [_blank_row(place, width=len(comparison.columns))]
    return ordered + left


def is_within(place: str, outer: str) -> bool:
    """Say whether a place is another one or a part of it."""
    return place == outer or place.startswith((f"{outer}.", f"{outer}["))


def _list_places(comparison: ComparisonRecord) -> list[str]:
    places, path = list[str](), list[str]()
    for line in build_live_lines(RunProgress(), comparison.response_schema):
        path = [*path[: line.depth], line.name]
        if not line.is_title:
            places.append(write_place(tuple(path)))
    return places


def _blank_row(place: str, *, width: int) -> AlignedRow:
    return AlignedRow(place=place, is_same=True, agreement=None, cells=(AlignedCell(),) * width)
