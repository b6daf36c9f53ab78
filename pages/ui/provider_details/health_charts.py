"""The two small charts of a provider: how long requests took, and how many runs failed."""

from collections.abc import Sequence
from datetime import tzinfo
from math import ceil
from typing import Any

import streamlit as st

from core.providers.health import HealthBucket, ProviderHealth
from pages.ui.layout import field_group
from pages.ui.text import viewer_zone

_HEIGHT = 240
_MARK_SIZE = 36
_LEAST_PERCENT = 20  # so high is the axis at least: one failure of a hundred is no tower

Spec = dict[str, Any]  # Any: a drawing in Vega-Lite's words
Values = list[dict[str, Any]]  # Any: words beside numbers


def render_charts(health: ProviderHealth) -> None:
    """Draw both, beside each other where there is room."""
    names = name_buckets(health, zone=viewer_zone())
    grid = st.grid(2, min_column_width=300, gap="medium", key="details.charts")
    with grid.cell(), field_group():
        st.caption("**Seconds of a request**")
        _draw(_time_spec(build_times(health.buckets, names), names), key="details.chart.seconds")
    with grid.cell(), field_group():
        st.caption("**Runs that failed by the provider’s fault**")
        _draw(_failure_spec(build_rates(health.buckets, names), names), key="details.chart.failures")


def _draw(spec: Spec, *, key: str) -> None:
    st.vega_lite_chart(spec=spec, width="stretch", height=_HEIGHT, key=key)


def name_buckets(health: ProviderHealth, *, zone: tzinfo) -> list[str]:
    """Return `14:00` for each hour or `23 Nov` for each day, in the viewer's zone."""
    words = "%-d %b, %H:%M" if health.is_hourly else "%-d %b"
    return [f"{bucket.start.astimezone(zone):{words}}" for bucket in health.buckets]


def build_times(buckets: Sequence[HealthBucket], names: Sequence[str]) -> Values:
    """Return a point for each bucket in which a request was answered, and each of the two lines."""
    return [
        {"when": name, "line": line, "seconds": round(seconds, 3)}
        for bucket, name in zip(buckets, names, strict=True)
        for line, seconds in (("Median", bucket.p50_seconds), ("95 %", bucket.p95_seconds))
        if seconds is not None
    ]


def build_rates(buckets: Sequence[HealthBucket], names: Sequence[str]) -> Values:
    """Return a bar for each bucket with runs: the share that failed, in percent, and both numbers."""
    return [
        {
            "when": name,
            "line": "% of the runs",
            "rate": round(100 * bucket.failure_count / bucket.run_count, 1),
            "failed": bucket.failure_count,
            "runs": bucket.run_count,
        }
        for bucket, name in zip(buckets, names, strict=True)
        if bucket.run_count
    ]


def _across(names: Sequence[str], *, axis: Spec) -> Spec:
    # All buckets, also those without a value: otherwise a quiet day is not seen.
    return {"field": "when", "type": "ordinal", "sort": None, "scale": {"domain": list(names)}, "axis": axis}


def _axis(names: Sequence[str]) -> Spec:
    is_hourly = any(":" in name for name in names)
    shown = "slice(datum.label, indexof(datum.label, ',') + 2)" if is_hourly else "datum.label"
    return {"labelAngle": 0, "labelOverlap": True, "labelExpr": shown, "title": None}


def _time_spec(values: Values, names: Sequence[str]) -> Spec:
    along: Spec = {"field": "seconds", "type": "quantitative", "title": None, "scale": {"domainMin": 0, "nice": True}}
    return _spec(values, names, along, mark={"type": "line", "point": {"size": _MARK_SIZE}, "tooltip": True})


def _failure_spec(values: Values, names: Sequence[str]) -> Spec:
    highest = max([_LEAST_PERCENT, *(ceil(value["rate"] / 10) * 10 for value in values)])
    along: Spec = {"field": "rate", "type": "quantitative", "title": None, "scale": {"domain": [0, highest]}}
    return _spec(values, names, along, mark={"type": "bar", "tooltip": {"content": "data"}})


def _spec(values: Values, names: Sequence[str], along: Spec, *, mark: Spec) -> Spec:
    # Both charts have a legend, so that their axes stand at the same height.
    legend: Spec = {"orient": "top", "title": None, "offset": 4}
    lines: Spec = {"field": "line", "type": "nominal", "sort": None, "title": None, "legend": legend}
    encoding: Spec = {"x": _across(names, axis=_axis(names)), "y": along, "color": lines}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}
