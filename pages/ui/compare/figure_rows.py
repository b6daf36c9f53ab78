"""The figures of a comparison as a table: a row for each column that was compared."""

from collections.abc import Sequence

from core.runs.comparing.records import AlignedAnswers, ColumnFigures, ComparedColumn, ComparisonRecord
from core.runs.costs import say_cost
from pages.ui.cells import line
from pages.ui.compare.answer_rows import status_badges, winner_badges
from pages.ui.compare.grid import GridCell, GridPress, GridRow
from pages.ui.text import NOTHING, cut, duration

PICK = "pick"
TAKE_BACK = "take_back"
SAVE = "save"
_CHANGES_LIMIT = 110
_LEFT = ("Column", "What differs", "Outcome")
_RIGHT = (
    ("Latency", "Median of the passed runs; of the failed ones where none passed"),
    ("Tokens in", "Per run"),
    ("Tokens out", "Per run"),
    ("Cost", "Of all runs of the column"),
    ("Attempts", "Per run"),
)


def build_figure_head(*, has_repeats: bool) -> list[GridCell]:
    """Return the titles of the figures."""
    agreement = (("Agreement", "How often its runs say the same, over all fields"),) if has_repeats else ()
    return [
        *(GridCell(lines=(line(title),)) for title in _LEFT),
        *(GridCell(lines=(line(title, title=hover),), align="right") for title, hover in (*_RIGHT, *agreement)),
        GridCell(lines=(line(""),)),
    ]


def build_figure_rows(comparison: ComparisonRecord, aligned: AlignedAnswers) -> list[GridRow]:
    """Return a row for each column, with what can be done about it once all is over."""
    has_repeats = has_repeated(comparison.columns)
    return [
        GridRow(
            id=str(column.position),
            cells=(
                _name(comparison, column),
                _changes(column),
                _outcome(column, figures),
                *_numbers(column, figures, has_repeats=has_repeats),
                GridCell(presses=tuple(_presses(comparison, column))),
            ),
        )
        for column, figures in zip(comparison.columns, aligned.columns, strict=True)
    ]


def has_repeated(columns: Sequence[ComparedColumn]) -> bool:
    """Say whether a column ran more than once."""
    return any(len(column.runs) > 1 for column in columns)


def _name(comparison: ComparisonRecord, column: ComparedColumn) -> GridCell:
    name = line(f"{column.position}. {column.label}", limit=60, title=f"{column.model_name} by {column.provider_name}")
    return GridCell(lines=(name,), badges=winner_badges(comparison, column))


def _changes(column: ComparedColumn) -> GridCell:
    said = " · ".join(column.changes) or NOTHING
    return GridCell(lines=(line(cut(said, _CHANGES_LIMIT), title="\n".join(column.changes), is_quiet=True),))


def _outcome(column: ComparedColumn, figures: ColumnFigures) -> GridCell:
    rate = None
    if figures.pass_rate is not None and 0 < figures.pass_rate < 1:
        rate = line(f"{figures.pass_rate:.0%} passed", is_quiet=True)
    return GridCell(badges=status_badges(column.runs), lines=() if rate is None else (rate,))


def _numbers(column: ComparedColumn, figures: ColumnFigures, *, has_repeats: bool) -> list[GridCell]:
    words = [
        duration(figures.p50_seconds),
        _average(figures.input_tokens_per_run),
        _average(figures.output_tokens_per_run),
        say_cost(figures.cost) if any(run.attempt_count for run in column.runs) else NOTHING,
        NOTHING if figures.attempts_per_run is None else f"{figures.attempts_per_run:.2g}",
    ]
    if has_repeats:
        words.append(NOTHING if figures.agreement is None else f"{figures.agreement:.0%}")
    return [GridCell(lines=(line(word),), align="right") for word in words]


def _average(value: float | None) -> str:
    """A request always has tokens: 0 is what is stored when the server told nothing."""
    return f"{value:,.0f}" if value else NOTHING


def _presses(comparison: ComparisonRecord, column: ComparedColumn) -> list[GridPress]:
    value, presses = str(column.position), list[GridPress]()
    if not comparison.is_over:
        return presses
    if comparison.id is not None and comparison.winner == column.position:
        presses.append(GridPress("Take back", TAKE_BACK, value, title="This column is not the winner after all"))
    elif comparison.id is not None:
        presses.append(GridPress("Pick as winner", PICK, value))
    if column.agent_version is None:
        presses.append(GridPress("Save to agent…", SAVE, value, title=f"Make this a version of {column.agent_name}"))
    return presses
