"""Mends what Streamlit 1.67 does with reruns of parts of a page, so that none disturbs the page or hides what was done.

Live parts ask for their rerun at any moment, which brings out two faults:

- A rerun that comes too late. Streamlit takes a fragment's rerun until the next page's script has ended, and then runs
  it as one of the page it came from. Nothing of that page is there any more, so nothing is drawn, but the browser, told
  of another page, clears what it shows. And one that comes before the next page's script has begun takes its place: the
  old page comes back. It met whoever left a page while something was going on. A late rerun is dropped, with what was
  pressed in it.
- A rerun that carries more than it says. The browser sends what happens within a moment as one message, and the
  fragment that asked first decides what is run. A button pressed elsewhere just then was pressed in vain, and a field
  changed elsewhere changed nothing that is shown. Such a rerun becomes one of the whole page.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    _TRIGGER_PROTO_FIELDS,
    RerunData,
    ScriptRequests,
    ScriptRequestType,
    _has_active_trigger_value,
)
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState, WStates

# There is no public place between a request and its run.
_run_script = ScriptRunner._run_script
_take_request = ScriptRequests._request_rerun_locked


def mend_reruns() -> None:
    """Have Streamlit drop reruns of fragments of a page that was left, and widen those that carry more than their own.

    May be called again.
    """
    ScriptRunner._run_script = _run_mended  # type: ignore[assignment, method-assign]
    ScriptRequests._request_rerun_locked = _take_unless_late  # type: ignore[assignment, method-assign]


def _run_mended(runner: ScriptRunner, rerun: RerunData) -> None:
    if rerun.fragment_id_queue:
        if rerun.page_script_hash != runner._get_script_run_ctx().page_script_hash:
            return
        if carries_more(runner._session_state._state, rerun.widget_states, rerun.fragment_id_queue):
            rerun = replace(rerun, fragment_id_queue=[], is_fragment_scoped_rerun=False)
    _run_script(runner, rerun)


def _take_unless_late(requests: ScriptRequests, rerun: RerunData) -> bool:
    """Take a request, or say that it was taken when it comes after one for the whole of another page."""
    asked = requests._rerun_data
    is_page_asked = requests._state is ScriptRequestType.RERUN and not asked.fragment_id_queue
    if is_page_asked and rerun.fragment_id and asked.page_script_hash not in ("", rerun.page_script_hash):
        return True
    return _take_request(requests, rerun)


def carries_more(state: SessionState, sent: WidgetStates | None, fragment_ids: Collection[str]) -> bool:
    """Whether a widget outside of these fragments was pressed, or changed since the last run, by what was sent."""
    known = state._new_widget_state.widget_metadata
    for widget in sent.widgets if sent else ():
        metadata = known.get(widget.id)
        if metadata is None or metadata.disabled or metadata.fragment_id in fragment_ids:
            continue
        if _has_active_trigger_value(widget) or _is_changed(state, widget, metadata):
            return True
    return False


def _is_changed(state: SessionState, widget: WidgetState, metadata: WidgetMetadata[Any]) -> bool:
    """Whether a widget that is no button has another value now. It takes it over in the run, so a copy reads it."""
    if widget.WhichOneof("value") in _TRIGGER_PROTO_FIELDS or widget.id not in state:
        return False
    read = WStates(widget_metadata={widget.id: metadata})
    read.set_widget_from_proto(widget)
    return bool(read[widget.id] != state[widget.id])
