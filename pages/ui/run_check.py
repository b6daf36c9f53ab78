"""Shows what the check before a run has to say: warnings in full, quiet notes behind a click."""

import streamlit as st

from core.agents.records import AgentRecord
from core.runs.preflight.notices import Notice, NoticeLevel
from core.runs.preview import NOT_GIVEN
from core.tasks.records import TaskRecord
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.input.assembling import InputForm
from pages.ui.text import counted, cut, label

_MAX_WARNINGS = 5
_MAX_NOTES = 20
_LIMIT = 400


def typed_value(given: InputForm | str) -> object:
    """Return the input as far as it is typed; NOT_GIVEN while there is nothing of it."""
    if isinstance(given, str):
        return given if given.strip() else NOT_GIVEN
    return given.value or NOT_GIVEN


def find_notices(door: Door, *, agent: AgentRecord, task: TaskRecord, value: object) -> list[Notice]:
    """Return what to know before the run; where it cannot be found out, the reason is shown in place."""
    found: list[Notice] = []
    with shown_errors():
        found += door.services.preparation.check_run(door.actor, agent, task, value)
    return found


def render_warnings(notices: list[Notice]) -> None:
    """Draw a box for each warning. None of them keeps the run from being started."""
    warnings = [notice for notice in notices if notice.level is NoticeLevel.WARNING]
    for notice in warnings[:_MAX_WARNINGS]:
        hint, sentence = label(cut(notice.hint, _LIMIT)), label(cut(notice.sentence, _LIMIT))
        st.warning(hint or sentence, title=sentence if hint else None, icon=":material/warning:")
    if len(warnings) > _MAX_WARNINGS:
        st.caption(f"And {counted(len(warnings) - _MAX_WARNINGS, 'warning')} more.")


@st.fragment
def render_notes(notices: list[Notice]) -> None:
    """Draw what is worth knowing and yet no warning, behind a click."""
    notes = [notice for notice in notices if notice.level is NoticeLevel.NOTE]
    if not notes:
        return
    # Always the same label: with another one Streamlit would forget whether it is open.
    box = st.expander("Worth knowing", icon=":material/info:", key="run.notes", on_change="rerun")
    if not box.open:
        return
    with box:
        for number, notice in enumerate(notes[:_MAX_NOTES]):
            with st.container(gap="xxsmall", key=f"run.note.{number}"):
                st.text(cut(notice.sentence, _LIMIT))
                if notice.hint:
                    st.caption(label(cut(notice.hint, _LIMIT)))
        if len(notes) > _MAX_NOTES:
            st.caption(f"And {counted(len(notes) - _MAX_NOTES, 'note')} more.")
