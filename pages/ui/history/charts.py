"""What the runs of a view came to, as charts and as a table: pass rate, time, tokens and cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.runs.costs import CostSum, say_cost
from core.runs.history.records import RunFigure, RunFigures, RunGrouping
from pages.ui.door import Door
from pages.ui.errors import retried_errors
from pages.ui.history.query import HistoryQuery
from pages.ui.layout import field_group
from pages.ui.text import NOTHING, counted, cut, duration, label

_GROUPS = {
    RunGrouping.DAY: "Day",
    RunGrouping.AGENT: "Agent",
    RunGrouping.TASK: "Task",
    RunGrouping.PROVIDER: "Provider",
}
_HEIGHT = 220
_LEAST_HEIGHT, _BAR_HEIGHT, _LEGEND_HEIGHT = 90, 26, 50
_MOST_NAMES = 12
_LABEL_LIMIT = 28
_DAYS = {
    "labelAngle": -40,
    "labelOverlap": True,
    "labelExpr": "slice(datum.label, 5)",  # the year goes without saying
    "title": None,
}
_NAMES = {"labelLimit": 150, "labelOverlap": False, "title": None}

Spec = dict[str, Any]  # Any: a drawing in Vega-Lite's words
Columns = dict[str, list[Any]]  # Any: words beside numbers


@dataclass(frozen=True)
class Chart:
    """Some numbers for each group, as bars beside or upon each other."""

    name: str
    unit: str
    series: dict[str, Sequence[float | None]]
    is_stacked: bool = False


@st.fragment
def render_charts(door: Door, wanted: HistoryQuery) -> None:
    """Draw the expander; nothing is counted while it is closed."""
    place = st.expander("Charts", icon=":material/bar_chart:", key="history.charts", on_change="rerun")
    if not place.open:
        return
    with place, retried_errors("history.figures"):
        grouping = st.segmented_control(
            "By",
            list(_GROUPS),
            default=RunGrouping.DAY,
            required=True,
            format_func=_GROUPS.__getitem__,
            key="history.by",
        )
        with st.spinner("Counting the runs…"):
            figures = door.services.history.figure_runs(
                door.actor, wanted.to_filter(), grouping=grouping or RunGrouping.DAY, zone=wanted.zone
            )
        _render_figures(figures)


def _render_figures(figures: RunFigures) -> None:
    total = figures.total
    if not total.run_count:
        st.caption("No run fits, so there is nothing to draw.")
        return
    _render_total(total)
    title = _GROUPS[figures.grouping]
    grid = st.grid(2, min_column_width=330, gap="medium", key="history.chart_grid")
    is_by_day = figures.grouping is RunGrouping.DAY
    drawn = figures.groups if is_by_day else figures.groups[:_MOST_NAMES]
    for chart in build_charts(drawn):
        with grid.cell(), field_group():
            st.caption(f"**{chart.name}** by {title.lower()}")
            _render_bars(drawn, chart, is_by_day=is_by_day)
    if len(drawn) < len(figures.groups):
        st.caption(f"The charts show the {_MOST_NAMES} with the most runs, the table below the others too.")
    _render_notes(figures)
    st.dataframe(build_table(figures), hide_index=True, width="stretch", key="history.figures")


def _render_total(total: RunFigure) -> None:
    figures = {
        "Runs": f"{total.run_count:,}",
        "Pass rate": say_rate(total.pass_rate),
        "Duration, median": duration(total.median_seconds),
        "Duration, 95 %": duration(total.p95_seconds),
        "Tokens in → out": f"{total.input_tokens:,} → {total.output_tokens:,}",
        "Cost": say_group_cost(total),
    }
    with st.container(horizontal=True, gap="medium", key="history.total"):
        for name, said in figures.items():
            with field_group():
                st.caption(name)
                st.text(said)


def _render_bars(groups: Sequence[RunFigure], chart: Chart, *, is_by_day: bool) -> None:
    """Draw days from left to right, and names, which need room, from top to bottom."""
    names = name_groups(groups)
    values = [
        {"group": name, "series": series, "value": value}
        for series, numbers in chart.series.items()
        for name, value in zip(names, numbers, strict=True)
        if value is not None
    ]
    series: Spec = {"field": "series", "type": "nominal", "sort": list(chart.series), "title": None}
    across: Spec = {"field": "group", "type": "ordinal", "sort": names, "axis": _DAYS if is_by_day else _NAMES}
    along: Spec = {"field": "value", "type": "quantitative", "title": chart.unit}
    along["stack"] = "zero" if chart.is_stacked else None
    if chart.unit == "%":  # otherwise the axis of nothing but zeros says 0.000000 and no more
        along["scale"] = {"domain": [0, 100]}
    encoding: Spec = {"x": across, "y": along} if is_by_day else {"y": across, "x": along}
    if len(chart.series) > 1:
        encoding["color"] = {**series, "legend": {"orient": "top", "title": None, "offset": 4}}
        if not chart.is_stacked:
            encoding["xOffset" if is_by_day else "yOffset"] = series
    spec: Spec = {"data": {"values": values}, "mark": {"type": "bar", "tooltip": True}, "encoding": encoding}
    height = _HEIGHT if is_by_day else _LEAST_HEIGHT + _BAR_HEIGHT * len(groups)
    height += _LEGEND_HEIGHT if len(chart.series) > 1 else 0
    st.vega_lite_chart(spec=spec, width="stretch", height=height, key=f"history.chart.{chart.name}")


def _render_notes(figures: RunFigures) -> None:
    total = figures.total
    if total.unknown_cost_count:
        runs = counted(total.unknown_cost_count, "run")
        st.caption(f"What {runs} cost is unknown, or known only in part. The charts show what is known.")
    if not figures.is_complete:
        kind = {RunGrouping.DAY: "the newest days"}.get(figures.grouping, "those with the most runs")
        st.caption(label(f"Only {len(figures.groups)} are shown here: {kind}. The figures above count all."))


def build_charts(groups: Sequence[RunFigure]) -> list[Chart]:
    """Return the charts, with None where there is no number."""
    rates = [None if each.pass_rate is None else each.pass_rate * 100 for each in groups]
    medians, slowest = [each.median_seconds for each in groups], [each.p95_seconds for each in groups]
    sent, written = [float(each.input_tokens) for each in groups], [float(each.output_tokens) for each in groups]
    costs = [None if each.cost_usd is None else float(each.cost_usd) for each in groups]
    return [
        Chart("Pass rate", "%", {"Pass rate": rates}),
        Chart("Duration", "seconds", {"Median": medians, "95 %": slowest}),
        Chart("Tokens", "tokens", {"In": sent, "Out": written}, is_stacked=True),
        Chart("Known cost", "$", {"Known cost": costs}),
    ]


def name_groups(groups: Sequence[RunFigure]) -> list[str]:
    """Return what the groups are called, each differently: two deleted agents may have had the same name."""
    names = list[str]()
    for group in groups:
        name = cut(group.label, _LABEL_LIMIT) or NOTHING
        number = sum(other == name or other.startswith(f"{name} (") for other in names) + 1
        names.append(name if number == 1 else f"{name} ({number})")
    return names


def build_table(figures: RunFigures) -> Columns:
    """Return the same numbers as words, column by column."""
    groups = figures.groups
    return {
        _GROUPS[figures.grouping]: [group.label for group in groups],
        "Runs": [group.run_count for group in groups],
        "Passed": [group.passed_count for group in groups],
        "Failed": [group.failed_count for group in groups],
        "Pass rate": [say_rate(group.pass_rate) for group in groups],
        "Duration, median": [duration(group.median_seconds) for group in groups],
        "Duration, 95 %": [duration(group.p95_seconds) for group in groups],
        "Tokens in": [group.input_tokens for group in groups],
        "Tokens out": [group.output_tokens for group in groups],
        "Cost": [say_group_cost(group) for group in groups],
    }


def say_rate(rate: float | None) -> str:
    """Return `92 %`; a dash for None. Only all is 100 %, and only none is 0 %."""
    if rate is None:
        return NOTHING
    percent = round(rate * 100)
    if percent == 100 and rate < 1:
        percent = 99
    if percent == 0 and rate > 0:
        percent = 1
    return f"{percent} %"


def say_group_cost(figure: RunFigure) -> str:
    """Say what runs cost together; unknown is never $0."""
    known = int(figure.cost_usd is not None)
    if not known and not figure.unknown_cost_count:
        return NOTHING
    return say_cost(CostSum(amount_usd=figure.cost_usd, known_count=known, unknown_count=figure.unknown_cost_count))
