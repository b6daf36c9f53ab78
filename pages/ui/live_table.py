"""A list that keeps itself up to date: the browser reads its rows again when something changes, and no script runs.

A rerun of even one row costs a browser some 60 ms, because Streamlit draws the whole page anew; twenty open tabs would
be seconds behind. Here a change costs one small request, and only what differs is touched.
"""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Generic, TypedDict, TypeVar
from urllib.parse import urlencode

import streamlit as st
from pydantic import BaseModel

from core.actors import Actor
from core.services import Services
from pages.ui.cells import Row
from pages.ui.door import Door
from pages.ui.layout import Column, then_rerun
from pages.ui.routes import go_to_run
from pages.ui.state import widget_value
from pages.ui.text import viewer_zone

Item = TypeVar("Item")
Filter = TypeVar("Filter", bound=BaseModel)

ROWS_PREFIX = "/rows/"


class TablePage(TypedDict):
    """The rows of one page, and how many pages there are."""

    rows: list[Row]
    pages: int


@dataclass(frozen=True)
class TableSource(Generic[Item, Filter]):
    """Where a table has its rows from. `name` is a part of its address and of its keys.

    `read` takes the services, the actor, a filter, an offset and a limit, and returns some items and how many there
    are in all. `without` names events of the topics that change nothing in it.
    """

    name: str
    topics: Collection[str]
    columns: Sequence[Column]
    filter_kind: type[Filter]
    read: Callable[[Services, Actor, Filter, int, int], tuple[Sequence[Item], int]]
    build_row: Callable[[Item, tzinfo], Row]
    page_size: int = 8
    without: Collection[str] = ()

    def read_page(self, services: Services, actor: Actor, wanted: Filter, *, number: int, zone: tzinfo) -> TablePage:
        """Read one page, counted from 1."""
        items, total = self.read(services, actor, wanted, (number - 1) * self.page_size, self.page_size)
        return {"rows": [self.build_row(item, zone) for item in items], "pages": -(-total // self.page_size)}


_here = Path(__file__)
_table = st.components.v2.component(
    "benchtop_live_table",
    js=_here.with_suffix(".js").read_text(encoding="utf-8"),
    css=_here.with_suffix(".css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class Pressed:
    """What was pressed in a row. `is_on` is where a switch was put."""

    act: str
    item_id: uuid.UUID
    is_on: bool


@dataclass(frozen=True)
class Acts:
    """What happens when something in a row is pressed, by the name of its act.

    `changes` are done before the whole page is drawn again; `run_links` give the query with which the Run page opens.
    """

    changes: Mapping[str, Callable[[Pressed], object]] = field(default_factory=dict)
    run_links: Mapping[str, Callable[[uuid.UUID], dict[str, str]]] = field(default_factory=dict)


def render_table(
    door: Door, source: TableSource[Item, Filter], wanted: Filter, page: TablePage, *, number: int, acts: Acts
) -> None:
    """Draw a page of a list. The fragment around it reruns when the number of pages is another one."""
    key = f"{source.name}.table"
    data = {
        "title": source.name.replace("_", " ").capitalize(),
        "columns": [asdict(column) for column in source.columns],
        "rows": page["rows"],
        "pages": page["pages"],
        "address": _address(source, wanted, number=number),
        "topics": sorted(source.topics),
        "without": sorted(source.without),
        "since": door.seq,
    }
    table = _table(
        data=data,
        key=key,
        on_pressed_change=lambda: _change(getattr(widget_value(key), "pressed", None), acts),
        on_reshaped_change=lambda: None,
    )
    pressed = _parse(table.pressed)
    if pressed is not None and pressed.act in acts.run_links:
        go_to_run(acts.run_links[pressed.act](pressed.item_id))


def _address(source: TableSource[Item, Filter], wanted: Filter, *, number: int) -> str:
    query = wanted.model_dump(mode="json", exclude_defaults=True)
    zone = str(viewer_zone())
    return f"{ROWS_PREFIX}{source.name}?{urlencode({**query, 'number': number, 'zone': zone})}"


def _change(value: object, acts: Acts) -> None:
    pressed = _parse(value)
    if pressed is not None and pressed.act in acts.changes:
        then_rerun(lambda: acts.changes[pressed.act](pressed))


def _parse(value: object) -> Pressed | None:
    """Read what a browser sent: anything can be in it."""
    if not isinstance(value, Mapping):
        return None
    try:
        item_id = uuid.UUID(str(value.get("id")))
    except ValueError:
        return None
    return Pressed(str(value.get("act")), item_id, is_on=value.get("is_on") is True)
