"""What the runs of one column took, and how they ended."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from core.runs.comparing.agreement import mean
from core.runs.comparing.records import ColumnFigures, ComparedColumn
from core.runs.costs import sum_costs
from core.runs.records import RunRecord, RunStatus


def sum_column(column: ComparedColumn, *, agreements: Sequence[float | None]) -> ColumnFigures:
    """Return the figures of a column; `agreements` are those of its cells."""
    runs = column.runs
    statuses = Counter(run.status for run in runs)
    passed, over_count = statuses[RunStatus.PASSED], sum(run.status.is_over for run in runs)
    judged_count = over_count - statuses[RunStatus.CANCELLED]
    asked = [run for run in runs if run.attempt_count]
    return ColumnFigures(
        position=column.position,
        statuses={status: statuses[status] for status in RunStatus if statuses[status]},
        run_count=len(runs),
        over_count=over_count,
        passed_count=passed,
        pass_rate=passed / judged_count if judged_count else None,
        p50_seconds=_find_median(runs, RunStatus.PASSED if passed else RunStatus.FAILED),
        input_tokens=sum(run.input_tokens for run in runs),
        output_tokens=sum(run.output_tokens for run in runs),
        input_tokens_per_run=mean([run.input_tokens for run in asked]),
        output_tokens_per_run=mean([run.output_tokens for run in asked]),
        attempts_per_run=mean([run.attempt_count for run in asked]),
        cost=sum_costs(run.cost for run in asked),
        cost_per_run_usd=_find_mean_cost(asked),
        agreement=mean(agreements),
    )


def _find_median(runs: Sequence[RunRecord], status: RunStatus) -> float | None:
    seconds = [run.duration_seconds for run in runs if run.status is status]
    known = [value for value in seconds if value is not None]
    return median(known) if known else None


def _find_mean_cost(runs: Sequence[RunRecord]) -> Decimal | None:
    known = [run.cost_usd for run in runs if run.cost_usd is not None and run.is_cost_complete]
    return sum(known, Decimal(0)) / len(known) if known else None
