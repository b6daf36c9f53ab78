"""Figures of runs, as they are told."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Detail, InvalidInputError
from core.runs.history.records import RunFigure, RunFigures, RunGrouping

MAX_GROUPS = 60

Line = Mapping[str, Any]  # Any: a value for each column's name


def check_zone(zone: str) -> None:
    """Make sure that days can be those of a zone. Raises: InvalidInputError: nobody knows it."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        problem = "This time zone is not known."
        hint = "Name one as the tz database does: Europe/Berlin."
        raise InvalidInputError(problem, hint=hint, details=[Detail(place="zone", message=problem)]) from error


def build_figures(lines: Sequence[Line], *, grouping: RunGrouping, most: int) -> RunFigures:
    """Return the figures of stored sums, of which the first is that of all runs."""
    total, *groups = (_build_figure(line) for line in lines)
    shown = groups[:most]
    if grouping is RunGrouping.DAY:
        shown.reverse()
    return RunFigures(grouping=grouping, total=total, groups=tuple(shown), is_complete=len(groups) <= most)


def _build_figure(line: Line) -> RunFigure:
    median, p95 = line["percentiles"] or (None, None)
    key = "" if line["is_total"] else str(line["key"])
    figures = {name: line[name] for name in RunFigure.model_fields if name in line}
    return RunFigure.model_validate(
        figures | {"key": key, "label": line["label"] or key, "median_seconds": median, "p95_seconds": p95}
    )
