"""What a page with a list shows between its header and its drawer: filters, a live table, page numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

import streamlit as st

from pages.ui.door import Door
from pages.ui.errors import retried_errors
from pages.ui.live import live
from pages.ui.live_table import Acts, Filter, Item, TablePage, TableSource, render_table
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import viewer_zone


@dataclass(frozen=True)
class LiveList(Generic[Item, Filter]):
    """A list of a page. `render_filters` draws what narrows it and returns the filter, None where nothing does;
    `render_empty` is told whether it is only the filter that nothing fits.
    """

    source: TableSource[Item, Filter]
    acts: Acts
    render_empty: Callable[[bool], None]
    render_filters: Callable[[], Filter] | None = None


@st.fragment
def live_list(door: Door, listed: LiveList[Item, Filter]) -> None:
    """Draw the list. What is typed into its filters draws it again, and nothing else of the page."""
    has_table = False
    with retried_errors(listed.source.name):
        has_table = _render(door, listed)
    if not has_table:
        live(door, listed.source.topics, key=f"{listed.source.name}.live", without=listed.source.without)


def _render(door: Door, listed: LiveList[Item, Filter]) -> bool:
    filters, wanted = st.empty(), listed.source.filter_kind()
    if listed.render_filters is not None:
        with filters.container():
            wanted = listed.render_filters()
    number, page = _read(door, listed, wanted)
    if page["rows"]:
        render_table(door, listed.source, wanted, page, number=number, acts=listed.acts)
        _render_numbers(listed, number, page["pages"])
        return True
    is_filtered = wanted != listed.source.filter_kind()
    if not is_filtered:
        filters.empty()
    listed.render_empty(is_filtered)
    return False


def _read(door: Door, listed: LiveList[Item, Filter], wanted: Filter) -> tuple[int, TablePage]:
    """Read the page whose number is chosen, or the last one when there are fewer by now."""
    number, zone = widget_value(_numbers_key(listed), 1), viewer_zone()
    number = number if isinstance(number, int) else 1
    page = listed.source.read_page(door.services, door.actor, wanted, number=number, zone=zone)
    if number > page["pages"] > 0:
        number = page["pages"]
        page = listed.source.read_page(door.services, door.actor, wanted, number=number, zone=zone)
    return number, page


def _render_numbers(listed: LiveList[Item, Filter], number: int, pages: int) -> None:
    key = _numbers_key(listed)
    if pages < 2:
        return
    if widget_value(key, number) != number:
        set_widget_value(key, number)
    with st.container(horizontal_alignment="right"):
        st.pagination(pages, key=key)


def _numbers_key(listed: LiveList[Item, Filter]) -> str:
    return f"{listed.source.name}.page"
