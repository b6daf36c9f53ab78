"""What the History page remembers between two reruns."""

import uuid
from dataclasses import dataclass, field
from enum import Enum

from core.errors import DashboardError
from pages.ui.history.query import HistoryQuery


class Asked(Enum):
    """Which dialog is open."""

    DELETION = "deletion"
    REPETITION = "repetition"
    OTHER_AGENT = "other agent"
    COMPARISON = "comparison"


@dataclass
class HistoryState:
    """The History page. `seen` is the address that was last taken over into the filters or written from them, `wanted`
    what it asked for. `opened` is the last click of the grid that was followed; nothing is chosen in the
    grid when a new `round` of it begins.

    `asked_ids` are the runs, or the one comparison, that the open dialog is about, `asked_task_id` their task; `target`
    is a page, with its query, that has to be opened. `deleted_ids` can be restored, `kept_count` were still going on.
    `error` is what the last act met, `said` what it has to say once. `unreadable` are the filters of the address that
    could not be read, when what could was `unreadable_at`.
    """

    seen: dict[str, str] | None = None
    wanted: HistoryQuery = field(default_factory=HistoryQuery)
    opened: str = ""
    round: int = 0
    asked: Asked | None = None
    asked_ids: tuple[uuid.UUID, ...] = ()
    asked_task_id: uuid.UUID | None = None
    target: tuple[str, dict[str, str]] | None = None
    deleted_ids: tuple[uuid.UUID, ...] = ()
    kept_count: int = 0
    deleted_comparison_id: uuid.UUID | None = None
    error: DashboardError | None = None
    said: str = ""
    unreadable: tuple[str, ...] = ()
    unreadable_at: HistoryQuery = field(default_factory=HistoryQuery)

    def ask(self, asked: Asked, run_ids: tuple[uuid.UUID, ...], *, task_id: uuid.UUID | None = None) -> None:
        """Open a dialog about some runs; `task_id` is that of all of them, if they have one."""
        self.asked, self.asked_ids, self.asked_task_id, self.error = asked, run_ids, task_id, None

    def close(self) -> None:
        """Close the dialog."""
        self.asked = None

    def choose_none(self) -> None:
        """Have the grid begin anew with nothing chosen."""
        self.round += 1

    def take_said(self) -> str:
        said, self.said = self.said, ""
        return said
