"""The line under a page's title that says when live updates are paused, or the page is older than the server.

It brings the tab's one socket to `/ws`.
"""

from pathlib import Path

import streamlit as st

from core.services import current_services

_HUB = Path(__file__).with_name("live_hub.js").read_text(encoding="utf-8")
_STYLE = """
p {
  margin: 0;
  font: 0.875rem/1.5 var(--st-font);
  color: var(--st-gray-text-color);
}
p:empty {
  display: none;
}
"""

_note = st.components.v2.component("benchtop_live_note", html='<p role="status"></p>', css=_STYLE, js=_HUB)


def live_note() -> None:
    """Draw the line. Without it on the page nothing is live, so every page has it in its header, outside of fragments:
    it can have the whole page drawn again.
    """
    _note(data={"process": str(current_services().instance_id)}, key="live.note", on_redraw_change=lambda: None)
