"""The page “In words” of the dialog “Start from”: an agent drafts the schema from a sentence, to be looked at."""

import uuid

import streamlit as st

from core.agents.records import AgentRecord
from core.errors import DashboardError
from core.providers.records import ValidationStatus
from core.providers.types import find_type
from core.runs.drafting_records import DraftingRecord
from core.tasks.builder import SchemaDraft
from core.tasks.sources.drafted import can_be_changed
from pages.ui.builder.proposal import render_proposal
from pages.ui.door import Door
from pages.ui.errors import show_error, shown_errors
from pages.ui.layout import empty_state
from pages.ui.routes import AGENTS_PAGE, PROVIDERS_PAGE
from pages.ui.state import SchemaEditor, set_widget_value, widget_value
from pages.ui.stopwatch import stopwatch
from pages.ui.text import cut, label

_GLANCE_SECONDS = 0.5
_TEXT_HEIGHT = 110
_CHANGE, _ANEW = "Change these fields", "Start anew"
_EXAMPLE = "The category of a ticket (billing, bug or other), how urgent it is from 1 to 5, and a short summary"
_EXAMPLE_OF_CHANGE = "Add a due date, and let the category also be “praise”"


@shown_errors()
def render_describe(door: Door, editor: SchemaEditor, *, noun: str) -> None:
    """Draw the sentence, the draft while it is written, and what came of it. `noun` is what fits the schema."""
    _look(door, editor)
    agents = _find_agents(door)
    if not agents:
        _render_no_agent(door)
        return
    agent = _choose_agent(editor, agents)
    _ask(editor, noun=noun)
    _render_buttons(door, editor, agent)
    if editor.describing.drafting_id is not None:
        _render_progress(door, editor)
    elif editor.describing.error is not None:
        show_error(editor.describing.error)
    _render_result(editor)


def _look(door: Door, editor: SchemaEditor) -> DraftingRecord | None:
    """Return the draft under way; one that is over is settled first."""
    describing = editor.describing
    if describing.drafting_id is None:
        return None
    try:
        record = door.services.drafting.get_drafting(door.actor, describing.drafting_id)
    except DashboardError as error:
        describing.fail(error)
        return None
    if record.status.is_over:
        describing.settle(record)
        return None
    return record


def _find_agents(door: Door) -> dict[uuid.UUID, AgentRecord]:
    """Return the active agents whose provider did not fail its last check."""
    providers = door.services.providers.list_providers(door.actor)
    failing = {one.id for one in providers if one.validation_status is ValidationStatus.ERROR}
    agents = door.services.agents.list_agents(door.actor, only_active=True)
    return {agent.id: agent for agent in agents if agent.provider_id not in failing}


def _render_no_agent(door: Door) -> None:
    if door.services.agents.list_agents(door.actor, only_active=True):
        line = "An agent drafts the fields, and the provider of each of yours failed its last check."
        empty_state("No provider answers", line, link=(PROVIDERS_PAGE, "Look at the providers"), key="describe.empty")
    else:
        line = "An agent of your choice drafts the fields from a sentence."
        empty_state("Add an agent first", line, link=(AGENTS_PAGE, "Add an agent"), key="describe.empty")


def _choose_agent(editor: SchemaEditor, agents: dict[uuid.UUID, AgentRecord]) -> AgentRecord:
    key = f"{_key(editor)}.agent"
    if widget_value(key) not in agents:
        wanted = editor.describing.agent_id
        set_widget_value(key, wanted if wanted in agents else next(iter(agents)))
    chosen = st.selectbox(
        "Agent",
        list(agents),
        format_func=lambda agent_id: agents[agent_id].name,
        key=key,
        help="Its provider, model and settings are used. Its own prompt is not: Benchtop explains the job.",
    )
    agent = agents[chosen]
    editor.describing.agent_id = agent.id
    st.caption(label(f"{cut(agent.model_name, 60)} by {agent.provider_name}"))
    if find_type(agent.provider_type).is_small:
        st.caption(
            ":material/info: The built-in model is small: it names fields that can be used, seldom just those you "
            "mean. Ask for few, one after the other."
        )
    return agent


def _ask(editor: SchemaEditor, *, noun: str) -> None:
    describing, key = editor.describing, f"{_key(editor)}.text"
    is_change = _choose_change(editor)
    if widget_value(key) is None:
        set_widget_value(key, describing.text)
    st.text_area(
        "What is to be different?" if is_change else f"What is {noun} to hold?",
        key=key,
        height=_TEXT_HEIGHT,
        placeholder=_EXAMPLE_OF_CHANGE if is_change else _EXAMPLE,
        on_change=_take_text,
        args=(editor,),
    )


def _take_text(editor: SchemaEditor) -> None:
    """Remember the sentence at once: the click that ends the typing may be the one that closes the dialog."""
    editor.describing.text = str(widget_value(f"{_key(editor)}.text", "") or "")


def _choose_change(editor: SchemaEditor) -> bool:
    """Draw the choice between a change and a new schema, where there is something to change."""
    if _start_of(editor.draft) is None:
        return False
    describing, key = editor.describing, f"{_key(editor)}.change"
    if widget_value(key) is None:
        set_widget_value(key, _ANEW if describing.begins_anew else _CHANGE)
    chosen = st.segmented_control(
        "What to draft", [_CHANGE, _ANEW], key=key, required=True, label_visibility="collapsed"
    )
    describing.begins_anew = chosen == _ANEW
    return not describing.begins_anew


def _start_of(draft: SchemaDraft) -> SchemaDraft | None:
    """Return what a sentence can change; None when there are no fields yet."""
    named = draft.without_unnamed()
    return named if can_be_changed(named.to_json_schema()) else None


def _render_buttons(door: Door, editor: SchemaEditor, agent: AgentRecord) -> None:
    describing = editor.describing
    st.button(
        "Draft again" if describing.proposal is not None or describing.error is not None else "Draft it",
        key=f"{_key(editor)}.draft",
        icon=":material/edit_note:",
        on_click=_start,
        args=(door, editor, agent.id),
    )


def stop_describing(door: Door, editor: SchemaEditor) -> None:
    """Give up a draft that is under way, as nobody waits for it any more."""
    if editor.describing.drafting_id is not None:
        _cancel(door, editor, editor.describing.drafting_id)


def _start(door: Door, editor: SchemaEditor, agent_id: uuid.UUID) -> None:
    stop_describing(door, editor)
    describing = editor.describing
    # The boxes may have been changed since the page was drawn, and with it this button.
    chosen, what = widget_value(f"{_key(editor)}.agent"), widget_value(f"{_key(editor)}.change")
    agent_id = chosen if isinstance(chosen, uuid.UUID) else agent_id
    describing.begins_anew = describing.begins_anew if what is None else what == _ANEW
    _take_text(editor)
    start = None if describing.begins_anew else _start_of(editor.draft)
    try:
        drafting_id = door.services.drafting.start_drafting(
            door.actor,
            agent_id=agent_id,
            description=describing.text,
            present_schema=None if start is None else start.to_json_schema(),
        )
    except DashboardError as error:
        describing.fail(error)
    else:
        describing.begin(drafting_id, start=start)


@st.fragment(run_every=_GLANCE_SECONDS)
def _render_progress(door: Door, editor: SchemaEditor) -> None:
    """Draw how long the draft has been going on; once it is over, the whole page is drawn again."""
    record = _look(door, editor)
    if record is None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        stopwatch(_standing(record), seconds=record.elapsed_seconds, key=f"{_key(editor)}.stopwatch")
        st.button(
            "Cancel",
            key=f"{_key(editor)}.cancel",
            icon=":material/stop:",
            on_click=_cancel,
            args=(door, editor, record.id),
        )
    for attempt in record.attempts:
        if attempt.refusals:
            st.text(f"Attempt {attempt.number} was refused: {cut('; '.join(attempt.refusals), 300)}")


def _standing(record: DraftingRecord) -> str:
    return f"Attempt {len(record.attempts)}" if record.attempts else "Preparing the request"


def _cancel(door: Door, editor: SchemaEditor, drafting_id: uuid.UUID) -> None:
    try:
        door.services.drafting.cancel_drafting(door.actor, drafting_id)
    except DashboardError as error:
        editor.describing.fail(error)


def _render_result(editor: SchemaEditor) -> None:
    describing = editor.describing
    if describing.proposal is None:
        return
    if describing.start is not None and describing.start != editor.draft.without_unnamed():
        st.caption("The fields were edited since this was drafted. What it would change is shown against them as now.")
    render_proposal(editor, describing.proposal, key=_key(editor), on_accept=describing.finish)


def _key(editor: SchemaEditor) -> str:
    return f"{editor.prefix}.start.in_words"
