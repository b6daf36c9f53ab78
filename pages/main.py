"""The entry script: the frame and the navigation around every screen."""

import streamlit as st

from pages.ui.icon import ICON

# Before the navigation: once the sidebar stands, its width does not change any more.
st.set_page_config(page_title="Benchtop", page_icon=ICON, layout="wide", initial_sidebar_state=200)
st.logo(ICON)

page = st.navigation(
    {
        "": [
            st.Page(
                "home.py",
                title="Home",
                icon=":material/home:",
                url_path="",
                default=True,
                help="What is set up, what ran last, and the next step.",
            )
        ],
        "Work": [
            st.Page(
                "run.py",
                title="Run",
                icon=":material/play_arrow:",
                url_path="run",
                help="Run an agent on a task and see every step to its answer.",
            ),
            st.Page(
                "compare.py",
                title="Compare",
                icon=":material/compare_arrows:",
                url_path="compare",
                help="The same input over several agents, side by side.",
            ),
            st.Page(
                "history.py",
                title="History",
                icon=":material/history:",
                url_path="history",
                help="Every run so far, newest first.",
            ),
        ],
        "Define": [
            st.Page(
                "agents.py",
                title="Agents",
                icon=":material/smart_toy:",
                url_path="agents",
                help="A model with its prompts and settings.",
            ),
            st.Page(
                "tasks.py",
                title="Tasks",
                icon=":material/task_alt:",
                url_path="tasks",
                help="The shape of the answer you want.",
            ),
        ],
        "Connect": [
            st.Page(
                "providers.py",
                title="Providers",
                icon=":material/hub:",
                url_path="providers",
                help="The places that serve models.",
            )
        ],
    },
    position="sidebar",
    expanded=True,
)
if page.title != "Home":
    st.set_page_config(page_title=f"{page.title} · Benchtop")
page.run()
