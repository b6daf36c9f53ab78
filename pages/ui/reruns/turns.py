"""The way of a rerun, in place of Streamlit's: asked for, taken, begun, run, each in its turn.

`ask`, `begin` and `handle_event` are called on the event loop; `run` and `give_way` in the script's thread; `take` in
either.
"""

from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)

from pages.ui.reruns.messages import carries_more, joined, list_values, without_old

_ask = AppSession.request_rerun
_begin = AppSession._create_scriptrunner
_handle_event = AppSession._handle_scriptrunner_event_on_event_loop
_take = ScriptRequests._request_rerun_locked
_give_way = ScriptRequests.on_scriptrunner_yield
_run = ScriptRunner._run_script

_sent_before: WeakKeyDictionary[AppSession, dict[str, WidgetState]] = WeakKeyDictionary()
"""The values of a tab's fields in its message before."""
_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()
"""What was asked for while a thread was ending."""
_own: WeakSet[ScriptRequests] = WeakSet()
"""Where the script itself asked for what is run next, as `st.rerun` does."""
_begun: WeakSet[ScriptRunner] = WeakSet()
"""Threads that have run something, so that they know the page's address."""


def ask(session: AppSession, asked: ClientState | None) -> None:
    """Ask for a rerun; one of a fragment without what may be out of date. One of a fragment that is gone is dropped."""
    if asked is not None:
        if asked.fragment_id and not session.has_fragment(asked.fragment_id):
            return
        before = _sent_before.get(session, {})
        _sent_before[session] = list_values(asked.widget_states)
        if asked.fragment_id:
            asked = without_old(session._session_state, asked, before)
    _ask(session, asked)


def begin(session: AppSession, rerun: RerunData) -> None:
    """Begin a thread for a rerun; after the one before, if that takes no more requests but has not said its last."""
    if session._scriptrunner is not None:
        _waiting.setdefault(session, []).append(rerun)
        return
    if rerun.fragment_id:
        rerun = replace(rerun, query_string=session._client_state.query_string)
    _begin(session, rerun)


def handle_event(
    session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *rest: Any, **named: Any
) -> None:
    """Handle what a thread says; after its last, begin with what has waited for it."""
    _handle_event(session, sender, event, *rest, **named)
    if event is not ScriptRunnerEvent.SHUTDOWN or session._scriptrunner is not None:
        return
    waiting = _waiting.pop(session, [])
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        return
    try:
        for rerun in waiting:
            runner: ScriptRunner | None = session._scriptrunner
            if runner is None or not runner.request_rerun(rerun):
                begin(session, rerun)
    except Exception as error:  # noqa: BLE001  # as Streamlit does where a request comes in
        session.handle_backmsg_exception(error)


def take(requests: ScriptRequests, rerun: RerunData) -> bool:
    """Take a request, together with the one that waits already; say that it was taken also when it comes too late."""
    is_own = get_script_run_ctx(suppress_warning=True) is not None
    is_waiting = requests._state is ScriptRequestType.RERUN
    asked = requests._rerun_data
    if is_own:
        _own.add(requests)
    elif not is_waiting:
        _own.discard(requests)
    is_page_asked = is_waiting and not asked.fragment_id_queue and asked.page_script_hash != ""
    if is_page_asked and (rerun.fragment_id or is_own) and asked.page_script_hash != rerun.page_script_hash:
        return True
    if is_waiting:
        rerun = replace(rerun, widget_states=joined(asked.widget_states, rerun.widget_states))
        if rerun.fragment_id:
            rerun = replace(rerun, query_string=asked.query_string)
    return _take(requests, rerun)


def give_way(requests: ScriptRequests) -> ScriptRequest | None:
    """Return what the script is to be ended for: only a stop, or what it asked for itself."""
    if requests._state is ScriptRequestType.RERUN and requests not in _own:
        return None
    return _give_way(requests)


def run(runner: ScriptRunner, rerun: RerunData) -> None:
    """Run the page or its fragments, unless these are of a page that was left."""
    if rerun.fragment_id_queue:
        here = runner._get_script_run_ctx()
        if rerun.page_script_hash != here.page_script_hash:
            return
        if runner in _begun:
            rerun = replace(rerun, query_string=here.query_string)
        if carries_more(runner._session_state._state, rerun.widget_states, rerun.fragment_id_queue):
            rerun = replace(rerun, fragment_id_queue=[], is_fragment_scoped_rerun=False)
    _begun.add(runner)
    _run(runner, rerun)
