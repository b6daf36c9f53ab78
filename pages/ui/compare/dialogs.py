"""The dialogs about a column of a comparison: it is the winner, or it is saved to its agent."""

from functools import partial

import streamlit as st

from core.agents.records import AgentChange, AgentRecord, AgentVariation
from core.errors import DashboardError
from core.runs.comparing.records import MAX_WINNER_NOTE, ComparedColumn, ComparisonRecord
from pages.ui.compare.opening import differing
from pages.ui.compare.state import CompareState
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.state import widget_value
from pages.ui.text import cut, label
from pages.ui.variation_words import TITLES, tell_changes

_NOTE = "compare.pick.note"
_PROMPTS = ("system_prompt", "user_prompt_template")
_PROMPT_HEIGHT = 140


def render_dialogs(door: Door, state: CompareState, comparison: ComparisonRecord) -> None:
    """Open the dialog that the page's state asks for, if any."""
    by_position = {column.position: column for column in comparison.columns}
    if state.picking in by_position:
        _pick_dialog(door, state, comparison, by_position[state.picking])
    elif state.saving in by_position:
        _save_dialog(door, state, by_position[state.saving])


def _pick_dialog(door: Door, state: CompareState, comparison: ComparisonRecord, column: ComparedColumn) -> None:
    @st.dialog("Pick as winner?", on_dismiss=state.close_dialogs)
    def dialog() -> None:
        if state.picking is None:
            st.rerun()
        st.text(f"{column.position}. {column.label}")
        if comparison.winner not in (None, column.position):
            st.caption(
                f":material/info: {label(comparison.decided_by or '')} picked column {comparison.winner} before. "
                "This takes its place, and the note that of the former one."
            )
        if state.dialog_error is not None:
            show_error(state.dialog_error)
        st.text_area(
            "Note", key=_NOTE, max_chars=MAX_WINNER_NOTE, height=100, placeholder="Why it is the best (optional)"
        )
        _render_buttons(state, "Pick as winner", partial(_pick, door, state, comparison, column), key="compare.pick")

    dialog()


def _save_dialog(door: Door, state: CompareState, column: ComparedColumn) -> None:
    @st.dialog("Save to agent?", on_dismiss=state.close_dialogs)
    def dialog() -> None:
        if state.saving is None:
            st.rerun()
        if state.dialog_error is not None:
            show_error(state.dialog_error)
        try:
            agent = door.services.agents.get_agent(door.actor, column.agent_id)
        except DashboardError as error:
            show_error(error)
            return
        variation = differing(agent, column)
        if not variation.model_fields_set:
            st.text(f"“{agent.name}” is like this already, in version {agent.version}.")
            st.button("Close", key="compare.save.cancel", on_click=state.close_dialogs)
            return
        _render_change(agent, column, variation)
        save = partial(_save, door, state, agent, variation)
        _render_buttons(state, "Save to agent", save, key="compare.save")

    dialog()


def _render_change(agent: AgentRecord, column: ComparedColumn, variation: AgentVariation) -> None:
    st.text(f"“{agent.name}” gets a version {agent.version + 1}, in which this is different:")
    words = tell_changes(agent, variation, providers={column.provider_id: column.provider_name})
    with st.container(gap="xxsmall"):
        for each in words:
            st.text(f"• {each}")
    for name in _PROMPTS:
        if variation.has(name):
            text = getattr(variation, name)
            st.caption(f"New {TITLES[name]}")
            st.code(text or "(blank)", language=None, wrap_lines=True, height=_PROMPT_HEIGHT)
    if column.variation_of is not None and column.variation_of != agent.version:
        st.caption(
            f":material/info: The column was made from version {column.variation_of}; the agent is at version "
            f"{agent.version} by now. What was changed since then is undone where it is listed above."
        )
    st.caption("Runs so far keep what they ran with.")


def _render_buttons(state: CompareState, words: str, act: partial[None], *, key: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancel", key=f"{key}.cancel", on_click=state.close_dialogs)
        st.button(words, key=f"{key}.confirm", type="primary", on_click=act)


def _pick(door: Door, state: CompareState, comparison: ComparisonRecord, column: ComparedColumn) -> None:
    if comparison.id is None:
        return
    note = widget_value(_NOTE, "")
    try:
        door.services.comparisons.pick_winner(
            door.actor, comparison.id, column.position, note=note.strip() if isinstance(note, str) else ""
        )
    except DashboardError as error:
        state.dialog_error = error
        return
    state.close_dialogs()
    state.toast = f"“{cut(column.label, 60)}” is the winner."


def _save(door: Door, state: CompareState, agent: AgentRecord, variation: AgentVariation) -> None:
    try:
        change = AgentChange.model_validate(variation.list_set())
        saved = door.services.agents.change_agent(door.actor, agent.id, change, expected_etag=agent.etag)
    except DashboardError as error:
        state.dialog_error = error
        return
    state.close_dialogs()
    state.toast = f"“{saved.name}” is saved as version {saved.version}."
