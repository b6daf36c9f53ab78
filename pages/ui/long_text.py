"""Shows text whose length nobody can foresee: answers, prompts and schemas. A browser gets no more than it can show."""

from typing import Literal

import streamlit as st

from pages.ui.text import render_text

SHOWN_CHARACTERS = 20_000
"""How much of a text goes to the browser. The whole is a download away."""
_TALL_CHARACTERS = 1200
_TALL_LINES = 14
_HEIGHT = 260


def render_long(text: str, *, key: str, file_name: str, language: Literal["json"] | None = None) -> None:
    """Show text as it is, a long one in a box that scrolls, an overlong one cut with the whole to download."""
    shown = text[:SHOWN_CHARACTERS]
    is_tall = len(shown) > _TALL_CHARACTERS or shown.count("\n") > _TALL_LINES
    st.code(shown, language=language, wrap_lines=True, height=_HEIGHT if is_tall else "content")
    if len(shown) < len(text):
        st.caption(_say_rest(text))
        st.download_button(
            "Download the whole",
            data=lambda: text,
            file_name=file_name,
            key=key,
            on_click="ignore",
            icon=":material/download:",
        )


def render_last(text: str) -> None:
    """Show text that is still growing; of an overlong one the end."""
    if len(text) > SHOWN_CHARACTERS:
        st.caption(f"These are the last {SHOWN_CHARACTERS:,} of {len(text):,} characters so far.")
    st.code(text[-SHOWN_CHARACTERS:], language=None, wrap_lines=True)


def render_value(text: str) -> None:
    """Show the text of a value in a table; of an overlong one the beginning."""
    render_text(text[:SHOWN_CHARACTERS])
    if len(text) > SHOWN_CHARACTERS:
        st.caption(_say_rest(text))


def _say_rest(text: str) -> str:
    hidden = len(text) - SHOWN_CHARACTERS
    return f"These are the first {SHOWN_CHARACTERS:,} characters; {hidden:,} more are not shown."
