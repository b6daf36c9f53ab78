"""Who is asking. Every route depends on this; tokens come in here once there is access control."""

from core.actors import LOCAL_USER, Actor


def current_actor() -> Actor:
    """Return who is asking: on this machine, without a sign-in, the local user."""
    return LOCAL_USER
