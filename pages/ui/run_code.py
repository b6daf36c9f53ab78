"""Shows a run as code to copy: a Python file, a curl command and JSON, behind a click."""

from urllib.parse import urlsplit

import streamlit as st

from core.runs.code.service import BENCHTOP_URL
from core.runs.records import RunRecord
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.long_text import render_file


@st.fragment
def render_code(door: Door, run: RunRecord) -> None:
    """Draw the expander; while it is closed nothing is read or written for it."""
    box = st.expander("Copy as code", icon=":material/code:", key="run.code", on_change="rerun")
    if not box.open:
        return
    with box, shown_errors():
        code = door.services.code.copy_run(door.actor, run.id, benchtop_url=find_benchtop(st.context.url))
        name = f"run-{run.id.hex[:8]}"
        python_tab, curl_tab, json_tab = st.tabs(["Python", "curl", "JSON"], key="run.code.tabs")
        with python_tab:
            st.caption(
                f"Does what this run did, with pydantic-ai alone: {_say_agent(run)}, version {run.task_version} of the "
                "task, and this input. A key is read from the environment."
            )
            render_file(code.python, key="run.code.python", file_name=f"{name}.py", language="python")
        with curl_tab:
            whose = "the same variation" if run.variation_of else "the agent"
            st.caption(f"Starts a run with this input, of {whose} and the task as they are then, and waits for it.")
            render_file(code.curl, key="run.code.curl", file_name=f"{name}.sh", language="bash")
        with json_tab:
            st.caption("This run as the API gives it.")
            render_file(code.json, key="run.code.json", file_name=f"{name}.json", language="json")


def _say_agent(run: RunRecord) -> str:
    if run.variation_of is not None:
        return f"a variation of version {run.variation_of} of the agent"
    return f"version {run.agent_version} of the agent"


def find_benchtop(page_url: str | None) -> str:
    """Return the address of the pages from that of the page a browser shows; the usual one where it tells none."""
    parts = urlsplit(page_url or "")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return BENCHTOP_URL
    folder = parts.path.rstrip("/").removesuffix("/run")
    return f"{parts.scheme}://{parts.netloc}{folder}"
