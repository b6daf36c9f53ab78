"""Mends what Streamlit 1.67 does with reruns, so that none disturbs the page or loses what was done or drawn.

Live parts ask for their rerun at any moment, which brings out what else is rare:

- A rerun that comes too late. Streamlit takes a fragment's rerun until the next page's script has ended, and then runs
  it as one of the page it came from. Nothing of that page is there any more, so nothing is drawn, but the browser, told
  of another page, clears what it shows. And one that comes before the next page's script has begun takes its place: the
  old page comes back. It met whoever left a page while something was going on. A late rerun is dropped, with what was
  pressed in it.
- A rerun that carries more than it says. The browser sends what happens within a moment as one message, and the
  fragment that asked first decides what is run. A button pressed elsewhere just then was pressed in vain, and a field
  changed elsewhere changed nothing that is shown. Such a rerun becomes one of the whole page.
- A rerun that carries what was. The browser sends every field's value along. A live part that asks while the page is
  being given other values sends the old ones, and undid them. What is as in the tab's last message is left out.
- A rerun that comes just as the one before ends. It gets a thread of its own, and what the first has drawn but not yet
  handed over is thrown away: an expander stayed empty. It waits until all of that was handed over.

That only one thread at a time runs a tab's scripts takes `runner.fastReruns = false` as well. With it on, the end of a
run resets the button for which the next was asked, and a rerun that has not begun is dropped with what was pressed.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
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
_ask = AppSession.request_rerun
_begin_thread = AppSession._create_scriptrunner
_handle_event = AppSession._handle_scriptrunner_event_on_event_loop

_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()
"""What was asked for while a thread was ending. Only the event loop touches it."""
_last_sent: WeakKeyDictionary[AppSession, dict[str, WidgetState]] = WeakKeyDictionary()
"""The values of a tab's fields in its last message, by their ids. Only the event loop touches it."""


def mend_reruns() -> None:
    """Have Streamlit drop, widen or put off what it would do wrong. May be called again."""
    ScriptRunner._run_script = _run_mended  # type: ignore[assignment, method-assign]
    ScriptRequests._request_rerun_locked = _take_unless_late  # type: ignore[assignment, method-assign]
    AppSession.request_rerun = _ask_with_news  # type: ignore[assignment, method-assign]
    AppSession._create_scriptrunner = _begin_in_turn  # type: ignore[assignment, method-assign]
    AppSession._handle_scriptrunner_event_on_event_loop = _handle_in_turn  # type: ignore[assignment, method-assign]


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
    if requests._state is ScriptRequestType.RERUN:
        rerun = replace(rerun, widget_states=_join(asked.widget_states, rerun.widget_states))
    return _take_request(requests, rerun)


def _ask_with_news(session: AppSession, asked: ClientState | None) -> None:
    """Ask for a rerun; one of a fragment without the fields of other parts that are as in the message before."""
    if asked is not None:
        before = _last_sent.get(session, {})
        _last_sent[session] = {widget.id: widget for widget in asked.widget_states.widgets if not _is_trigger(widget)}
        if asked.fragment_id:
            asked = _leave_out(session, asked, before)
    _ask(session, asked)


def _leave_out(session: AppSession, asked: ClientState, before: Mapping[str, WidgetState]) -> ClientState:
    known = session._session_state._new_widget_state.widget_metadata

    def is_own(widget: WidgetState) -> bool:
        return widget.id in known and known[widget.id].fragment_id == asked.fragment_id

    news = [each for each in asked.widget_states.widgets if is_own(each) or each != before.get(each.id)]
    rest = ClientState()
    rest.CopyFrom(asked)
    del rest.widget_states.widgets[:]
    rest.widget_states.widgets.extend(news)
    # Streamlit drops what a fragment asks for that is gone, with what was done elsewhere on the page.
    is_gone = not session.has_fragment(asked.fragment_id) and asked.page_script_hash == session.page_script_hash
    if is_gone and carries_more(session._session_state, rest.widget_states, [asked.fragment_id]):
        rest.fragment_id = ""
    return rest


def _join(old: WidgetStates | None, new: WidgetStates | None) -> WidgetStates | None:
    """Return the new states with those of the old fields that they leave out. Streamlit sees to buttons itself."""
    if old is None or new is None:
        return new
    named = {widget.id for widget in new.widgets}
    left_out = [widget for widget in old.widgets if widget.id not in named and not _is_trigger(widget)]
    return WidgetStates(widgets=[*new.widgets, *left_out])


def _is_trigger(widget: WidgetState) -> bool:
    return widget.WhichOneof("value") in _TRIGGER_PROTO_FIELDS


def _begin_in_turn(session: AppSession, rerun: RerunData) -> None:
    """Begin a thread for a rerun; after the one before, if that takes no more requests but has not said its last."""
    if session._scriptrunner is None:
        _begin_thread(session, rerun)
    else:
        _waiting.setdefault(session, []).append(rerun)


def _handle_in_turn(
    session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *rest: Any, **named: Any
) -> None:
    _handle_event(session, sender, event, *rest, **named)
    if event is not ScriptRunnerEvent.SHUTDOWN or session._scriptrunner is not None:
        return
    waiting = _waiting.pop(session, [])
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    for rerun in waiting:
        runner: ScriptRunner | None = session._scriptrunner
        if runner is None or not runner.request_rerun(rerun):
            session._create_scriptrunner(rerun)


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
    if _is_trigger(widget) or widget.id not in state:
        return False
    read = WStates(widget_metadata={widget.id: metadata})
    read.set_widget_from_proto(widget)
    return bool(read[widget.id] != state[widget.id])
