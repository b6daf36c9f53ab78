"""The door to the services: pages reach everything through it, and see a plain panel while it is shut."""

from dataclasses import dataclass

import streamlit as st

from core.actors import LOCAL_USER, Actor
from core.errors import DashboardError
from core.services import Services, current_services
from pages.ui.text import label

_RETRY_SECONDS = 5


@dataclass(frozen=True)
class Door:
    """The services and who is asking. What happened up to event number `seq` is in all that is read from now on."""

    services: Services
    actor: Actor
    seq: int


def open_door() -> Door:
    """Return the services and the actor; while the services are not ready, say so and stop the page."""
    services = current_services()
    if not services.readiness().is_ready:
        _render_waiting()
        st.stop()
    return Door(services=services, actor=LOCAL_USER, seq=_newest_seq(services))


def _newest_seq(services: Services) -> int:
    try:
        return services.events.newest_seq(LOCAL_USER)
    except DashboardError:  # what is read next says so
        return 0


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
