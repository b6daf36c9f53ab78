"""Lists what was mended in an answer before it was judged."""

from collections.abc import Sequence

import streamlit as st

from core.tasks.mending import Mend
from pages.ui.mend_words import tell_mend
from pages.ui.result.places import dotted
from pages.ui.text import counted, render_quiet

_MAX_ROWS = 25
_MAX_CHARACTERS = 300


def render_mends(mends: Sequence[Mend], *, key: str) -> None:
    """Draw a line for each mend, of many the first ones."""
    with st.container(gap="xxsmall", key=key):
        for mend in mends[:_MAX_ROWS]:
            render_quiet(f"{dotted(mend.place)}: {tell_mend(mend)}", limit=_MAX_CHARACTERS)
    if len(mends) > _MAX_ROWS:
        st.caption(f"And {len(mends) - _MAX_ROWS:,} more.")


@st.fragment
def render_folded_mends(mends: Sequence[Mend], *, key: str) -> None:
    """Say how much was mended, and what when it is opened."""
    title = f"{counted(len(mends), 'mend')} made before the answer was judged"
    box = st.expander(title, type="compact", icon=":material/build:", key=key, on_change="rerun")
    if box.open:
        with box:
            render_mends(mends, key=f"{key}.list")
