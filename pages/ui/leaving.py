"""A warning before a page with unsaved changes is left."""

from itertools import count
from pathlib import Path

import streamlit as st

_here = Path(__file__)
_guard = st.components.v2.component(
    "benchtop_leaving",
    js=_here.with_suffix(".js").read_text(encoding="utf-8"),
    css=_here.with_suffix(".css").read_text(encoding="utf-8"),
    isolate_styles=False,
)
_runs = count()
_WORDS = {
    "title": "Leave with unsaved changes?",
    "text": "They wait here as long as this browser tab stays open, but they are not saved.",
    "leave": "Leave",
    "stay": "Stay",
}


def warn_before_leaving(*, is_changed: bool, key: str) -> None:
    """While something is changed, ask before a link leads away, and let the browser ask before the tab closes."""
    # The number lets the browser hear of each run, also of one that changes nothing.
    _guard(data={"isChanged": is_changed, "words": _WORDS, "run": next(_runs)}, key=key)
