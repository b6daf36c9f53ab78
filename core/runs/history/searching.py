"""Lines of the history are found and counted, by the way that is quick for what is looked for."""

import uuid
from dataclasses import dataclass
from typing import Any

from core.runs.history.filters import build_filters
from core.runs.history.order import Place, RunOrder
from core.runs.records import RunFilter
from core.runs.search_words import fold_words
from db.queries import history as history_queries
from db.queries import history_words as word_queries
from db.session import Session

MAX_COUNTED = 10_000
MAX_COUNTED_BY_INDEX = 250_000
"""Where one index alone tells the number."""
_COMMON = 0.05
"""From which share of the runs on a page is filled sooner by looking at them in order; below, all that fit are few."""
_VERY_COMMON = 0.3
"""So with counting up to 10,000."""

Line = dict[str, Any]  # Any: a value for each column's name


@dataclass(frozen=True)
class Search:
    """What is looked for. `word_share` is about which share of the runs has the words; 1 when there are none."""

    filters: dict[str, Any]  # Any: a value for each filter's name
    word_query: str | None = None
    word_share: float = 1.0

    @property
    def is_rare(self) -> bool:
        return self.word_share < _COMMON


def open_search(session: Session, run_filter: RunFilter) -> Search:
    """Return what a transaction is to look for. Words that hold nothing to be found by narrow nothing."""
    word_queries.plan_anew(session)
    filters = build_filters(run_filter)
    words = fold_words(run_filter.words)
    word_query = word_queries.make_word_query(session, words) if words.strip() else None
    if word_query is None:
        return Search(filters)
    return Search(filters, word_query, word_queries.weigh_words(session, word_query))


def choose_way(session: Session, search: Search, *, common_from: float = _COMMON, only: bool = False) -> dict[str, Any]:
    """Return the filters, with words that are found by their index, or by looking at the runs if most have them.

    `only`: no index that gives runs in order is used from now on in the transaction.
    """
    if search.word_query is None:
        return search.filters
    if search.word_share >= common_from:
        return search.filters | {"common_words": search.word_query}
    word_queries.prefer_index(session, only=only)
    return search.filters | {"word_query": search.word_query}


def list_lines(
    session: Session,
    search: Search,
    order: RunOrder,
    *,
    limit: int,
    after: Place | None = None,
    offset: int = 0,
    with_content: bool = False,
) -> list[Line]:
    """Return lines from a place on, or after so many, through the stretches of the order."""
    filters = choose_way(session, search)
    lines = list[Line]()
    for number, stretch in enumerate(order.stretches):
        if after is not None and number < after.stretch:
            continue
        lines += history_queries.list_runs(
            session,
            stretch,
            filters=filters,
            limit=limit - len(lines),
            after=_begin(after, stretch=number),
            offset=offset,
            with_content=with_content,
            gathers=search.is_rare,
        )
        if len(lines) == limit:
            break
        if offset and number + 1 < len(order.stretches):
            skipped = 0 if lines else history_queries.count_runs(session, filters=filters, most=offset, stretch=stretch)
            offset = 0 if lines else offset - skipped
    return lines


def _begin(after: Place | None, *, stretch: int) -> tuple[Any, uuid.UUID] | None:  # Any: a value of its column
    return None if after is None or after.stretch != stretch else (after.value, after.run_id)


def count_lines(session: Session, search: Search) -> tuple[int, bool]:
    """Return how many lines there are, and whether exactly so; otherwise there are more.

    The last in its transaction: it changes by which way PostgreSQL finds words.
    """
    filters = choose_way(session, search, common_from=_VERY_COMMON, only=True)
    most = MAX_COUNTED_BY_INDEX if history_queries.is_counted_by_index(filters) else MAX_COUNTED
    count = history_queries.count_runs(session, filters=filters, most=most + 1)
    return min(count, most), count <= most
