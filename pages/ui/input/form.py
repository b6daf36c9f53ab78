"""Draws the form of a request schema and keeps what is typed in its tree."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from pages.ui.input.assembling import REST, InputForm, assemble
from pages.ui.input.leaf_values import MISSING, Unreadable, from_raw
from pages.ui.input.leaf_widgets import CLEARABLE, Look, draw_leaf, help_of
from pages.ui.input.nodes import FormTree, Group, Leaf, Node, Rows, Shapes
from pages.ui.input.plan import Kind
from pages.ui.input.problem_line import render_problem
from pages.ui.input.rows import RowsDrawing, draw_item_buttons, draw_rows_head, draw_words
from pages.ui.input.state import TaskForm
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import counted, label

_FLAT_LEVELS = 2
"""So many levels of objects stand open; deeper ones can be opened and closed."""
_OPEN_LEVELS = 4
_REST_HELP = "What the input holds beside its fields, as a JSON object. Clear the text to leave it out."
_WHOLE = "Input as JSON"
_NO_NAME = "Field without a name"


def absorb(form: TaskForm, *, key: str) -> None:
    """Take over what stands in the widgets, also in those that this run will not draw."""
    for node in form.tree.walk():
        mark = node_key(form, node, key=key)
        if node.part.takes_null:
            node.is_null = bool(widget_value(f"{mark}.null", node.is_null))
        match node:
            case Leaf():
                node.raw = widget_value(mark, node.raw)
            case Rows(words=list()):
                words = widget_value(f"{mark}.words", node.words)
                node.words = list(words) if isinstance(words, list) else node.words
            case Shapes():
                index = widget_value(f"{mark}.shape", node.index)
                form.tree.choose(node, index if isinstance(index, int) else None)


def node_key(form: TaskForm, node: Node, *, key: str) -> str:
    """Return what the keys of a node's widgets begin with."""
    return f"{key}.field.{form.number}.{form.generation}.{node.number}"


def render_form(form: TaskForm, *, key: str) -> InputForm:
    """Draw a widget for each field and return the input; what no widget fits is asked for as JSON text."""
    absorb(form, key=key)
    painter = _Painter(form, key)
    root = form.tree.root
    if isinstance(root, Group):
        painter.draw_fields(root)
    else:
        painter.draw(root, _WHOLE if isinstance(root, Leaf) else "Input")
    return assemble(form.tree)


@dataclass(frozen=True)
class _Painter:
    form: TaskForm
    key: str

    @property
    def tree(self) -> FormTree:
        return self.form.tree

    def draw(self, node: Node, title: str, *, is_bare: bool = False, owner: Rows | None = None) -> None:
        """Draw a part of the input; with an `owner`, an item of that list, with what moves and removes it."""
        match node:
            case Leaf():
                self._draw_leaf(node, title, is_bare=is_bare)
            case Group():
                self._draw_group(node, title, owner=owner)
            case Rows():
                self._draw_rows(node, title, owner=owner)
            case Shapes():
                self._draw_shapes(node, title, owner=owner)

    def draw_fields(self, group: Group) -> None:
        for node in self.tree.fields_of(group):
            name = label(node.name) or _NO_NAME
            self.draw(node, name if node.is_required else f"{name} (optional)")
        if group.rest is not None:
            self._draw_widget(group.rest, REST, is_bare=False, is_rest=True)

    def _draw_leaf(self, leaf: Leaf, title: str, *, is_bare: bool) -> None:
        if not leaf.part.takes_null:
            self._draw_widget(leaf, title, is_bare=is_bare)
            return
        row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
        with row:
            with st.container():
                self._draw_widget(leaf, title, is_bare=is_bare)
            self._draw_null(leaf)

    def _draw_widget(self, leaf: Leaf, title: str, *, is_bare: bool, is_rest: bool = False) -> None:
        mark = node_key(self.form, leaf, key=self.key)
        if widget_value(mark, MISSING) is MISSING:
            leaf.start = leaf.raw
            if leaf.part.kind in CLEARABLE and leaf.raw is not None:
                set_widget_value(mark, leaf.raw)
        start = None if leaf.part.kind in CLEARABLE else leaf.start
        leaf.raw = draw_leaf(leaf.part, start, Look(title, mark, is_bare, leaf.is_null))
        if leaf.part.kind is Kind.JSON:
            found = from_raw(leaf.part, leaf.raw, zone=self.tree.zone)
            if isinstance(found, Unreadable):
                render_problem(found.reason)
        if is_rest:
            st.caption(_REST_HELP)
        self._draw_marks(leaf)

    def _draw_null(self, node: Node) -> None:
        mark = f"{node_key(self.form, node, key=self.key)}.null"
        node.is_null = st.checkbox("null", value=node.is_null, key=mark, help="Send null: no value, said so.")

    def _draw_marks(self, node: Node) -> None:
        for message in self.form.marks.at(node):
            render_problem(message)

    def _draw_group(self, group: Group, title: str, *, owner: Rows | None) -> None:
        is_new = owner is not None and group.number in owner.added
        if group.depth <= _FLAT_LEVELS and not (group.part.is_recursive and group.given is MISSING and not is_new):
            with st.container(border=True, gap="small"):
                self._draw_head(group, title, owner=owner)
                self._draw_inside(group)
            return
        is_wanted = group.given is not MISSING or (group.is_required and not group.part.is_recursive)
        opened = st.expander(
            f"**{title}**",
            expanded=is_new or (is_wanted and group.depth <= _OPEN_LEVELS),
            key=f"{node_key(self.form, group, key=self.key)}.open",
            on_change="rerun",
        )
        if opened.open:
            with opened:
                self._draw_head(group, "", owner=owner)
                self._draw_inside(group)
        elif count := self.form.marks.count_inside(self.tree, group):
            render_problem(f"{counted(count, 'error')} inside")

    def _draw_head(self, group: Group, title: str, *, owner: Rows | None) -> None:
        """Draw what an object is called and what can be done with it as a whole."""
        if owner is None and not group.part.takes_null:
            if title:
                st.caption(f"**{title}**", help=help_of(group.part))
            return
        side: Literal["left", "right"] = "left" if title else "right"
        with st.container(horizontal=True, horizontal_alignment=side, vertical_alignment="center", gap="xxsmall"):
            if title:
                with st.container():
                    st.caption(f"**{title}**", help=help_of(group.part))
            if group.part.takes_null:
                self._draw_null(group)
            self._draw_buttons(group, owner)

    def _draw_buttons(self, item: Node, owner: Rows | None) -> None:
        if owner is not None:
            draw_item_buttons(self.tree, owner, item, key=node_key(self.form, item, key=self.key))

    def _draw_inside(self, group: Group) -> None:
        if not group.is_null:
            self.draw_fields(group)
        self._draw_marks(group)

    def _draw_rows(self, rows: Rows, title: str, *, owner: Rows | None) -> None:
        drawing = RowsDrawing(
            self.tree,
            rows,
            title,
            node_key(self.form, rows, key=self.key),
            take=partial(absorb, self.form, key=self.key),
            draw_null=partial(self._draw_null, rows) if rows.part.takes_null else None,
            draw_buttons=partial(self._draw_buttons, rows, owner),
        )
        if rows.words is not None and not rows.is_null:
            draw_words(drawing)
        else:
            with st.container(border=owner is not None, gap="xsmall"):
                draw_rows_head(drawing)
                if not rows.is_null:
                    self._draw_items(rows)
        self._draw_marks(rows)

    def _draw_items(self, rows: Rows) -> None:
        for place, item in enumerate(self.tree.items_of(rows), start=1):
            title = label(f"{rows.name} {place}".strip())
            if not isinstance(item, Leaf):
                self.draw(item, title, owner=rows)
                continue
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                with st.container():
                    self.draw(item, title, is_bare=True)
                with st.container(horizontal=True, gap="xxsmall", width="content"):
                    self._draw_buttons(item, rows)

    def _draw_shapes(self, shapes: Shapes, title: str, *, owner: Rows | None) -> None:
        mark = f"{node_key(self.form, shapes, key=self.key)}.shape"
        if widget_value(mark, MISSING) is MISSING and shapes.index is not None:
            set_widget_value(mark, shapes.index)
        with st.container(border=True, gap="small"):
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                index = st.selectbox(
                    title,
                    range(len(shapes.names)),
                    index=None,  # so that it can be cleared again
                    format_func=lambda place: shapes.names[place],
                    key=mark,
                    help=help_of(shapes.part),
                    placeholder="Choose a shape",
                    disabled=shapes.is_null,
                )
                if shapes.part.takes_null:
                    self._draw_null(shapes)
                self._draw_buttons(shapes, owner)
            self.tree.choose(shapes, index)
            self._draw_marks(shapes)
            if shapes.chosen is not None and not shapes.is_null:
                self._draw_chosen(shapes, shapes.chosen)

    def _draw_chosen(self, shapes: Shapes, chosen: Node) -> None:
        if isinstance(chosen, Group):
            if chosen.part.takes_null:
                self._draw_null(chosen)
            if not chosen.is_null:
                self.draw_fields(chosen)
            return
        self.draw(chosen, label(shapes.names[shapes.index or 0]), is_bare=isinstance(chosen, Leaf))
