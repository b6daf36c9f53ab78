"""Shows text whose length nobody can foresee: answers, prompts and schemas. A browser gets no more than it can show."""

from typing import Literal

import streamlit as st

SHOWN_CHARACTERS = 20_000
"""How much of a text goes to the browser. The whole is a download away."""
_TALL_CHARACTERS = 1200
_TALL_LINES = 14
_HEIGHT = 260
_FILE_HEIGHT = 420


Language = Literal["json", "python", "bash"]


def render_long(
    text: str, *, key: str, file_name: str, language: Language | None = None, has_line_numbers: bool = False
) -> None:
    """Show text as it is, a long one in a box that scrolls, an overlong one cut with the whole to download."""
    is_whole = _render_beginning(text, language=language, has_line_numbers=has_line_numbers, height=_HEIGHT)
    if not is_whole:
        _render_download("Download the whole", text, key=key, file_name=file_name)


def render_file(text: str, *, key: str, file_name: str, language: Language) -> None:
    """Show the text of a file like `render_long`, with a button that downloads it however short it is."""
    is_whole = _render_beginning(text, language=language, has_line_numbers=False, height=_FILE_HEIGHT)
    _render_download("Download" if is_whole else "Download the whole", text, key=key, file_name=file_name)


def _render_beginning(text: str, *, language: Language | None, has_line_numbers: bool, height: int) -> bool:
    """Show as much as a browser can, what is tall in a box of this height; say whether that is all."""
    shown = text[:SHOWN_CHARACTERS]
    is_tall = len(shown) > _TALL_CHARACTERS or shown.count("\n") > _TALL_LINES
    st.code(
        shown,
        language=language,
        line_numbers=has_line_numbers,
        wrap_lines=True,
        height=height if is_tall else "content",
    )
    if len(shown) == len(text):
        return True
    st.caption(_say_rest(text))
    return False


def _render_download(words: str, text: str, *, key: str, file_name: str) -> None:
    st.download_button(
        words,
        data=lambda: text,
        file_name=file_name,
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def _say_rest(text: str) -> str:
    hidden = len(text) - SHOWN_CHARACTERS
    return f"These are the first {SHOWN_CHARACTERS:,} characters; {hidden:,} more are not shown."
