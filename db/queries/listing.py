"""Lists cut in SQL: filtered, sorted by name, and begun after a name or after so many lines.

Statements are built once for each set of filters and run with the filters' values, since building one takes longer
than reading fifty lines with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, Text, all_, bindparam, func
from sqlmodel import Session

PlainLine = dict[str, Any]  # Any: a value for each column's name


def contains_all(*columns: Any) -> ColumnElement[bool]:  # Any: columns of text
    """Return the condition that each of `words` is in one of the columns, whatever its case."""
    # A word holds no white space, so it is never found across two columns.
    patterns = bindparam("words", type_=ARRAY(Text()))
    return func.concat_ws("\n", *columns, type_=Text()).ilike(all_(patterns))


def drop_unused(filters: Mapping[str, Any]) -> dict[str, Any]:  # Any: a value for each filter's name
    """Return the filters that narrow the list, their words as `contains_all` wants them."""
    used = {name: value for name, value in filters.items() if value}
    if "words" in used:
        used["words"] = [_pattern(word) for word in used["words"]]
    return used


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def cut_by_name(query: Select[Any], name: Any) -> Select[Any]:  # Any: lines of any width; a column of text
    """Return the query for one page: `limit` lines by name, after the name `after` or without the first `offset`."""
    return (
        query.where(func.lower(name) > func.lower(bindparam("after", type_=Text())))
        .order_by(func.lower(name))
        .limit(bindparam("limit", type_=Integer()))
        .offset(bindparam("offset", type_=Integer()))
    )


def read_page(
    session: Session, query: Select[Any], *, limit: int | None, after: str | None, offset: int, used: Mapping[str, Any]
) -> list[PlainLine]:  # Any: as above
    """Return the lines of one page; with a limit of None, all that are left."""
    # No name is blank, so a list begins after the blank one.
    return read_lines(session, query, {**used, "limit": limit, "after": after or "", "offset": offset})


def read_lines(session: Session, query: Select[Any], values: Mapping[str, Any]) -> list[PlainLine]:  # Any: as above
    """Return the lines of a query as plain columns: rows of objects take three times as long."""
    result = session.connection().execute(query, values)
    names: Sequence[str] = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result]


def read_count(session: Session, query: Select[int], used: Mapping[str, Any]) -> int:  # Any: as above
    """Return the number that a query counts."""
    return session.connection().execute(query, used).scalar_one()
