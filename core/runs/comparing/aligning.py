"""Answers side by side: every field with what each column says in it, and how far the columns agree."""

from collections.abc import Sequence
from itertools import islice

from core.runs.comparing.agreement import Given, count_values, mean, read_value, share
from core.runs.comparing.answer_places import walk_places
from core.runs.comparing.figures import sum_column
from core.runs.comparing.records import AlignedAnswers, AlignedCell, AlignedRow, AnswerVariant, ComparisonRecord

MAX_ROWS = 300
_MAX_COUNTED = 10_000


def align(comparison: ComparisonRecord) -> AlignedAnswers:
    """Return the passed answers field by field, in the schema's order, and the figures of each column. Pure."""
    owners: list[int] = []
    answers: list[object] = []
    for index, column in enumerate(comparison.columns):
        for run in column.runs:
            if run.result is not None:
                owners.append(index)
                answers.append(run.result)
    places = walk_places(answers, comparison.response_schema) if answers else iter(())
    rows = tuple(
        _build_row(place, _by_column(values, owners, width=len(comparison.columns)))
        for place, values in islice(places, MAX_ROWS)
    )
    return AlignedAnswers(
        rows=rows,
        left_out_count=sum(1 for _ in islice(places, _MAX_COUNTED - MAX_ROWS)),
        columns=tuple(
            sum_column(column, agreements=[row.cells[index].agreement for row in rows])
            for index, column in enumerate(comparison.columns)
        ),
        agreement=mean([row.agreement for row in rows]),
    )


def _by_column(values: Sequence[object], owners: Sequence[int], *, width: int) -> list[list[Given]]:
    columns: list[list[Given]] = [[] for _ in range(width)]
    for value, owner in zip(values, owners, strict=True):
        columns[owner].append(read_value(value))
    return columns


def _build_row(place: str, columns: Sequence[Sequence[Given]]) -> AlignedRow:
    counted = [count_values(given) for given in columns]
    usual = count_values([variants[0][0] for variants in counted if variants])
    return AlignedRow(
        place=place,
        is_same=len(usual) <= 1,
        agreement=share(usual),
        cells=tuple(_build_cell(variants, usual=usual[0][0]) for variants in counted),
    )


def _build_cell(variants: Sequence[tuple[Given, int]], *, usual: Given) -> AlignedCell:
    if not variants:
        return AlignedCell()
    own = variants[0][0]
    return AlignedCell(
        text=own.text,
        is_missing=own.is_missing,
        differs=own.mark != usual.mark,
        agreement=share(variants),
        variants=tuple(
            AnswerVariant(text=given.text, is_missing=given.is_missing, count=count) for given, count in variants
        ),
    )
