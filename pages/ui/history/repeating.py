"""Starts runs again: the same input on the same task, with the same agent or another one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import DashboardError
from core.runs.records import RunRecord
from pages.ui.door import Door
from pages.ui.text import counted

MOST_REPEATED = 20


@dataclass(frozen=True)
class Repetition:
    """The runs that were started, and what stood in the way of the others."""

    started: tuple[RunRecord, ...]
    refusals: tuple[DashboardError, ...]

    @property
    def sentence(self) -> str:
        """What came of it, for a toast."""
        said = f"Started {counted(len(self.started), 'run')}."
        if not self.refusals:
            return said
        reasons = dict.fromkeys(error.message for error in self.refusals)
        return f"{said} {len(self.refusals)} not: {' '.join(reasons)}"


def repeat_runs(door: Door, run_ids: Sequence[uuid.UUID], *, agent_id: uuid.UUID | None = None) -> Repetition:
    """Start each of these runs again, with its own agent if `agent_id` is None. Nothing is raised: see `refusals`."""
    started, refusals = list[RunRecord](), list[DashboardError]()
    for run_id in run_ids[:MOST_REPEATED]:
        try:
            started.append(door.services.runs.repeat_run(door.actor, run_id, agent_id=agent_id))
        except DashboardError as error:
            refusals.append(error)
    return Repetition(started=tuple(started), refusals=tuple(refusals))
