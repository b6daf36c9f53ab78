"""Lays a validated result out as lines a person reads: one for each value, lists of objects as tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pages.ui.text import NOTHING

_WORDS = {
    "integer": "integer",
    "number": "number",
    "boolean": "yes or no",
    "string": "text",
    "null": "nothing",
    "object": "object",
    "array": "list",
}
_FORMATS = {"date": "date", "date-time": "date and time", "email": "email", "uri": "URL", "time": "time"}
_DEEPEST_REFERENCE = 20


@dataclass(frozen=True)
class ResultLine:
    """One value: its dotted path, what it reads as, and the word for its type."""

    place: str
    text: str
    kind: str


@dataclass(frozen=True)
class ResultTable:
    """A list of objects: its dotted path, its columns, and one tuple of values for each object."""

    place: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def lay_out(result: dict[str, Any], schema: dict[str, Any]) -> list[ResultLine | ResultTable]:  # Any: JSON
    """Return the lines of a result in the order of its fields, nested fields under dotted paths."""
    return list(_lay_out_object(result, schema, root=schema, prefix=""))


def _lay_out_object(
    value: dict[str, Any], schema: dict[str, Any], *, root: dict[str, Any], prefix: str
) -> Iterator[ResultLine | ResultTable]:  # Any: JSON
    properties = schema.get("properties")
    for name, part in value.items():
        known = properties.get(name) if isinstance(properties, dict) else None
        part_schema = resolve(known, root)
        place = f"{prefix}{name}"
        if isinstance(part, dict) and part:
            yield from _lay_out_object(part, part_schema, root=root, prefix=f"{place}.")
        elif _is_table(part):
            yield _lay_out_table(part, part_schema, root=root, place=place)
        else:
            yield ResultLine(place=place, text=_read(part, part_schema, root), kind=_kind(part, part_schema, root))


def resolve(schema: object, root: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Return the schema with its local references followed and the null branch of a union left out."""
    for _ in range(_DEEPEST_REFERENCE):
        if not isinstance(schema, dict):
            return {}
        branches = [part for part in schema.get("anyOf", []) if isinstance(part, dict) and part.get("type") != "null"]
        if len(branches) == 1:
            schema = branches[0]
        elif isinstance(reference := schema.get("$ref"), str) and reference.startswith("#/"):
            schema = _follow(reference, root)
        else:
            return schema
    return {}


def _follow(reference: str, root: dict[str, Any]) -> object:  # Any: JSON
    found: object = root
    for part in reference[2:].split("/"):
        if not isinstance(found, dict):
            return None
        found = found.get(part.replace("~1", "/").replace("~0", "~"))
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and item for item in value)


def _lay_out_table(
    items: list[dict[str, Any]], schema: dict[str, Any], *, root: dict[str, Any], place: str
) -> ResultTable:  # Any: JSON
    properties = resolve(schema.get("items"), root).get("properties")
    known = properties if isinstance(properties, dict) else {}
    columns = tuple(dict.fromkeys(name for item in items for name in item))
    parts = {name: resolve(known.get(name), root) for name in columns}
    rows = tuple(tuple(_cell(item.get(name), parts[name], root) for name in columns) for item in items)
    return ResultTable(place=place, columns=columns, rows=rows)


def _cell(value: object, schema: dict[str, Any], root: dict[str, Any]) -> object:  # Any: JSON
    """Numbers, booleans and dates stay what they are, so that a table aligns and sorts them."""
    if value is None or (isinstance(value, bool | int | float) and abs(value) < 2**53):
        return value
    if isinstance(value, str) and schema.get("format") == "date":
        return _parse_date(value) or value
    return _read(value, schema, root)


def _read(value: object, schema: dict[str, Any], root: dict[str, Any]) -> str:  # Any: JSON
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _read_text(value, schema)
    if isinstance(value, list) and value and not any(isinstance(item, dict | list) for item in value):
        return "\n".join(_read(item, resolve(schema.get("items"), root), root) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _read_text(value: str, schema: dict[str, Any]) -> str:  # Any: JSON
    if schema.get("format") == "date" and (day := _parse_date(value)):
        return f"{day.day} {day:%b} {day.year}"
    return value or "(empty text)"


def _parse_date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _kind(value: object, schema: dict[str, Any], root: dict[str, Any]) -> str:  # Any: JSON
    if isinstance(value, list):
        words = {_kind(item, resolve(schema.get("items"), root), root) for item in value}
        return f"list of {words.pop()}" if len(words) == 1 else "list"
    if "enum" in schema and value is not None:
        return "choice"
    if isinstance(value, str):
        return _FORMATS.get(str(schema.get("format")), "text")
    return _WORDS[_type_word(value)]


def _type_word(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "object"
