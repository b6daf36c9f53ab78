"""Says in an open form that what it edits was changed elsewhere since it was opened."""

import uuid
from collections.abc import Callable

import streamlit as st

from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.live import live

_NOTE = (
    ":material/info: This was changed elsewhere since you opened it. It cannot be saved from here any more: copy what "
    "you typed, close it and open it again."
)


@st.fragment
def changed_note(door: Door, topic: str, item_id: uuid.UUID, *, is_changed: Callable[[], bool]) -> None:
    """Draw the note once the thing has changed; nothing before. What is typed into the form stays."""
    with shown_errors():
        if is_changed():
            st.caption(_NOTE)
    live(door, (topic,), key=f"{topic}.changed.live", item_id=item_id)
