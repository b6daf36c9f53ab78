"""Lists of runs: filtered, ordered by one of three columns, and cut in SQL.

A page is cut from `runs` alone, which an index does, and only its lines are joined to what they pin. Statements are
built once for each set of filters and each order.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import Session, col

from db.queries.listing import PlainLine, read_count, read_lines
from db.tables import AgentVersionRow, ProviderRow, RunRow, TaskVersionRow

Filters = Mapping[str, Any]  # Any: a value for each filter's name
_RUNS = RunRow.metadata.tables["runs"]
_COLUMNS = _RUNS.c

_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "agent_id": _COLUMNS.agent_id == bindparam("agent_id"),
    "task_id": _COLUMNS.task_id == bindparam("task_id"),
    "provider_id": _COLUMNS.provider_id == bindparam("provider_id"),
    "status": _COLUMNS.status == bindparam("status"),
    "started_by": _COLUMNS.started_by == bindparam("started_by"),
    "since": _COLUMNS.queued_at >= bindparam("since"),
    "until": _COLUMNS.queued_at < bindparam("until"),
    "word_query": _COLUMNS.search.op("@@", is_comparison=True)(cast(bindparam("word_query", type_=Text()), TSQUERY)),
    # The same, which its index cannot answer: for words that so many runs have that looking at the runs is quicker.
    "common_words": func.coalesce(
        _COLUMNS.search.op("@@", is_comparison=True)(cast(bindparam("common_words", type_=Text()), TSQUERY)), False
    ),
    "min_cost_usd": _COLUMNS.cost_usd >= bindparam("min_cost_usd"),
    "max_cost_usd": _COLUMNS.cost_usd <= bindparam("max_cost_usd"),
    "min_seconds": _COLUMNS.duration_seconds >= bindparam("min_seconds"),
    "max_seconds": _COLUMNS.duration_seconds <= bindparam("max_seconds"),
    "rating": _COLUMNS.rating == bindparam("rating"),
    "comparison_id": _COLUMNS.comparison_id == bindparam("comparison_id"),
}
FILTERS = frozenset(_CONDITIONS)
"""The names filters can have. `word_query` and `common_words` are what `history_words.make_word_query` returns."""
_LED_BY_INDEX = {"agent_id", "task_id", "provider_id", "status", "started_by", "rating"}

_LISTED = (
    "id",
    "agent_id",
    "task_id",
    "status",
    "reason",
    "message",
    "attempt_count",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "is_cost_complete",
    "duration_seconds",
    "queued_at",
    "started_by",
    "rating",
    "comparison_id",
)
_EXPORTED_TOO = ("rating_note", "input", "result")


@dataclass(frozen=True)
class Stretch:
    """A part of a list that one index gives in order: by a column and the id, both up or both down.

    Runs without a value in that column are not in it; runs with one in `without` neither.
    """

    by: str
    is_ascending: bool = False
    without: str | None = None


def list_runs(
    session: Session,
    stretch: Stretch,
    *,
    filters: Filters,
    limit: int,
    after: tuple[Any, uuid.UUID] | None = None,  # Any: a value of the stretch's column
    offset: int = 0,
    with_content: bool = False,
    gathers: bool = False,
) -> list[PlainLine]:
    """Return lines of one stretch, without inputs and results unless asked for: they may be long.

    `after` is the last line already seen. With `gathers` all that fits is found before it is ordered, which is quick
    when that is little; otherwise the order is walked until there are enough.
    """
    query = _page_query(frozenset(filters), stretch, after is not None, with_content, gathers)
    place = {} if after is None else {"after_value": after[0], "after_id": after[1]}
    return read_lines(session, query, {**filters, **place, "limit": limit, "offset": offset})


@lru_cache(maxsize=512)
def _page_query(
    names: frozenset[str], stretch: Stretch, has_place: bool, with_content: bool, gathers: bool
) -> Select[Any]:
    cut = _cut_query(names, stretch, has_place, gathers).subquery("cut")
    listed = [_COLUMNS[name] for name in (*_LISTED, *(_EXPORTED_TOO if with_content else ()))]
    return (
        select(
            *listed,
            col(AgentVersionRow.name).label("agent_name"),
            col(AgentVersionRow.number).label("agent_version"),
            col(AgentVersionRow.variation_of).label("variation_of"),
            col(AgentVersionRow.model_name).label("model_name"),
            col(TaskVersionRow.name).label("task_name"),
            col(TaskVersionRow.number).label("task_version"),
            col(ProviderRow.name).label("provider_name"),
        )
        .select_from(cut)
        .join(_RUNS, _COLUMNS.id == cut.c.id)
        .join(AgentVersionRow, col(AgentVersionRow.id) == _COLUMNS.agent_version_id)
        .join(TaskVersionRow, col(TaskVersionRow.id) == _COLUMNS.task_version_id)
        .join(ProviderRow, col(ProviderRow.id) == _COLUMNS.provider_id)
        .order_by(*_order(cut.c[stretch.by], cut.c.id, is_ascending=stretch.is_ascending))
    )


def _cut_query(names: frozenset[str], stretch: Stretch, has_place: bool, gathers: bool) -> Select[Any]:
    found = select(_COLUMNS.id, _COLUMNS[stretch.by]).where(*conditions(names), *_bounds(stretch))
    if has_place:
        found = found.where(_is_after(stretch))
    if gathers:
        gathered = found.cte("found").prefix_with("MATERIALIZED")
        found = select(gathered.c.id, gathered.c[stretch.by])
    run_id, by = found.selected_columns
    return (
        found.order_by(*_order(by, run_id, is_ascending=stretch.is_ascending))
        .limit(bindparam("limit", type_=Integer()))
        .offset(bindparam("offset", type_=Integer()))
    )


def _is_after(stretch: Stretch) -> ColumnElement[bool]:
    by, run_id = _COLUMNS[stretch.by], _COLUMNS.id
    place = tuple_(bindparam("after_value", type_=by.type), bindparam("after_id", type_=run_id.type))
    line = tuple_(by, run_id)
    return line > place if stretch.is_ascending else line < place


def _order(by: Any, run_id: Any, *, is_ascending: bool) -> tuple[Any, Any]:  # Any: columns and their order
    if is_ascending:
        return by.asc().nulls_first(), run_id.asc()
    # As the indexes are: a stretch has no null, but another order of nulls would be another order to PostgreSQL.
    return (by.desc() if by.name == "queued_at" else by.desc().nulls_last()), run_id.desc()


def _bounds(stretch: Stretch) -> list[ColumnElement[bool]]:
    bounds = list[ColumnElement[bool]]()
    if stretch.by != "queued_at":
        bounds.append(_COLUMNS[stretch.by].is_not(None))
    if stretch.without is not None:
        bounds.append(_COLUMNS[stretch.without].is_(None))
    return bounds


def conditions(names: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return what runs of the history have to fulfil: not being deleted, and fitting filters of these names."""
    return [_COLUMNS.deleted_at.is_(None), *(_CONDITIONS[name] for name in sorted(names))]


def count_runs(session: Session, *, filters: Filters, most: int, stretch: Stretch | None = None) -> int:
    """Return how many runs fit, of those in a stretch if one is named, or `most` when there are more."""
    query = _count_query(frozenset(filters), stretch)
    return read_count(session, query, {**filters, "most": most})


@lru_cache(maxsize=512)
def _count_query(names: frozenset[str], stretch: Stretch | None) -> Select[int]:
    found = select(_COLUMNS.id).where(*conditions(names), *(_bounds(stretch) if stretch else ()))
    if is_counted_by_index(names) and stretch is None:
        # Otherwise PostgreSQL takes the smallest index, through which it reads the table's map back and forth.
        found = found.order_by(_COLUMNS.queued_at.desc(), _COLUMNS.id.desc())
    return select(func.count()).select_from(found.limit(bindparam("most", type_=Integer())).subquery())


def is_counted_by_index(names: Iterable[str]) -> bool:
    """Say whether one index alone tells how many runs fit, at 10,000,000 a second."""
    others = set(names) - {"since", "until"}
    return others <= _LED_BY_INDEX and len(others) <= 1


_STARTERS = text("""
    WITH RECURSIVE starters AS (
        (SELECT started_by FROM runs WHERE deleted_at IS NULL ORDER BY started_by LIMIT 1)
        UNION ALL
        SELECT (
            SELECT started_by FROM runs WHERE deleted_at IS NULL AND started_by > starters.started_by
            ORDER BY started_by LIMIT 1
        )
        FROM starters WHERE started_by IS NOT NULL
    )
    SELECT started_by FROM starters WHERE started_by IS NOT NULL
""")


def list_starters(session: Session) -> list[str]:
    """Return who started runs, by name: one look into an index for each of them."""
    return list(session.connection().execute(_STARTERS).scalars())
