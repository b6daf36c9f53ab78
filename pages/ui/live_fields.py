"""Shows an answer while it is written, field by field: every field of the schema stands there from the start."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import streamlit as st

from core.runs.partial_answers import Place
from core.runs.progress import RunProgress
from pages.ui.result.schema_parts import Schema, properties_of, resolve, resolve_for
from pages.ui.result.values import Look, kind_asked, read_value
from pages.ui.text import counted

_MAX_LINES: Final = 80
_MAX_DEPTH: Final = 3
_MAX_SHOWN: Final = 600
_MAX_PLAIN: Final = 2_000
_MAX_ITEMS: Final = 40
_MAX_ITEM: Final = 120
_MISSING: Final = object()

_here = Path(__file__)
_fields = st.components.v2.component(
    "benchtop_live_fields",
    html='<dl></dl><pre hidden></pre><p class="figures"></p>',
    js=_here.with_suffix(".js").read_text(encoding="utf-8"),
    css=_here.with_suffix(".css").read_text(encoding="utf-8"),
)


class LineState(StrEnum):
    """How far a field has come."""

    PENDING = "pending"
    WRITING = "writing"
    FILLED = "filled"


@dataclass(frozen=True)
class LiveLine:
    """A field as it stands there while it is written. A line that `is_title` names an object above its fields."""

    name: str
    depth: int
    state: LineState
    text: str = ""
    look: Look = Look.TEXT
    kind: str = ""
    hover: str = ""
    is_title: bool = False


def render_live_fields(progress: RunProgress, schema: Schema, *, key: str) -> None:
    """Draw each field of the schema as pending, being written, or filled; text that is no JSON as it comes below.

    Fits into a column of 300 px. Draw it again with each of the run's events: only what differs changes in the browser.
    """
    data = {
        "lines": [asdict(line) for line in build_live_lines(progress, schema)],
        "plain": find_plain_text(progress),
        "figures": say_live_figures(progress),
    }
    _fields(data=data, key=key, width="stretch")


def build_live_lines(progress: RunProgress, schema: Schema) -> list[LiveLine]:
    """Return a line for each field, in the schema's order; at most 80, nested at most three deep."""
    found = progress.fields
    value, writing = ({}, ()) if found is None else found
    lines: list[LiveLine] = []
    for line in _walk(value, schema, schema, place=(), writing=writing):
        lines.append(line)
        if len(lines) == _MAX_LINES:
            break
    return lines


def find_plain_text(progress: RunProgress) -> str:
    """Return the end of a text that holds no JSON object so far; blank once it holds one."""
    return progress.text[-_MAX_PLAIN:] if progress.fields is None else ""


def say_live_figures(progress: RunProgress) -> str:
    """Return how much has come so far: tokens as counted before, as estimated now, and characters."""
    parts = []
    if progress.earlier:
        count = progress.earlier_token_count
        said = "tokens not told" if count is None else counted(count, "token")
        parts.append(f"{said} in {counted(len(progress.earlier), 'earlier attempt')}")
    if progress.text:
        parts += [f"{progress.estimated_tokens.words} written", counted(len(progress.text), "character")]
    return " · ".join(parts)


def _walk(value: object, known: object, root: Schema, *, place: Place, writing: Place) -> Iterator[LiveLine]:
    schema = resolve_for(value, known, root)
    fields = properties_of(schema)
    given = value if isinstance(value, dict) else {}
    for name in dict.fromkeys([*fields, *given]):
        part = given.get(name, _MISSING)
        yield from _walk_field(name, part, fields.get(name), root, place=(*place, name), writing=writing)


def _walk_field(
    name: str, value: object, known: object, root: Schema, *, place: Place, writing: Place
) -> Iterator[LiveLine]:
    schema = resolve(known, root) if value is _MISSING else resolve_for(value, known, root)
    depth, state = len(place) - 1, _state(value, place, writing)
    hover = str(schema.get("description") or "")
    is_object = isinstance(value, dict) or (value is _MISSING and bool(properties_of(schema)))
    if is_object and (depth < _MAX_DEPTH - 1) and (value or properties_of(schema)):
        yield LiveLine(name, depth, state, hover=hover, is_title=True)
        yield from _walk(value, known, root, place=place, writing=writing)
    elif value is _MISSING:
        yield LiveLine(name, depth, state, kind=kind_asked(schema), hover=hover)
    else:
        text, look = _read(value, schema, root, is_writing=state is LineState.WRITING)
        yield LiveLine(name, depth, state, text, look, kind_asked(schema), hover)


def _state(value: object, place: Place, writing: Place) -> LineState:
    if writing[: len(place)] == place:
        return LineState.WRITING
    return LineState.PENDING if value is _MISSING else LineState.FILLED


def _read(value: object, schema: Schema, root: Schema, *, is_writing: bool) -> tuple[str, Look]:
    if isinstance(value, list):
        return _read_list(value, schema, root), Look.TEXT
    if isinstance(value, dict):
        return _say_item(value, limit=_MAX_SHOWN), Look.TEXT
    if is_writing and isinstance(value, str):
        # Half a date or choice is no date or choice yet: it is shown as it comes.
        return value if len(value) <= _MAX_SHOWN else f"…{value[-_MAX_SHOWN:]}", Look.TEXT
    read = read_value(value, schema)
    return read.text if len(read.text) <= _MAX_SHOWN else f"{read.text[:_MAX_SHOWN]}…", read.look


def _read_list(items: Sequence[object], schema: Schema, root: Schema) -> str:
    """Return the last items: objects a line each, single values side by side."""
    shown, first = items[-_MAX_ITEMS:], max(0, len(items) - _MAX_ITEMS) + 1
    if any(isinstance(item, dict | list) for item in shown):
        lines = [f"{number}. {_say_item(item, limit=_MAX_ITEM)}" for number, item in enumerate(shown, start=first)]
        return "\n".join(lines)
    words = ", ".join(read_value(item, resolve(schema.get("items"), root)).text for item in shown)
    return f"… {words}" if first > 1 else words


def _say_item(value: object, *, limit: int) -> str:
    """Return an object's values side by side."""
    if isinstance(value, dict):
        said = " · ".join(_say_item(part, limit=limit) for part in value.values())
    elif isinstance(value, list):
        said = ", ".join(_say_item(part, limit=limit) for part in value[:_MAX_ITEMS])
    else:
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    flat = " ".join(said.split())
    return flat if len(flat) <= limit else f"{flat[:limit]}…"
