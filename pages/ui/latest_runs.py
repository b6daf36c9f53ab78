"""The latest runs, as Home lists them."""

from collections.abc import Sequence
from datetime import tzinfo

from core.actors import Actor
from core.runs.records import RunFilter, RunSummary
from core.services import Services
from pages.ui.cells import Row, cell, line, press, quiet, status_badge, time_line
from pages.ui.layout import Column
from pages.ui.live_table import Acts, TableSource
from pages.ui.routes import run_params
from pages.ui.text import duration

_COUNT = 5
STEPS_OF_A_RUN = (
    "piece",
    "attempt_started",
    "attempt_passed",
    "attempt_failed",
    "attempt_cancelled",
    "attempt_interrupted",
    "cancel_requested",
)
"""Events within a run, which change nothing in a list of runs."""


def _read(
    services: Services, actor: Actor, wanted: RunFilter, offset: int, limit: int
) -> tuple[Sequence[RunSummary], int]:
    page = services.history.page_runs(actor, wanted, offset=offset, limit=limit)
    return page.items, len(page.items)


def _build_row(run: RunSummary, zone: tzinfo) -> Row:
    return {
        "id": str(run.id),
        "note": "",
        "cells": [
            cell(badge=status_badge(run.status.value, title=run.message)),
            cell(line(run.agent_name, limit=48), quiet(run.model_name, limit=48)),
            cell(line(run.task_name, limit=48)),
            cell(time_line(run.queued_at, zone=zone)),
            cell(line(duration(run.duration_seconds))),
            cell(presses=[press("open", "Open")]),
        ],
    }


LATEST_RUNS = TableSource(
    name="latest_runs",
    topics=("runs",),
    without=STEPS_OF_A_RUN,
    columns=(
        Column("Status", 1.3),
        Column("Agent", 2.4),
        Column("Task", 2.4),
        Column("When", 1.3),
        Column("Duration", 1.2, "right"),
        Column("", 0),
    ),
    filter_kind=RunFilter,
    read=_read,
    build_row=_build_row,
    page_size=_COUNT,
)

LATEST_ACTS = Acts(run_links={"open": run_params})
