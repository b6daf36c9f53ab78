"""Says that an agent's model is gone or will be: as a badge, as a sentence, and as one line over the agents."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

import streamlit as st

from core.agents.records import AgentRecord
from core.providers.discovery.records import ModelTrouble, ProviderModelRecord, TroubledAgent
from pages.ui.badges import Colour
from pages.ui.cells import Badge
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.layout import then_rerun
from pages.ui.live import live
from pages.ui.model_words import say_day, say_tokens
from pages.ui.text import counted, cut, label, relative_time, viewer_zone

_NAME_LIMIT = 50
_MOST_LISTED = 50


def trouble_badge(agent: AgentRecord, *, today: date) -> Badge | None:
    """Return the badge of an agent whose model is in trouble, else None."""
    if agent.model_trouble is None:
        return None
    word, colour = _say_trouble(agent.model_trouble, agent.model_retires_on, today=today)
    return {"word": word, "colour": colour, "title": ""}


def explain_trouble(agent: AgentRecord, *, today: date) -> str:
    """Return what is wrong with an agent's model and the next step; blank when nothing is."""
    if agent.model_trouble is None:
        return ""
    model, provider, day = f"“{agent.model_name}”", f"“{agent.provider_name}”", agent.model_retires_on
    if agent.model_trouble is ModelTrouble.GONE or day is None:
        return f"{provider} does not list the model {model}. Edit the agent and choose another one."
    if day > today:
        return f"{provider} stops serving the model {model} on {say_day(day)}. Choose another one before."
    return f"{provider} was to stop serving the model {model} on {say_day(day)}. Choose another one."


def model_option(name: str, model: ProviderModelRecord | None, *, today: date) -> str:
    """Return a model's name with what to know when choosing it."""
    if model is None:
        return name
    marks = [name]
    if not model.is_listed:
        marks.append("gone")
    if model.retires_on is not None:
        marks.append(f"{'retires' if model.retires_on > today else 'retired'} {say_day(model.retires_on)}")
    if model.context_tokens is not None:
        marks.append(f"{say_tokens(model.context_tokens)} context")
    if model.is_loaded:
        marks.append("in memory")
    return " · ".join(marks)


def say_trouble(agent: TroubledAgent, *, today: date) -> str:
    """Return `model gone` or `retires 11 Dec 2026`."""
    return _say_trouble(agent.trouble, agent.retires_on, today=today)[0]


@st.fragment
def troubled_agents(door: Door, *, edit: Callable[[uuid.UUID], object]) -> None:
    """Draw one quiet line that opens to the agents whose model is in trouble; nothing when there are none.

    The gap above the line is its own.
    """
    with shown_errors():
        troubled = door.services.models.list_troubled_agents(door.actor)
        if troubled:
            _render(troubled, edit=edit)
    live(door, ("agents", "providers"), key="agents.trouble.live")


def _render(troubled: Sequence[TroubledAgent], *, edit: Callable[[uuid.UUID], object]) -> None:
    verb = "uses" if len(troubled) == 1 else "use"
    title = f"{counted(len(troubled), 'agent')} {verb} a model that is gone or will be retired"
    st.space("small")
    box = st.expander(title, type="compact", icon=":material/warning:", key="agents.trouble", on_change="rerun")
    if not box.open:
        return
    today = datetime.now(viewer_zone()).date()
    with box, st.container(gap=None):
        for agent in troubled[:_MOST_LISTED]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    label(cut(agent.agent_name, _NAME_LIMIT)),
                    key=f"agents.trouble.{agent.agent_id}",
                    type="tertiary",
                    help="Edit the agent",
                    on_click=partial(then_rerun, partial(edit, agent.agent_id)),
                )
                st.caption(label(_describe(agent, today=today)))
        if len(troubled) > _MOST_LISTED:
            st.caption(f"And {len(troubled) - _MOST_LISTED:,} more.")


def _describe(agent: TroubledAgent, *, today: date) -> str:
    word = say_trouble(agent, today=today)
    seen = ""
    if agent.trouble is ModelTrouble.GONE:
        seen = f", last seen {relative_time(agent.last_seen_at)}" if agent.last_seen_at else ", never listed"
    return f"{cut(agent.model_name, _NAME_LIMIT)} · {cut(agent.provider_name, _NAME_LIMIT)} · {word}{seen}"


def _say_trouble(trouble: ModelTrouble, retires_on: date | None, *, today: date) -> tuple[str, Colour]:
    if trouble is ModelTrouble.GONE or retires_on is None:
        return "model gone", "red"
    return (
        (f"retires {say_day(retires_on)}", "orange")
        if retires_on > today
        else (f"retired {say_day(retires_on)}", "red")
    )
