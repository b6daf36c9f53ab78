"""The door to the services: pages reach everything through it, and see a plain panel while it is shut."""

from dataclasses import dataclass

import streamlit as st

from core.actors import LOCAL_USER, Actor
from core.services import Services, current_services
from pages.ui.text import label

_RETRY_SECONDS = 2


@dataclass(frozen=True)
class Door:
    """The services and who is asking."""

    services: Services
    actor: Actor


def open_door() -> Door:
    """Return the services and the actor; while the services are not ready, say so and stop the page."""
    services = current_services()
    if not services.readiness().is_ready:
        _render_waiting()
        st.stop()
    return Door(services=services, actor=LOCAL_USER)


@st.fragment(run_every=_RETRY_SECONDS)
def _render_waiting() -> None:
    """Look again every few seconds, so that the page opens by itself once everything is up."""
    readiness = current_services().readiness()
    if readiness.is_ready:
        st.rerun()
    with st.container(border=True, key="door.waiting"):
        st.subheader(label(readiness.message), anchor=False)
        if readiness.hint:
            st.caption(label(readiness.hint))
        if st.button("Retry", icon=":material/refresh:", key="door.retry"):
            st.rerun()
