"""The verbs of the history: runs as a list, in figures, as files; deleted and restored."""

import uuid
from collections.abc import Iterator, Sequence

from core.actors import Actor
from core.errors import InvalidInputError
from core.paging import cap_limit, cap_offset, next_cursor
from core.runs.history.export_rows import list_exported
from core.runs.history.exporting import write_export
from core.runs.history.figures import MAX_GROUPS, build_figures, check_zone
from core.runs.history.filters import check_filter
from core.runs.history.order import RunOrder
from core.runs.history.records import ExportFormat, RunDeletion, RunFigures, RunGrouping
from core.runs.history.searching import choose_way, count_lines, list_lines, open_search
from core.runs.records import RunFilter, RunPage, RunSort, RunSummary
from core.store import Store
from db.events import announce
from db.queries import deleted_runs as deleted_run_queries
from db.queries import history as history_queries
from db.queries import history_figures as figure_queries

MAX_AT_ONCE = 1_000


class HistoryService:
    """List, add up, export, delete and restore runs. A deleted one is in no list, no figure and no file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page_runs(
        self,
        actor: Actor,
        run_filter: RunFilter | None = None,
        *,
        sort: RunSort = RunSort.QUEUED_AT,
        is_ascending: bool = False,
        limit: int = 50,
        cursor: str | None = None,
        offset: int = 0,
    ) -> RunPage:
        """Return a page of the runs that fit, newest first unless told otherwise. `limit` is 1 to 1,000.

        Runs without a duration, or of unknown cost, come last when sorted by that, whichever way. The page begins at
        `cursor`, which belongs to the sort and the direction, or after `offset` runs for a list that can jump anywhere.
        Raises: InvalidInputError: the cursor is not one this method gave for this order, or comes with an offset; the
        filter holds what nothing can be compared with.
        """
        count, skipped = cap_limit(limit), cap_offset(offset, cursor=cursor)
        order, chosen = RunOrder(sort, is_ascending), run_filter or RunFilter()
        check_filter(chosen)
        after = order.read_cursor(cursor)
        with self._store.transaction() as session:
            search = open_search(session, chosen)
            lines = list_lines(session, search, order, limit=count + 1, after=after, offset=skipped)
            # A list that begins and ends on this page needs no counting.
            is_whole = after is None and not skipped and len(lines) <= count
            total, is_exact = (len(lines), True) if is_whole else count_lines(session, search)
        runs = [RunSummary.model_validate(line) for line in lines]
        return RunPage(
            items=tuple(runs[:count]),
            total=total,
            is_total_exact=is_exact,
            next_cursor=next_cursor(runs, order.write_cursor, limit=count),
        )

    def figure_runs(
        self, actor: Actor, run_filter: RunFilter | None = None, *, grouping: RunGrouping, zone: str = "UTC"
    ) -> RunFigures:
        """Return what the runs that fit came to, together and in at most 60 groups. Days are those of the zone.

        Raises: InvalidInputError: the zone is not known, or the filter holds what nothing can be compared with.
        """
        chosen = run_filter or RunFilter()
        check_filter(chosen)
        check_zone(zone)
        with self._store.transaction() as session:
            search = open_search(session, chosen)
            filters = choose_way(session, search)
            lines = figure_queries.sum_runs(
                session, filters=filters, grouping=grouping.value, zone=zone, most=MAX_GROUPS + 1
            )
        return build_figures(lines, grouping=grouping, most=MAX_GROUPS)

    def export_runs(
        self, actor: Actor, run_filter: RunFilter | None = None, export_format: ExportFormat = ExportFormat.CSV
    ) -> Iterator[bytes]:
        """Return the runs that fit, newest first, as the pieces of a file; 500 runs at a time are read.

        The columns are those of `export_rows.COLUMNS`. Runs that are added meanwhile are not in it; one that is deleted
        meanwhile may be. A spreadsheet cuts cells past 32,767 characters; here they are whole.
        Raises: InvalidInputError: the filter holds what nothing can be compared with.
        """
        chosen = run_filter or RunFilter()
        check_filter(chosen)
        return write_export(list_exported(self._store, chosen), export_format)

    def list_starters(self, actor: Actor) -> list[str]:
        """Return who started the runs there are, by name."""
        with self._store.reading() as session:
            return history_queries.list_starters(session)

    def delete_runs(self, actor: Actor, run_ids: Sequence[uuid.UUID]) -> RunDeletion:
        """Delete the runs that are over, 1,000 at once at most; for an hour `restore_runs` brings them back.

        Raises: InvalidInputError: there are more.
        """
        _check_count(run_ids)
        with self._store.transaction() as session:
            deleted, kept = deleted_run_queries.delete_runs(session, run_ids)
            for run_id in deleted:
                announce(session, "runs", "deleted", id=run_id)
        return RunDeletion(deleted=tuple(deleted), kept=tuple(kept))

    def restore_runs(self, actor: Actor, run_ids: Sequence[uuid.UUID]) -> int:
        """Bring deleted runs back; return how many of these there still were.

        Raises: InvalidInputError: there are more than 1,000.
        """
        _check_count(run_ids)
        with self._store.transaction() as session:
            restored = deleted_run_queries.restore_runs(session, run_ids)
            for run_id in restored:
                announce(session, "runs", "restored", id=run_id)
        return len(restored)


def _check_count(run_ids: Sequence[uuid.UUID]) -> None:
    if len(run_ids) > MAX_AT_ONCE:
        raise InvalidInputError(
            f"These are {len(run_ids):,} runs; at most {MAX_AT_ONCE:,} at once.", hint="Choose fewer."
        )
