"""What runs came to, in groups, added up in SQL.

The durations are ordered once for the percentiles, in memory; all columns are in one index, so the runs themselves,
which carry inputs and results, are not read.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
)
from sqlmodel import Session, col

from db.queries.history import Filters, conditions
from db.queries.listing import PlainLine, read_lines
from db.tables import AgentRow, ProviderRow, RunRow, TaskRow

_COLUMNS = RunRow.metadata.tables["runs"].c
_OWNERS: dict[str, Any] = {"agent": AgentRow, "task": TaskRow, "provider": ProviderRow}  # Any: a table's class
_ADDED_UP = ("status", "duration_seconds", "input_tokens", "output_tokens", "cost_usd", "is_cost_complete")
_SHARES: ColumnElement[Any] = literal_column("ARRAY[0.5, 0.95]")  # Any: a constant of SQL
_WORK_MEMORY = text("SELECT set_config('work_mem', '64MB', true)")


def sum_runs(session: Session, *, filters: Filters, grouping: str, zone: str, most: int) -> list[PlainLine]:
    """Return what the runs that fit came to: first all together, then in at most `most` groups.

    `grouping` is day, agent, task or provider. Days are those of the zone, the newest first; the others are ordered by
    how many runs they have. `label` is None for the line of all and for days.
    """
    session.connection().execute(_WORK_MEMORY)
    return read_lines(session, _query(frozenset(filters), grouping), {**filters, "zone": zone, "most": most + 1})


@lru_cache(maxsize=256)
def _query(names: frozenset[str], grouping: str) -> Select[Any]:
    summed = _sum_query(names, _key(grouping)).subquery("summed")
    owner = _OWNERS.get(grouping)
    label = null() if owner is None else col(owner.name)
    query = select(*summed.c, label.label("label"))
    if owner is not None:
        query = query.select_from(summed).outerjoin(owner, col(owner.id) == summed.c.key)
    first = summed.c.key.desc() if owner is None else summed.c.run_count.desc()
    return query.order_by(summed.c.is_total.desc(), first, summed.c.key).limit(bindparam("most", type_=Integer()))


def _key(grouping: str) -> ColumnElement[Any]:  # Any: a date or an id
    if grouping == "day":
        return cast(func.timezone(bindparam("zone", type_=Text()), _COLUMNS.queued_at), Date())
    return _COLUMNS[f"{grouping}_id"]


def _sum_query(names: frozenset[str], key: ColumnElement[Any]) -> Select[Any]:  # Any: as above
    read = select(key.label("key"), *(_COLUMNS[name] for name in _ADDED_UP)).where(*conditions(names))
    runs = read.subquery("read").c
    return select(
        runs.key,
        func.grouping(runs.key).label("is_total"),
        func.count().label("run_count"),
        func.count().filter(runs.status == "passed").label("passed_count"),
        func.count().filter(runs.status.in_(("failed", "interrupted"))).label("failed_count"),
        func.coalesce(func.sum(runs.input_tokens), 0).label("input_tokens"),
        func.coalesce(func.sum(runs.output_tokens), 0).label("output_tokens"),
        func.sum(runs.cost_usd).label("cost_usd"),
        func.count().filter(~runs.is_cost_complete).label("unknown_cost_count"),
        func.percentile_cont(_SHARES).within_group(runs.duration_seconds).label("percentiles"),
    ).group_by(func.rollup(runs.key))
