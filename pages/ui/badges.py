"""One colour for each status word, everywhere; the word always stands beside it."""

from typing import Literal

import streamlit as st

Colour = Literal["gray", "blue", "green", "red", "orange"]

_COLOURS: dict[str, Colour] = {
    "pending": "gray",
    "queued": "gray",
    "validating": "blue",
    "running": "blue",
    "connected": "green",
    "passed": "green",
    "error": "red",
    "failed": "red",
    "cancelled": "orange",
    "interrupted": "orange",
}


def status_colour(status: str) -> Colour:
    """Return the colour of a status word, grey for an unknown one."""
    return _COLOURS.get(status.lower(), "gray")


def status_word(status: str) -> str:
    """Return the status as it stands on screen: `Connected`."""
    return status.replace("_", " ").capitalize()


def render_status(status: str, *, help_text: str | None = None) -> None:
    """Show a status as word and colour. `status` is the value of one of the status enums."""
    st.badge(status_word(status), color=status_colour(status), help=help_text)
