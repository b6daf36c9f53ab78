"""What an export says of each run, whatever the file's format."""

from collections.abc import Iterator
from typing import Any, Final

from core.runs.history.order import Place, RunOrder
from core.runs.history.searching import Line, list_lines, open_search
from core.runs.records import RunFilter, RunSort
from core.store import Store

COLUMNS: Final = (
    "id",
    "queued_at",
    "started_by",
    "agent",
    "agent_version",  # of a variation, the version that was varied
    "variation",
    "task",
    "task_version",
    "provider",
    "model",
    "status",
    "reason",
    "message",
    "attempts",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "duration_seconds",
    "rating",
    "rating_note",
    "input",
    "result",
)
ExportRow = dict[str, Any]  # Any: a value for each of the columns; input and result as JSON values

_PAGE = 500
_NEWEST_FIRST = RunOrder(RunSort.QUEUED_AT, is_ascending=False)
_NAMES = {"agent": "agent_name", "task": "task_name", "provider": "provider_name", "model": "model_name"}


def list_exported(store: Store, run_filter: RunFilter) -> Iterator[list[ExportRow]]:
    """Yield the runs that fit, newest first, 500 at a time; no transaction is open in between."""
    after: Place | None = None
    while True:
        with store.transaction() as session:
            search = open_search(session, run_filter)
            lines = list_lines(session, search, _NEWEST_FIRST, limit=_PAGE, after=after, with_content=True)
        if not lines:
            return
        after = Place(stretch=0, value=lines[-1]["queued_at"], run_id=lines[-1]["id"])
        yield [_build_row(line) for line in lines]


def _build_row(line: Line) -> ExportRow:
    renamed = {name: line[stored] for name, stored in _NAMES.items()}
    is_variation = line["variation_of"] is not None
    told = line | renamed | {"attempts": line["attempt_count"], "variation": is_variation}
    if is_variation:
        told["agent_version"] = line["variation_of"]
    return {name: told[name] for name in COLUMNS}
