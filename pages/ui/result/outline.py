"""Lays an answer out for reading: a line for each value, tables for lists of objects, groups for what is nested."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pages.ui.result.schema_parts import Schema, properties_of, resolve, resolve_for
from pages.ui.result.values import LEFT_OUT, Look, ReadValue, kind_asked, read_value
from pages.ui.text import counted

MAX_LISTED: Final = 50
"""How many items of a list of lists are laid out; the rest stands in the JSON."""
_DEEPEST: Final = 12
_MAX_FLAT: Final = 3


@dataclass(frozen=True)
class Line:
    """A value, or a list of single values. `name` is dotted where an object holds nothing else."""

    name: str
    values: tuple[ReadValue, ...]
    kind: str
    description: str = ""


@dataclass(frozen=True)
class TableColumn:
    """A field of the objects of a table."""

    name: str
    kind: str
    description: str = ""


@dataclass(frozen=True)
class Table:
    """A list of objects, nested fields under dotted names. Cells are JSON; a field that an object lacks is absent."""

    name: str
    columns: tuple[TableColumn, ...]
    rows: tuple[Mapping[str, object], ...]
    schemas: Mapping[str, Schema]
    description: str = ""


@dataclass(frozen=True)
class Group:
    """An object, or a list of lists, with what is in it."""

    name: str
    kind: str
    parts: tuple["Part", ...]
    description: str = ""


Part = Line | Table | Group


def lay_out(result: Mapping[str, Any], schema: Schema) -> tuple[Part, ...]:  # Any: JSON
    """Return the parts of an answer in the order of its fields; what it left out of the schema comes last."""
    return tuple(_lay_out_fields(result, resolve_for(result, schema, schema), schema, depth=0))


def _lay_out_fields(
    value: Mapping[str, Any], schema: Schema, root: Schema, *, depth: int
) -> Iterator[Part]:  # Any: JSON
    known = properties_of(schema)
    for name, part in value.items():
        yield _lay_out_value(part, known.get(name), root, name=name, depth=depth)
    for name in known:
        if name not in value:
            asked = resolve(known[name], root)
            missing = ReadValue(LEFT_OUT, Look.QUIET, kind_asked(asked))
            yield Line(name, (missing,), missing.kind, _description(asked))


def _lay_out_value(value: object, known: object, root: Schema, *, name: str, depth: int) -> Part:
    schema = resolve_for(value, known, root)
    if isinstance(value, dict) and value:
        return _lay_out_object(value, schema, root, name=name, depth=depth)
    if isinstance(value, list) and value:
        return _lay_out_list(value, schema, root, name=name, depth=depth)
    if isinstance(value, dict | list):
        kind = "object" if isinstance(value, dict) else "list"
        return Line(name, (ReadValue(f"empty {kind}", Look.QUIET, kind),), kind, _description(schema))
    read = read_value(value, schema)
    return Line(name, (read,), read.kind, _description(schema))


def _lay_out_object(value: dict[str, Any], schema: Schema, root: Schema, *, name: str, depth: int) -> Part:  # Any: JSON
    if depth >= _DEEPEST:
        return _as_json(value, name=name, kind="object")
    parts = tuple(_lay_out_fields(value, schema, root, depth=depth + 1))
    if len(parts) == 1 and not isinstance(parts[0], Table):
        return _renamed(parts[0], f"{name}.{parts[0].name}")
    return Group(name, "object", parts, _description(schema))


def _renamed(part: Line | Group, name: str) -> Line | Group:
    if isinstance(part, Line):
        return Line(name, part.values, part.kind, part.description)
    return Group(name, part.kind, part.parts, part.description)


def _lay_out_list(items: list[Any], schema: Schema, root: Schema, *, name: str, depth: int) -> Part:  # Any: JSON
    if all(isinstance(item, dict) and item for item in items):
        return _lay_out_table(items, schema, root, name=name)
    if not any(isinstance(item, dict | list) for item in items):
        return _lay_out_words(items, schema, root, name=name)
    if depth >= _DEEPEST:
        return _as_json(items, name=name, kind="list")
    parts = [
        _lay_out_value(item, schema.get("items"), root, name=str(number), depth=depth + 1)
        for number, item in enumerate(items[:MAX_LISTED], start=1)
    ]
    if len(items) > MAX_LISTED:
        rest = ReadValue(f"{len(items) - MAX_LISTED:,} more, see the JSON", Look.QUIET, "")
        parts.append(Line("…", (rest,), ""))
    return Group(name, f"list of {len(items):,}", tuple(parts), _description(schema))


def _lay_out_words(items: Sequence[object], schema: Schema, root: Schema, *, name: str) -> Line:
    values = tuple(read_value(item, resolve_for(item, schema.get("items"), root)) for item in items)
    kinds = {value.kind for value in values}
    return Line(name, values, f"list of {kinds.pop()}" if len(kinds) == 1 else "list", _description(schema))


def _lay_out_table(items: list[dict[str, Any]], schema: Schema, root: Schema, *, name: str) -> Table:  # Any: JSON
    schemas: dict[str, Schema] = {}
    rows = tuple(dict(_flatten(item, schema.get("items"), root, schemas)) for item in items)
    names = dict.fromkeys(field for row in rows for field in row)
    columns = tuple(
        TableColumn(field, kind_asked(schemas[field]), str(schemas[field].get("description") or "")) for field in names
    )
    return Table(name, columns, rows, schemas, _description(schema))


def _flatten(
    item: Mapping[str, Any],
    known: object,
    root: Schema,
    schemas: dict[str, Schema],
    *,
    prefix: str = "",
    depth: int = 0,
) -> Iterator[tuple[str, object]]:  # Any: JSON
    """Yield an object's fields under dotted names, and note the schema of each."""
    fields = properties_of(resolve_for(item, known, root))
    for name, value in item.items():
        place, schema = f"{prefix}{name}", resolve_for(value, fields.get(name), root)
        if isinstance(value, dict) and value and depth < _MAX_FLAT:
            yield from _flatten(value, schema, root, schemas, prefix=f"{place}.", depth=depth + 1)
        else:
            schemas.setdefault(place, schema)
            yield place, value


def _as_json(value: object, *, name: str, kind: str) -> Line:
    return Line(name, (ReadValue(json.dumps(value, ensure_ascii=False), Look.TEXT, kind),), kind)


def _description(schema: Schema) -> str:
    return str(schema.get("description") or "")


def say_group(group: Group) -> str:
    """Return what a group holds, such as `3 fields`."""
    return group.kind if group.kind != "object" else counted(len(group.parts), "field")
