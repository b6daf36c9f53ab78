"""The answers of a comparison as a table: a row for each field, a column for each state of an agent."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlencode

from core.runs.comparing.records import AlignedAnswers, AlignedCell, AlignedRow, ComparedColumn, ComparisonRecord
from core.runs.records import RunRecord, RunStatus
from pages.ui.badges import status_colour, status_word
from pages.ui.cells import Badge, Line, line, quiet
from pages.ui.compare.grid import Clock, GridCell, GridPress, GridRow
from pages.ui.compare.live_answers import LiveAnswers, LiveColumn, is_within
from pages.ui.routes import run_params
from pages.ui.text import counted, cut

_NO_ANSWER = "—"
_LEFT_OUT = "left out"
_MESSAGE_LIMIT = 140
_SIGNS = {
    RunStatus.PASSED: "✓",
    RunStatus.FAILED: "✗",
    RunStatus.CANCELLED: "⊘",
    RunStatus.INTERRUPTED: "⊘",
    RunStatus.RUNNING: "▸",
    RunStatus.QUEUED: "…",
}


def only_differing(rows: Sequence[AlignedRow]) -> list[AlignedRow]:
    """Return the rows in which not every run of every column says the same."""
    return [row for row in rows if not row.is_same or any(len(cell.variants) > 1 for cell in row.cells)]


def build_answer_head(comparison: ComparisonRecord, live: LiveAnswers | None = None) -> list[GridCell]:
    """Return the head: what each column is called, how its runs stand, and links to them."""
    width = len(comparison.columns)
    first = GridCell(lines=(line("Field", is_quiet=True), line(counted(width, "column"), is_quiet=True)))
    return [first, *(_head(comparison, column, live) for column in comparison.columns)]


def _head(comparison: ComparisonRecord, column: ComparedColumn, live: LiveAnswers | None) -> GridCell:
    running = live.columns.get(column.position) if live is not None else None
    lines = [line(f"{column.position}. {column.label}", limit=60)]
    message = _find_message(column)
    if message is not None:
        lines.append(message)
    return GridCell(
        lines=tuple(lines),
        badges=(*winner_badges(comparison, column), *status_badges(column.runs)),
        presses=tuple(run_links(column.runs)),
        clock=None if running is None else _clock(column, running),
    )


def _find_message(column: ComparedColumn) -> Line | None:
    """Return why there is no answer, where there is none and all is over."""
    if not column.is_over or any(run.status is RunStatus.PASSED for run in column.runs):
        return None
    message = next((run.message for run in column.runs if run.message), "")
    return quiet(message, limit=_MESSAGE_LIMIT)


def _clock(column: ComparedColumn, running: LiveColumn) -> Clock:
    number = running.progress.attempt_number
    words = f"Attempt {number}" if number else "Preparing"
    if len(column.runs) > 1 and running.run.comparison_repeat:
        words = f"Repeat {running.run.comparison_repeat}, {words.lower()}"
    begun = running.run.started_at or running.run.queued_at
    return Clock(words, round((datetime.now(UTC) - begun).total_seconds(), 1))


def winner_badges(comparison: ComparisonRecord, column: ComparedColumn) -> tuple[Badge, ...]:
    """Return the badge of the winner; nothing for another column."""
    if comparison.winner != column.position:
        return ()
    by = f"Picked by {comparison.decided_by}" if comparison.decided_by else ""
    note = f"{by}: {comparison.winner_note}" if comparison.winner_note else by
    return ({"word": "★ Winner", "colour": "green", "title": note},)


def status_badges(runs: Sequence[RunRecord]) -> tuple[Badge, ...]:
    """Return how the runs stand: a word, with a number where there are several."""
    counts = {status: sum(run.status is status for run in runs) for status in RunStatus}
    return tuple(
        {
            "word": status_word(status) if len(runs) == 1 else f"{count} {status.value}",
            "colour": status_colour(status),
            "title": "",
        }
        for status, count in counts.items()
        if count
    )


def run_links(runs: Sequence[RunRecord]) -> list[GridPress]:
    """Return a link to each run; of several each with its number and a sign of how it ended."""
    if len(runs) == 1:
        return [_link(runs[0], "Open run", "All its attempts, in a new tab")]
    return [
        _link(
            run,
            f"{run.comparison_repeat or number}{_SIGNS[run.status]}",
            f"Open run {number}, which is {run.status.value}, in a new tab",
        )
        for number, run in enumerate(runs, start=1)
    ]


def _link(run: RunRecord, text: str, title: str) -> GridPress:
    return GridPress(text, title=title, href=_address(run.id))


@lru_cache(maxsize=1_000)  # 80 of them stand in a table that is drawn several times a second
def _address(run_id: uuid.UUID) -> str:
    return f"run?{urlencode(run_params(run_id))}"


def build_answer_rows(
    rows: Sequence[AlignedRow], comparison: ComparisonRecord, live: LiveAnswers | None = None
) -> list[GridRow]:
    """Return a row for each field."""
    return [
        GridRow(
            id=row.place or "(answer)",
            cells=(
                GridCell(lines=(line(row.place or "(the answer)", limit=100),)),
                *(
                    _build_cell(row, cell, column, live)
                    for cell, column in zip(row.cells, comparison.columns, strict=True)
                ),
            ),
        )
        for row in rows
    ]


def _build_cell(row: AlignedRow, cell: AlignedCell, column: ComparedColumn, live: LiveAnswers | None) -> GridCell:
    running = live.columns.get(column.position) if live is not None else None
    if running is not None and running.writing and is_within(running.writing, row.place):
        return GridCell(lines=(line(cell.text),), mark="writing")
    if not cell.variants or (cell.is_missing and running is not None):
        words = _NO_ANSWER if column.is_over else "pending"
        return GridCell(lines=(line(words, is_quiet=True),), mark="" if column.is_over else "pending")
    is_settled = column.is_over or running is None
    text = line(_LEFT_OUT, is_quiet=True) if cell.is_missing else _value(cell.text)
    said = _say_agreement(cell)
    return GridCell(
        lines=(text,) if said is None else (text, said),
        mark="differs" if cell.differs and is_settled else "",
    )


def _value(text: str) -> Line:
    return {"text": text, "title": text if len(text) > _MESSAGE_LIMIT else "", "is_quiet": False}


def _say_agreement(cell: AlignedCell) -> Line | None:
    """Return `4 of 5` with what the others said on hover; None for a single run."""
    total = sum(variant.count for variant in cell.variants)
    if total < 2:
        return None
    said = "\n".join(
        f"{variant.count} × {_LEFT_OUT if variant.is_missing else cut(variant.text, 200)}" for variant in cell.variants
    )
    return line(f"{cell.variants[0].count} of {total}", title=said, is_quiet=True)


def count_left_out(aligned: AlignedAnswers) -> str:
    """Say how many fields are not shown; nothing when all are."""
    return f"{counted(aligned.left_out_count, 'more field')} not shown." if aligned.left_out_count else ""
