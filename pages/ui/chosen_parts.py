"""The colour of what is chosen, a tab or one of several buttons, so that it can be read on a dark page too.

Streamlit writes it in the primary colour, which has to be dark enough for the white words on the primary buttons.
"""

import streamlit as st

_STYLE = """
body [role="tab"][aria-selected="true"],
body .stButtonGroup button[data-variant][aria-checked="true"],
body .stButtonGroup button[data-variant][aria-pressed="true"] {
  color: inherit;
}
"""

_parts = st.components.v2.component("benchtop_chosen_parts", css=_STYLE, isolate_styles=False)


def colour_chosen_parts() -> None:
    """Colour them on the whole page. Draws nothing."""
    _parts(key="chosen_parts")
