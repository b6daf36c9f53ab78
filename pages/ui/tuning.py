"""Tunes an agent in place: its prompts, model and settings are changed for the next run, then saved or discarded."""

from functools import partial

import streamlit as st

from core.agents.records import AgentChange, AgentRecord, AgentVariation
from core.agents.variations import list_differing
from core.errors import DashboardError
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.run_state import RunState, Tuning
from pages.ui.text import label
from pages.ui.variation_form import read_variation, render_variation_form
from pages.ui.variation_words import tell_changes

_MOST_NAMED = 4


def render_tuning(door: Door, state: RunState, agent: AgentRecord) -> AgentVariation | None:
    """Draw the expander with the form; return what the next run does differently, None for nothing."""
    tuning = state.tuning
    kept = tuning.variations.get(agent.id, AgentVariation())
    tuning.refusal = None
    box = st.expander("Tune", icon=":material/tune:", key="run.tune", on_change="rerun")
    if box.open:
        with box:
            st.caption("Try other prompts or settings. Only runs from here use them, until you save them to the agent.")
            key = f"run.tune.{agent.id.hex[:8]}.{tuning.round}"
            kept = tuning.variations[agent.id] = render_variation_form(door, agent, start=kept, key=key)
            tuning.refusal = _find_refusal(agent, key=key)
    variation = kept if list_differing(agent, kept) else None
    with st.container(key="run.changes"):  # a place that is always there: else all below it would be drawn anew
        _render_changes(door, tuning, agent, variation)
    return variation


def _find_refusal(agent: AgentRecord, *, key: str) -> DashboardError | None:
    try:
        read_variation(agent, key=key)
    except DashboardError as error:
        return error
    return None


def _render_changes(door: Door, tuning: Tuning, agent: AgentRecord, variation: AgentVariation | None) -> None:
    if tuning.toast:
        st.toast(tuning.toast, icon=":material/check:")
        tuning.toast = ""
    if tuning.error_beside not in (None, agent.id):  # it is about an agent that was left
        tuning.error = tuning.error_beside = None
    if tuning.error is not None:
        tuning.error_beside = agent.id
        show_error(tuning.error)
    if variation is not None:
        told = tell_changes(agent, variation)
        rest = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
        with st.container(key="run.tuned", gap="xsmall"):
            st.caption(
                f":material/tune: Differs from version {agent.version}: {label(', '.join(told[:_MOST_NAMED]))}{rest}"
            )
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Save to agent",
                    key="run.tune.save",
                    icon=":material/save:",
                    help=f"Makes version {agent.version + 1} of the agent.",
                    on_click=partial(_save, door, tuning, agent, variation),
                )
                st.button(
                    "Discard",
                    key="run.tune.discard",
                    icon=":material/undo:",
                    on_click=partial(tuning.discard, agent.id),
                )
    elif tuning.discarded is not None and tuning.discarded[0] == agent.id:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run.tune.discarded"):
            st.caption("Changes discarded.", width="content")
            st.button("Undo", key="run.tune.undo", on_click=tuning.take_back)


def _save(door: Door, tuning: Tuning, agent: AgentRecord, variation: AgentVariation) -> None:
    try:
        change = AgentChange.model_validate(variation.list_set())
        saved = door.services.agents.change_agent(door.actor, agent.id, change, expected_etag=agent.etag)
    except DashboardError as error:
        tuning.error, tuning.error_beside = error, None
        return
    tuning.variations.pop(agent.id, None)
    tuning.round += 1
    tuning.error = tuning.discarded = None
    tuning.toast = f"Saved as version {saved.version}."
