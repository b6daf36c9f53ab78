"""The way of a rerun, in place of Streamlit's: asked for, taken, begun, run, each in its turn.

`ask`, `begin` and `handle_event` are called on the event loop; `run` and `give_way` in the script's thread; `take` and
`stop` in either, where they are the script's own if there is a script's context.
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

from pages.ui.reruns.messages import carries_more, has_news, joined, list_values, without_old

_ask = AppSession.request_rerun
_begin = AppSession._create_scriptrunner
_handle_event = AppSession._handle_scriptrunner_event_on_event_loop
_take = ScriptRequests._request_rerun_locked
_stop = ScriptRequests.request_stop
_give_way = ScriptRequests.on_scriptrunner_yield
_run = ScriptRunner._run_script

_sent_before: WeakKeyDictionary[AppSession, dict[str, WidgetState]] = WeakKeyDictionary()
"""The values of a tab's fields in its message before."""
_waiting: WeakKeyDictionary[AppSession, list[RerunData]] = WeakKeyDictionary()
"""What was asked for while a thread was ending."""
_own: WeakSet[ScriptRequests] = WeakSet()
"""Where the script itself asked for what is run next, as `st.rerun` does."""
_ending: WeakSet[ScriptRequests] = WeakSet()
"""Where the script has called `st.stop`."""
_begun: WeakSet[ScriptRunner] = WeakSet()
"""Threads that have run something, so that they know the page's address."""


def ask(session: AppSession, asked: ClientState | None) -> None:
    """Ask for a rerun; one of a fragment without what may be out of date. One of a fragment that is gone is dropped."""
    if asked is not None:
        if asked.fragment_id and not session.has_fragment(asked.fragment_id):
            return  # as Streamlit does, but before its fields are noted: the next message tells of them again
        before = _sent_before.get(session, {})
        _sent_before[session] = list_values(asked.widget_states)
        if asked.fragment_id:
            asked = without_old(session._session_state, asked, before)
        elif has_news(asked.widget_states, before):  # without any it is somebody who chose this page again
            asked = _towards_next_page(session, asked)
    _ask(session, asked)


def _towards_next_page(session: AppSession, asked: ClientState) -> ClientState:
    """Return the request of a page that is being left as one of the page that was chosen since; others as they are."""
    here, runner = session.page_script_hash, session._scriptrunner
    if runner is None or asked.page_script_hash != here or not _is_page_waiting(runner._requests, other_than=here):
        return asked
    chosen = runner._requests._rerun_data
    turned = ClientState()
    turned.CopyFrom(asked)
    turned.page_script_hash, turned.page_name = chosen.page_script_hash, chosen.page_name
    turned.query_string = chosen.query_string
    return turned


def _is_page_waiting(requests: ScriptRequests, *, other_than: str) -> bool:
    """Whether a request for the whole of another page waits. An empty hash stands for the first page there is."""
    asked = requests._rerun_data
    is_page = requests._state is ScriptRequestType.RERUN and not asked.fragment_id_queue
    return is_page and asked.page_script_hash not in ("", other_than)


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
    context = get_script_run_ctx(suppress_warning=True)
    asked = requests._rerun_data if requests._state is ScriptRequestType.RERUN else None
    if context is not None:
        _own.add(requests)
    elif asked is None:
        _own.discard(requests)
    here = context.page_script_hash if context is not None else rerun.page_script_hash
    is_from_here = context is not None or rerun.fragment_id is not None
    if is_from_here and _is_page_waiting(requests, other_than=here):
        return True
    if asked is not None:
        rerun = replace(rerun, widget_states=joined(asked.widget_states, rerun.widget_states))
        is_same_page = rerun.page_script_hash == asked.page_script_hash and not asked.fragment_id_queue
        if is_same_page and (rerun.fragment_id or (context is not None and asked.is_history_navigation)):
            # Neither a part nor a script that asks for itself knows of the address that was chosen since.
            is_back = asked.is_history_navigation
            rerun = replace(rerun, query_string=asked.query_string, is_history_navigation=is_back)
    return _take(requests, rerun)


def stop(requests: ScriptRequests) -> None:
    """End the script. Where it asks for that itself, as `st.stop` does, what waits is run afterwards."""
    if get_script_run_ctx(suppress_warning=True) is None:
        _stop(requests)
    else:
        _ending.add(requests)


def give_way(requests: ScriptRequests) -> ScriptRequest | None:
    """Return what the script is to be ended for: only a stop, or what it asked for itself."""
    if requests in _ending:
        _ending.discard(requests)
        return ScriptRequest(ScriptRequestType.STOP)
    state = requests._state  # read once: the next request may come in at any moment
    if state is ScriptRequestType.CONTINUE or (state is ScriptRequestType.RERUN and requests not in _own):
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
