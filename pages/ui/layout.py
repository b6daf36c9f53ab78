"""The frame every page shares: header, filters, plain tables, empty state, undo bar."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import DashboardError
from pages.ui.chosen_parts import colour_chosen_parts
from pages.ui.errors import show_error
from pages.ui.live_note import live_note
from pages.ui.shortcuts import shortcuts
from pages.ui.state import ListPageState
from pages.ui.text import cut, label

_NAME_LIMIT = 40  # characters of a name that stand beside two buttons


@dataclass(frozen=True)
class Action:
    """A button: what it says and what it does. `on_click` runs before the page is drawn again."""

    label: str
    key: str
    on_click: Callable[..., None]
    args: tuple[object, ...] = ()
    icon: str = ""
    is_primary: bool = True
    help_text: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a list. `share` is its part of the width."""

    title: str
    share: float
    align: Literal["left", "right"] = "left"


def page_header(title: str, purpose: str, *, action: Action | None = None) -> None:
    """Draw the title, one line saying what the page is for, and its primary action at the right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(gap="xxsmall", width="stretch"):
            st.title(title, anchor=False)
            st.caption(purpose)
            live_note()
            colour_chosen_parts()
        if action is not None:
            render_action(action)


def render_action(action: Action) -> None:
    """Draw a button for an action."""
    st.button(
        action.label,
        key=action.key,
        on_click=action.on_click,
        args=action.args,
        type="primary" if action.is_primary else "secondary",
        icon=action.icon or None,
        help=action.help_text,
    )


def filters_row(key: str) -> DeltaGenerator:
    """Return the row that holds a page's filters: `with filters_row("agents.filters"): ...`."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=key)


def empty_state(
    title: str, line: str, *, action: Action | None = None, link: tuple[str, str] | None = None, key: str = "empty"
) -> None:
    """Say what a list will hold and offer the one next step: an action here, or a `link` (page, words) elsewhere."""
    with st.container(border=True, horizontal_alignment="center", key=key, gap="small"):
        st.space("small")
        st.subheader(title, anchor=False, text_alignment="center")
        st.caption(line, text_alignment="center")
        if action is not None:
            render_action(action)
        if link is not None:
            st.page_link(link[0], label=link[1], icon=":material/arrow_forward:")
        st.space("small")


@contextmanager
def list_table(columns: Sequence[Column], *, key: str) -> Iterator[None]:
    """Draw the head of a list; inside, `list_row` draws the rows: `with list_table(COLUMNS, key="agents.list"):`."""
    with st.container(gap=None, key=key):
        with st.container(border=True):
            for cell, column in zip(_cells(columns), columns, strict=True):
                if column.title:
                    cell.caption(f"**{column.title}**", text_alignment=column.align, wrap=False)
        yield


def list_row(columns: Sequence[Column], *, key: str) -> list[DeltaGenerator]:
    """Return the cells of one row, one for each column."""
    with st.container(key=key, border=True, gap="xsmall"):
        return _cells(columns)


def then_rerun(act: Callable[[], object]) -> None:
    """As a widget's callback, do something and have the whole page drawn again, also from within a fragment."""
    act()
    st.rerun()


def drawer_buttons(
    *, prefix: str, save: Callable[..., None], cancel: Callable[[], None], args: tuple[object, ...] = ()
) -> None:
    """Draw Cancel and Save at the end of a drawer's form; `drawer_keys` lets Ctrl+S save."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.form_submit_button("Cancel", key=f"{prefix}.cancel", on_click=cancel)
        st.form_submit_button("Save", key=f"{prefix}.save", type="primary", on_click=save, args=args)


def drawer_keys(*, prefix: str) -> None:
    """Let Ctrl+S press the Save button of `drawer_buttons`. Call it after the form, inside the drawer."""
    shortcuts({"Ctrl+S": f"{prefix}.save"}, key=f"{prefix}.keys")


@contextmanager
def field_group() -> Iterator[None]:
    """Keep a field and the words below it close together."""
    with st.container(gap="xxsmall"):
        yield


def undo_bar(state: ListPageState, *, restore: Callable[[uuid.UUID], object]) -> None:
    """Draw the quiet bar that says what was deleted and restores it. Draw nothing when nothing was."""
    offer = state.undo
    if offer is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo.bar"):
        st.text(f"Deleted “{cut(offer.name, _NAME_LIMIT)}”.", width="stretch")
        st.button("Undo", key="undo.button", icon=":material/undo:", on_click=_restore, args=(state, restore))
        st.button("Dismiss", key="undo.dismiss", type="tertiary", on_click=_dismiss, args=(state,))


def say_once(state: ListPageState) -> None:
    """Show the page's waiting toast and what the last row action met."""
    if toast := state.take_toast():
        st.toast(label(toast), icon=":material/check:")
    if state.error is not None:
        show_error(state.error)


def delete_dialog(state: ListPageState, *, noun: str, delete: Callable[[uuid.UUID], object], note: str = "") -> None:
    """Open the small dialog that names the thing and deletes it, if one is asked for."""
    if state.deletion is None:
        return

    @st.dialog(f"Delete {noun}?", on_dismiss=state.close_deletion)
    def confirm() -> None:
        asked = state.deletion
        if asked is None:
            st.rerun()
        if asked.error is not None:
            show_error(asked.error)
        else:
            st.text(f"“{asked.name}” will be deleted. You can undo this right afterwards.")
            st.caption(note)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.button("Cancel", key="deletion.cancel", on_click=state.close_deletion)
            st.button("Delete", key="deletion.confirm", type="primary", on_click=_delete, args=(state, delete))

    confirm()


def _cells(columns: Sequence[Column]) -> list[DeltaGenerator]:
    return list(st.columns([column.share for column in columns], vertical_alignment="center", gap="xsmall"))


def _restore(state: ListPageState, restore: Callable[[uuid.UUID], object]) -> None:
    offer, state.undo = state.undo, None
    if offer is None:
        return
    try:
        restore(offer.item_id)
        state.error, state.toast = None, f"Restored “{offer.name}”."
    except DashboardError as error:
        state.error = error


def _dismiss(state: ListPageState) -> None:
    state.undo = None


def _delete(state: ListPageState, delete: Callable[[uuid.UUID], object]) -> None:
    asked = state.deletion
    if asked is None:
        return
    try:
        delete(asked.item_id)
        state.finish_deletion()
    except DashboardError as error:
        asked.error = error
