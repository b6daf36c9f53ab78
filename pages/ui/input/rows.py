"""Draws the head of a list, the buttons of its items, and a list of short texts in one widget."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.ui.input.leaf_values import MISSING, are_words, from_raw
from pages.ui.input.leaf_widgets import help_of
from pages.ui.input.nodes import FormTree, Leaf, Node, Rows
from pages.ui.state import widget_value

_ROWS_HELP = "Edit as a list of rows: to reorder, or for long or repeated texts"
_WORDS_HELP = "Edit in one field"


@dataclass(frozen=True)
class RowsDrawing:
    """A list to draw. `take` takes over what stands in the widgets, for callbacks, which run before all else."""

    tree: FormTree
    rows: Rows
    title: str
    key: str
    take: Callable[[], None]
    draw_null: Callable[[], None] | None = None
    draw_buttons: Callable[[], None] | None = None
    """What moves and removes the list itself, where it is an item of another one."""


def draw_rows_head(drawing: RowsDrawing) -> None:
    """Draw what the list is called, and the buttons for the list as a whole."""
    tree, rows, title, key = drawing.tree, drawing.rows, drawing.title, drawing.key
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        with st.container():
            st.caption(f"**{title}**" if title else "**Items**", help=help_of(rows.part))
        if drawing.draw_null is not None:
            drawing.draw_null()
        if rows.is_null:
            _draw_buttons(drawing)
            return
        if _words_of(tree, rows) is not None:
            st.button(
                "",
                icon=":material/short_text:",
                key=f"{key}.as_words",
                type="tertiary",
                help=_WORDS_HELP,
                on_click=_turn_to_words,
                args=(drawing,),
            )
        st.button(
            "Add",
            icon=":material/add:",
            key=f"{key}.add",
            type="tertiary",
            on_click=tree.add_item,
            args=(rows,),
        )
        _draw_buttons(drawing)


def draw_item_buttons(tree: FormTree, rows: Rows, item: Node, *, key: str) -> None:
    """Draw the buttons that move and remove an item."""
    items = tree.items_of(rows)
    for icon, words, offset in (("arrow_upward", "Move up", -1), ("arrow_downward", "Move down", 1)):
        is_last = item is (items[0] if offset < 0 else items[-1])
        st.button(
            "",
            icon=f":material/{icon}:",
            key=f"{key}.move{offset:+d}",
            type="tertiary",
            help=words,
            disabled=is_last,
            on_click=tree.move_item,
            args=(rows, item.number, offset),
        )
    st.button(
        "",
        icon=":material/close:",
        key=f"{key}.remove",
        type="tertiary",
        help="Remove",
        on_click=tree.remove_item,
        args=(rows, item.number),
    )


def draw_words(drawing: RowsDrawing) -> None:
    """Draw a list of short texts as one widget."""
    tree, rows, mark = drawing.tree, drawing.rows, f"{drawing.key}.words"
    if widget_value(mark, MISSING) is MISSING:
        rows.start = list(rows.words or [])
    choices = tree.word_choices(rows)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        picked = st.multiselect(
            drawing.title,
            list(dict.fromkeys([*choices, *rows.start])),
            default=rows.start,
            key=mark,
            help=help_of(rows.part),
            accept_new_options=not choices,
            placeholder="Choose some" if choices else "Type and press Enter",
        )
        rows.words = list(picked)
        if drawing.draw_null is not None:
            drawing.draw_null()
        st.button(
            "",
            icon=":material/format_list_bulleted:",
            key=f"{drawing.key}.as_rows",
            type="tertiary",
            help=_ROWS_HELP,
            on_click=_turn_to_rows,
            args=(drawing,),
        )
        _draw_buttons(drawing)


def _draw_buttons(drawing: RowsDrawing) -> None:
    if drawing.draw_buttons is not None:
        drawing.draw_buttons()


def _turn_to_rows(drawing: RowsDrawing) -> None:
    drawing.take()
    drawing.tree.turn_to_rows(drawing.rows)


def _turn_to_words(drawing: RowsDrawing) -> None:
    drawing.take()
    words = _words_of(drawing.tree, drawing.rows)
    if words is not None:
        drawing.tree.turn_to_words(drawing.rows, words)


def _words_of(tree: FormTree, rows: Rows) -> list[str] | None:
    """Return the items as words for one widget; None when they do not fit into one."""
    items = [] if rows.items is None else rows.items
    if not tree.can_be_words(rows) or not all(isinstance(item, Leaf) for item in items):
        return None
    values = [from_raw(item.part, item.raw, zone=tree.zone) for item in items if isinstance(item, Leaf)]
    words = [value for value in values if value is not MISSING]
    return [str(word) for word in words] if are_words(words) else None
